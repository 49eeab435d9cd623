//! The claims of the caller's token, typed, as a parameter of a handler.

use std::ops::Deref;
use std::sync::Arc;

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};
use serde::de::DeserializeOwned;

use super::access::CLAIMS;
use super::authorize::{authorize, judge_roles_again};
use super::failure::{AuthFailure, Refusal};
use super::granted::{FromAuthorized, Granted, GrantedSession};
use super::identity::{Credential, Identity};
use super::launch::launch_without_state;
use super::request_state::RequestState;
use super::rule::{BoxFuture, Rule};
use super::session_roles;
use super::verified_token::VerifiedClaims;
use crate::error::Error;

/// The claims of the token by which the caller was admitted, as a type of your own, such as those that the tenant's
/// JWT customizer adds.
///
/// As a parameter beside an attribute, or as a field of a guard struct, it has the claims of the token that the attribute
/// was judged by:
///
/// | caller | attribute | claims of |
/// |---|---|---|
/// | bearer token | any | the bearer token |
/// | session | with scopes, `resource` or `organization` | the access token for these |
/// | session | without any of them, or no attribute | the ID token |
///
/// Alone it is a guard of its own that asks for nothing but a known caller, as [`Identity`](crate::Identity) is.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{Claims, require_auth};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Plan {
///     plan: Tier,
///     seats: Option<u32>,
/// }
///
/// #[derive(Deserialize, PartialEq)]
/// #[serde(rename_all = "lowercase")]
/// enum Tier {
///     Free,
///     Gold,
/// }
///
/// #[require_auth(scopes = "read:orders")]
/// #[get("/orders/archive")]
/// fn archive(plan: Claims<Plan>) -> String {
///     match plan.plan {
///         Tier::Gold => format!("all orders, for {} seats", plan.seats.unwrap_or(1)),
///         Tier::Free => "the orders of this year".to_owned(),
///     }
/// }
/// # fn main() {}
/// ```
///
/// A claim that may be missing is an `Option`, or has `#[serde(default)]`. Members of the token that the type does not
/// name are ignored. What a session in a cookie keeps of a token, and why claims grant nothing, is told at
/// [`Identity::claims`](crate::Identity::claims).
///
/// # Errors
///
/// A claim that is missing or does not fit is a 500 (`invalid_claims`), and the log names the claim and the type: the
/// caller cannot mend it. `Result<Claims<T>, AuthFailure>` leaves that to the handler. An opaque bearer token has no
/// claims: 401 (`token_opaque`). If a session's token has to be fetched and Logto does not respond: 503.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims<T>(pub T);

impl<T> Deref for Claims<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

pub(super) static RULE: Rule = Rule::new(CLAIMS, "a parameter of type `Claims`", file!(), line!());

/// The claims by which `identity` was judged under `rule`.
async fn judged_claims(identity: &Identity, rule: &'static Rule) -> Result<VerifiedClaims, AuthFailure> {
    let claims = identity.verified_token.claims().await.map_err(|error| match error {
        Error::InvalidToken(reason) if identity.via() == Credential::Bearer => {
            AuthFailure::new(Refusal::InvalidToken(reason), rule)
        }
        error => AuthFailure::from_error(error, rule),
    })?;
    // What was fetched is newer than what the decision knew.
    if claims.scopes.as_ref().is_some_and(|scopes| !rule.is_satisfied_by(scopes)) {
        return Err(AuthFailure::new(Refusal::InsufficientScope, rule));
    }
    Ok(claims)
}

async fn claims_of(request: &Request<'_>) -> Result<(VerifiedClaims, &'static Rule), AuthFailure> {
    let state = RequestState::of(request);
    let (decided, rule) = match state.decided(request) {
        Some(known) => known,
        None => (Arc::clone(authorize(request, &RULE).await?.decided()), &RULE),
    };
    let identity = &decided.identity;
    let claims = judged_claims(identity, rule).await?;
    if let Some(session) = state.loaded_session().filter(|_| identity.via() == Credential::Session) {
        judge_roles_again(request, session, session.web_app()).await?;
    }
    Ok((claims, rule))
}

fn read<T: DeserializeOwned>(claims: &VerifiedClaims, rule: &'static Rule) -> Result<Claims<T>, AuthFailure> {
    claims.read().map(Claims).map_err(|error| AuthFailure::from_error(error, rule))
}

#[rocket::async_trait]
impl<'r, T: DeserializeOwned + Send + 'static> FromRequest<'r> for Claims<T> {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        match claims_of(request).await.and_then(|(claims, rule)| read(&claims, rule)) {
            Ok(claims) => Outcome::Success(claims),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                Outcome::Error((failure.status(), failure))
            }
        }
    }
}

impl<T: 'static> Sentinel for Claims<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launch_without_state::<Claims<T>>(rocket, &RULE)
    }
}

impl<T: DeserializeOwned + Send + 'static> FromAuthorized for Claims<T> {
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
        Box::pin(async move {
            let (identity, rule) = (granted.identity(), granted.rule);
            let claims = judged_claims(identity, rule).await?;
            if let Some(session) = granted.session().filter(|_| rule.asks_for_roles()) {
                let GrantedSession { request_session, web_app } = session;
                session_roles::judge(request_session, web_app, rule, identity.organization()).await?;
            }
            read(&claims, rule)
        })
    }
}
