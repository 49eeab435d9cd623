//! The signed-in user.

use std::sync::Arc;

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use super::access::MAYBE_USER;
use super::authorize::{authorize, granted_before, judge_roles_again};
use super::browser::{is_cross_site, is_unsafe};
use super::failure::{AuthFailure, Refusal};
use super::granted::{FromAuthorized, Granted, GrantedSession};
use super::launch::needs_session_at_launch;
use super::missing_setup::asked_without_fairing;
use super::request_session::RequestSession;
use super::request_state::RequestState;
use super::rule::{BoxFuture, Rule, Via};
use crate::error::Error;
use crate::logto::{Logto, WebApp};
use crate::oidc::UserClaims;
use crate::session::Session;
use crate::types::OrganizationId;

/// The user who is signed in with this browser.
///
/// As a parameter it is a guard: a request without a session does not reach the handler. An access token
/// does not do either: it tells a user's id and nothing more of them.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{User, require_auth};
///
/// #[require_auth]
/// #[get("/profile")]
/// fn profile(user: User) -> String {
///     format!("Hello {}", user.claims().name.as_deref().unwrap_or("stranger"))
/// }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct User {
    session: Arc<Session>,
    request_session: Arc<RequestSession>,
    logto: WebApp,
}

impl User {
    pub(super) fn new(session: Arc<Session>, request_session: Arc<RequestSession>, logto: WebApp) -> Self {
        User { session, request_session, logto }
    }

    pub(super) fn request_session(&self) -> &Arc<RequestSession> {
        &self.request_session
    }

    pub(super) fn logto(&self) -> &WebApp {
        &self.logto
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// Logto's id of the user (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.session.subject
    }

    /// The claims of the ID token, as of sign-in or the last refresh.
    #[must_use]
    pub fn claims(&self) -> &UserClaims {
        self.session.user_claims()
    }

    /// The organization the user works in: the one they have
    /// [switched to](Self::switch_organization), else the only one they are a member of.
    #[must_use]
    pub fn current_organization(&self) -> Option<OrganizationId> {
        self.request_session.session().ok()??.current_organization()
    }

    /// Asks Logto's userinfo endpoint: up to date, and with claims that the ID token leaves out, such as
    /// custom data, identities and the organizations' names. One call to Logto.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if Logto no longer knows the sign-in (the session is then over),
    /// [`Error::Unavailable`] if Logto cannot be reached (it is not).
    pub async fn info(&self) -> Result<UserClaims, Error> {
        self.request_session.userinfo(&self.logto).await.map(UserClaims::read)
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.session.subject).finish_non_exhaustive()
    }
}

pub(super) static RULE: Rule =
    Rule::new("User", "a parameter of type `User`", file!(), line!()).via(Via::Session);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        let user = match granted_before(request).filter(has_session) {
            Some(granted) => user_beside(request, &granted).await,
            None => authorize(request, &RULE).await.and_then(|granted| user_of(&granted)),
        };
        match user {
            Ok(user) => Outcome::Success(user),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                Outcome::Error((failure.status(), failure))
            }
        }
    }
}

/// Whether the session that was let in is still there. Another guard may have found out since that it has ended.
fn has_session(granted: &Granted<'_>) -> bool {
    granted.session().is_some_and(|session| matches!(session.request_session.session(), Ok(Some(_))))
}

/// The user whom another guard of the route has let in. This one asks for less, so it decides nothing itself; but what the
/// request has learned since counts for the roles that the other has judged.
async fn user_beside(request: &Request<'_>, granted: &Granted<'_>) -> Result<User, AuthFailure> {
    if let Some(GrantedSession { request_session, web_app }) = granted.session() {
        judge_roles_again(request, request_session, web_app).await?;
    }
    user_of(granted)
}

fn user_of(granted: &Granted<'_>) -> Result<User, AuthFailure> {
    let refuse = |refusal| AuthFailure::new(refusal, granted.rule);
    let GrantedSession { request_session, web_app } =
        granted.session().ok_or_else(|| refuse(Refusal::CredentialNotAccepted))?;
    let session = request_session.session().map_err(|error| AuthFailure::from_error(error, granted.rule))?;
    let session = session.ok_or_else(|| refuse(Refusal::SessionEnded))?;
    Ok(User::new(Arc::clone(session.snapshot()), Arc::clone(request_session), WebApp::clone(web_app)))
}

impl FromAuthorized for User {
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
        Box::pin(async move { user_of(granted) })
    }
}

impl Sentinel for User {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        needs_session_at_launch::<User>(rocket, &RULE)
    }
}

/// The signed-in user, or nobody: for pages that everybody may see.
///
/// Unlike `Option<User>` it leaves no refusal behind for the answer, and it tells "nobody" from "cannot
/// tell": where sessions live in a store that does not respond, it says 503 rather than treat somebody who
/// is signed in as nobody.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::MaybeUser;
///
/// #[get("/")]
/// fn home(user: MaybeUser) -> String {
///     match user.0 {
///         Some(user) => format!("Hello {}", user.claims().display_name()),
///         None => "Hello stranger".to_owned(),
///     }
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct MaybeUser(pub Option<User>);

static MAYBE: Rule =
    Rule::new(MAYBE_USER, "a parameter of type `MaybeUser`", file!(), line!()).via(Via::Session);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MaybeUser {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        let Some(logto) = request.rocket().state::<Logto>() else {
            asked_without_fairing(request, &MAYBE);
            let failure = AuthFailure::new(Refusal::Misconfigured, &MAYBE);
            return Outcome::Error((failure.status(), failure));
        };
        let Some(logto) = logto.web_app() else {
            let failure = AuthFailure::new(Refusal::Misconfigured, &MAYBE);
            RequestState::of(request).record(request, &failure);
            return Outcome::Error((failure.status(), failure));
        };
        let request_session = RequestState::of(request).session(request, logto).await;
        let session = match request_session.session() {
            Ok(session) => session,
            Err(error) => {
                let failure = AuthFailure::from_error(error, &MAYBE);
                RequestState::of(request).record(request, &failure);
                return Outcome::Error((failure.status(), failure));
            }
        };
        let signed_in =
            session.map(|session| User::new(Arc::clone(session.snapshot()), request_session, logto.clone()));
        // To a request that another site has sent, the session does not exist.
        let forged = is_unsafe(request, request.method()) && is_cross_site(request, &logto.0.config);
        Outcome::Success(MaybeUser(signed_in.filter(|_| !forged)))
    }
}

impl Sentinel for MaybeUser {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        needs_session_at_launch::<MaybeUser>(rocket, &MAYBE)
    }
}
