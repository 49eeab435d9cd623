//! Token exchange (RFC 8693): an access token for a user, in return for another token that stands for them.

use std::fmt;
use std::sync::Arc;

use super::accept::IssuedToken;
use super::accessors::token_accessors;
use super::caller_cache::{CallerTokenCache, CallerTokenKey};
use super::retry::with_retry;
use crate::bearer::AccessTokens;
use crate::clock::Clock;
use crate::config::{AppCredentials, Config};
use crate::error::{Endpoint, Error, Unavailable, UnavailableCause};
use crate::oidc::{Provider, TokenAnswer, TokenFailure, run_to_end};
use crate::session::TokenTarget;
use crate::telemetry;
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// Also of impersonation tokens: Logto tells them apart by itself.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const PERSONAL_ACCESS_TOKEN: &str = "urn:logto:token-type:personal_access_token";

/// A token that stands for a user.
#[derive(Clone)]
pub struct SubjectToken {
    token: Secret,
    kind: &'static str,
}

impl SubjectToken {
    /// A personal access token (`pat_…`), which its user has made. Can be exchanged again and again.
    pub fn personal_access_token(token: impl Into<String>) -> Self {
        SubjectToken { token: Secret::new(token), kind: PERSONAL_ACCESS_TOKEN }
    }

    /// An impersonation token (`sub_…`) of Logto's Management API: good for one exchange within ten minutes.
    pub fn impersonation(token: impl Into<String>) -> Self {
        SubjectToken { token: Secret::new(token), kind: ACCESS_TOKEN }
    }

    /// An access token of the user, opaque or a JWT, from an application of the tenant's own.
    pub fn access_token(token: impl Into<String>) -> Self {
        SubjectToken { token: Secret::new(token), kind: ACCESS_TOKEN }
    }
}

impl fmt::Debug for SubjectToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectToken").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// An exchange in preparation. Made by [`Logto::exchange`](crate::Logto::exchange).
///
/// ```no_run
/// use logto_rocket::{Error, Logto, SubjectToken};
///
/// /// What a member of the support team sees of a customer; `act` in the token says who is looking.
/// async fn as_customer(logto: &Logto, impersonation: &str, own_token: &str) -> Result<String, Error> {
///     let token = logto
///         .exchange(SubjectToken::impersonation(impersonation))
///         .actor(own_token)
///         .resource("https://orders.your-app.com/api")
///         .scopes("read:orders")
///         .token()
///         .await?;
///     Ok(format!("{:?} acts for {:?}", token.actor(), token.subject()))
/// }
/// ```
#[derive(Clone)]
#[must_use = "the exchange is made by `token`"]
pub struct TokenExchange {
    exchanges: Exchanges,
    subject: SubjectToken,
    actor: Option<Secret>,
    target: TokenTarget,
    scopes: Scopes,
    as_machine: bool,
}

/// An access token that stands for a user, and perhaps for another one who acts in their name.
#[derive(Clone)]
pub struct ExchangedToken(Arc<IssuedToken>);

token_accessors!(ExchangedToken);

impl ExchangedToken {
    pub(super) fn new(issued: impl Into<Arc<IssuedToken>>) -> Self {
        ExchangedToken(issued.into())
    }

    /// The user whom the token is about: `sub`. An opaque token does not tell.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The user who acts for the subject: `act.sub`, where an actor token was given.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.0.actor.as_deref()
    }
}

/// What all exchanges of an application have in common.
#[derive(Clone)]
pub(crate) struct Exchanges(Arc<Applications>);

struct Applications {
    /// The application that users sign in to, and the one for machine tokens. An API alone may have neither.
    app: Option<AppCredentials>,
    machine: Option<AppCredentials>,
    provider: Arc<Provider>,
    access_tokens: AccessTokens,
    clock: Clock,
    /// What was exchanged for the bearer tokens of callers.
    callers: CallerTokenCache,
}

impl Exchanges {
    pub(crate) fn new(
        config: &Config,
        provider: Arc<Provider>,
        access_tokens: AccessTokens,
        clock: Clock,
    ) -> Self {
        let (app, machine) = (config.app(), config.machine());
        let callers = CallerTokenCache::default();
        Exchanges(Arc::new(Applications { app, machine, provider, access_tokens, clock, callers }))
    }

    /// What was exchanged for the tokens of this user is not handed out any more.
    pub(crate) fn forget_subject(&self, subject: &str) {
        self.0.callers.forget_subject(subject);
    }

    /// Nothing that was exchanged until now is handed out any more: permissions have changed.
    pub(crate) fn forget_all(&self) {
        self.0.callers.clear();
    }

    pub(crate) fn begin(&self, subject: SubjectToken) -> TokenExchange {
        TokenExchange {
            exchanges: self.clone(),
            subject,
            actor: None,
            target: TokenTarget::userinfo(),
            scopes: Scopes::default(),
            as_machine: false,
        }
    }
}

impl TokenExchange {
    /// For an API resource: its indicator exactly as it is registered in Logto. With neither a resource nor
    /// an organization the token is opaque, and good for the userinfo endpoint alone.
    pub fn resource(mut self, indicator: &str) -> Self {
        self.target.resource = Some(ResourceIndicator::new(indicator));
        self
    }

    /// For an organization that the user is a member of; with a resource, for the API inside it.
    pub fn organization(mut self, id: &OrganizationId) -> Self {
        self.target.organization = Some(id.clone());
        self
    }

    /// Asks for these scopes, separated by spaces. **Logto gives none that is not asked for**, and drops
    /// silently what the user does not have: look at [`ExchangedToken::scopes`].
    pub fn scopes(mut self, scopes: &str) -> Self {
        Scopes::parse(scopes).iter().for_each(|scope| self.scopes.insert(scope));
        self
    }

    /// Who acts for the user: an opaque access token of theirs that was issued with the scope `openid`, as
    /// a session's for the userinfo endpoint.
    pub fn actor(mut self, token: impl Into<String>) -> Self {
        self.actor = Some(Secret::new(token));
        self
    }

    /// Exchanges as the application of `machine_app_id`, not as the one that users sign in to. An API alone does so in
    /// any case.
    pub fn as_machine(mut self) -> Self {
        self.as_machine = true;
        self
    }

    /// Makes the exchange. The token is verified when it arrives. It is not cached: callers that need it again keep
    /// it.
    ///
    /// # Errors
    ///
    /// [`Error::ExchangeRefused`] with the code `subject_token_refused` if the subject or the actor is not
    /// accepted, or with `exchange_refused` for the rest; [`Error::Unavailable`] if Logto cannot be asked;
    /// [`Error::InvalidToken`] if what it gave is not good; [`Error::NoClientCredentials`] if an API alone has no
    /// `machine_app_id`.
    pub async fn token(&self) -> Result<ExchangedToken, Error> {
        self.fetch(None).await.map(ExchangedToken::new)
    }

    pub(super) fn has_actor(&self) -> bool {
        self.actor.is_some()
    }

    /// The token about `subject`: the one that was exchanged before while it is valid, else a fresh one, which
    /// concurrent callers share. An exchange that has begun is completed even if its caller goes away.
    pub(super) async fn cached(self, subject: &Arc<str>) -> Result<ExchangedToken, Error> {
        let TokenExchange { subject: presented, actor, target, scopes, as_machine, .. } = &self;
        let key = CallerTokenKey::new(&presented.token, actor.as_ref(), target, scopes, *as_machine);
        let now = self.exchanges.0.clock.now();
        let entry = self.exchanges.0.callers.entry(&key, subject, now);
        let (seen, usable) = entry.look_up(now, None);
        if let Some(issued) = usable {
            return Ok(ExchangedToken::new(issued));
        }
        let subject = Arc::clone(subject);
        let work = async move {
            let clock = &self.exchanges.0.clock;
            entry.fetch_once(seen, None, clock, self.fetch(Some(&subject))).await
        };
        run_to_end(Endpoint::Token, work).await.map(ExchangedToken::new)
    }

    /// A token about `subject`, if that is known. Each call makes an exchange.
    pub(super) async fn fetch(&self, subject: Option<&str>) -> Result<IssuedToken, Error> {
        let shared = &self.exchanges.0;
        let issued = async {
            let app = self.app().ok_or(Error::NoClientCredentials)?;
            let answer = with_retry(|| self.ask(app), nothing_was_done).await;
            let answer = answer.map_err(|failure| failure.about(self.target.resource.as_ref()))?;
            let now = shared.clock.now();
            IssuedToken::accept(&answer, &self.target, subject, &shared.access_tokens, now).await
        };
        let issued = issued.await.map_err(|error| match error {
            Error::Refused(refused) => Error::ExchangeRefused(refused),
            other => other,
        })?;
        let subject = shared.provider.audit_subjects().hash_of(issued.subject.as_deref());
        telemetry::exchanged(issued.actor.is_some(), subject.as_ref());
        Ok(issued)
    }

    /// The application that makes the exchange. In an API alone it is the only one that there can be.
    fn app(&self) -> Option<&AppCredentials> {
        let Applications { app, machine, .. } = &*self.exchanges.0;
        if self.as_machine { machine.as_ref() } else { app.as_ref().or(machine.as_ref()) }
    }

    async fn ask(&self, app: &AppCredentials) -> Result<TokenAnswer, TokenFailure> {
        let (shared, scopes) = (&self.exchanges.0, self.scopes.to_string());
        let mut form = vec![
            ("grant_type", GRANT_TYPE),
            ("subject_token", self.subject.token.expose()),
            ("subject_token_type", self.subject.kind),
        ];
        if let Some(actor) = &self.actor {
            form.push(("actor_token", actor.expose()));
            form.push(("actor_token_type", ACCESS_TOKEN));
        }
        if let Some(resource) = &self.target.resource {
            form.push(("resource", resource.as_str()));
        }
        if let Some(organization) = &self.target.organization {
            form.push(("organization_id", organization.as_str()));
        }
        if !scopes.is_empty() {
            form.push(("scope", &scopes));
        }
        shared.provider.ask_for_token(app, &form).await
    }
}

/// Whether Logto cannot have acted. A request whose answer was lost may have used the impersonation token up.
fn nothing_was_done(unavailable: &Unavailable) -> bool {
    matches!(unavailable.cause, UnavailableCause::Connect(_) | UnavailableCause::Status(429 | 503))
}

impl fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchange")
            .field("subject", &self.subject)
            .field("target", &self.target)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
