//! Tokens for this server itself: client credentials (RFC 6749 §4.4), fetched once for all who ask.

use std::fmt;
use std::sync::Arc;

use super::accept::IssuedToken;
use super::accessors::token_accessors;
use super::machine_cache::{MachineTokenCache, MachineTokenKey};
use super::retry::with_retry;
use crate::bearer::AccessTokens;
use crate::clock::Clock;
use crate::config::AppCredentials;
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{Provider, TokenAnswer, TokenFailure, run_to_end};
use crate::session::TokenTarget;
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// The tokens of this server's own, by API resource, organization and scopes. See
/// [`Logto::machine_tokens`](crate::Logto::machine_tokens). A clone shares the tokens.
///
/// They are those of `machine_app_id` in the settings, and of the application itself where that is not set.
/// Each is fetched once for all who ask at the same time, and again shortly before it ends. While Logto is
/// down, one that is still valid is handed out; failures are not remembered.
///
/// In a background task, take a clone along:
///
/// ```no_run
/// use logto_rocket::Logto;
/// use rocket::fairing::AdHoc;
///
/// let nightly = AdHoc::on_liftoff("nightly", |rocket| Box::pin(async {
///     let Some(logto) = rocket.state::<Logto>() else { return };
///     let orders = logto.machine_tokens().resource("https://orders.your-app.com/api").scopes("read:orders");
///     rocket::tokio::spawn(async move {
///         match orders.token().await {
///             Ok(token) => println!("good until {:?}", token.expires_at()),
///             Err(error) => eprintln!("{error}"),
///         }
///     });
/// }));
/// # let _ = nightly;
/// ```
#[derive(Clone)]
pub struct MachineTokens(Arc<Machine>);

struct Machine {
    /// `None` where the settings name no application that machine tokens can be issued to.
    app: Option<AppCredentials>,
    provider: Arc<Provider>,
    access_tokens: AccessTokens,
    clock: Clock,
    cache: MachineTokenCache,
}

/// A token of this server's own, for an API resource, an organization, or both.
#[derive(Clone)]
pub struct MachineToken(Arc<IssuedToken>);

token_accessors!(MachineToken);

/// Gets one kind of [`MachineToken`], again and again. Made by [`MachineTokens::resource`] and
/// [`MachineTokens::organization`]; cheap to clone and to keep.
#[derive(Clone)]
#[must_use = "a token is fetched by `token`"]
pub struct MachineTokenSource {
    tokens: MachineTokens,
    key: MachineTokenKey,
}

impl MachineTokens {
    pub(crate) fn new(
        app: Option<AppCredentials>,
        provider: Arc<Provider>,
        access_tokens: AccessTokens,
        clock: Clock,
    ) -> Self {
        MachineTokens(Arc::new(Machine {
            app,
            provider,
            access_tokens,
            clock,
            cache: MachineTokenCache::default(),
        }))
    }

    /// Tokens for an API resource: its indicator exactly as it is registered in Logto.
    pub fn resource(&self, indicator: &str) -> MachineTokenSource {
        self.source(TokenTarget::resource(ResourceIndicator::new(indicator)))
    }

    /// Tokens for an organization that the machine-to-machine application was added to.
    pub fn organization(&self, id: &OrganizationId) -> MachineTokenSource {
        self.source(TokenTarget { resource: None, organization: Some(id.clone()) })
    }

    fn source(&self, target: TokenTarget) -> MachineTokenSource {
        MachineTokenSource { tokens: self.clone(), key: MachineTokenKey { target, scopes: Vec::new() } }
    }

    async fn token(&self, key: &MachineTokenKey, refused: Option<&Secret>) -> Result<MachineToken, Error> {
        let now = self.0.clock.now();
        let entry = self.0.cache.entry(key, now);
        let (seen, usable) = entry.look_up(now, refused);
        if let Some(token) = usable {
            return Ok(MachineToken(token));
        }
        let (machine, key, refused) = (Arc::clone(&self.0), key.clone(), refused.cloned());
        let work = async move {
            entry.fetch_once(seen, refused.as_ref(), &machine.clock, machine.fetch(&key)).await
        };
        run_to_end(Endpoint::Token, work).await.map(MachineToken)
    }
}

impl Machine {
    async fn fetch(&self, key: &MachineTokenKey) -> Result<IssuedToken, Error> {
        self.fetch_for(key).await.map_err(|error| match error {
            Error::Refused(refused) => Error::MachineRefused(refused),
            other => other,
        })
    }

    async fn fetch_for(&self, key: &MachineTokenKey) -> Result<IssuedToken, Error> {
        let app = self.app.as_ref().ok_or(Error::NoClientCredentials)?;
        let answer = with_retry(|| self.ask(app, key), nothing_was_done_or_it_does_no_harm).await;
        let answer = answer.map_err(|failure| failure.about(key.target.resource.as_ref()))?;
        let (subject, now) = (app.id.as_str(), self.clock.now());
        let issued =
            IssuedToken::accept(&answer, &key.target, Some(subject), &self.access_tokens, now).await?;
        // An opaque token says nothing of its subject.
        if issued.subject.as_deref() == Some(subject) {
            Ok(issued)
        } else {
            Err(InvalidToken::Subject.into())
        }
    }

    async fn ask(&self, app: &AppCredentials, key: &MachineTokenKey) -> Result<TokenAnswer, TokenFailure> {
        let scopes = key.scopes.join(" ");
        let mut form = vec![("grant_type", "client_credentials")];
        if let Some(resource) = &key.target.resource {
            form.push(("resource", resource.as_str()));
        }
        if let Some(organization) = &key.target.organization {
            form.push(("organization_id", organization.as_str()));
        }
        if !scopes.is_empty() {
            form.push(("scope", &scopes));
        }
        self.provider.ask_for_token(app, &form).await
    }
}

/// Client credentials change nothing at Logto: such a call may be made twice.
fn nothing_was_done_or_it_does_no_harm(unavailable: &Unavailable) -> bool {
    use UnavailableCause::{Connect, Interrupted, Status};
    matches!(unavailable.cause, Connect(_) | Interrupted(_) | Status(429 | 502 | 503 | 504))
}

#[cfg(all(feature = "testing", feature = "reqwest"))]
impl MachineTokenSource {
    /// What answers in place of the network.
    pub(super) fn transport(&self) -> Option<&dyn crate::oidc::Transport> {
        self.tokens.0.provider.transport().map(|transport| &**transport)
    }
}

impl MachineTokenSource {
    /// For the API inside this organization: an organization-level token.
    pub fn organization(mut self, id: &OrganizationId) -> Self {
        self.key.target.organization = Some(id.clone());
        self
    }

    /// Asks for these scopes, separated by spaces. **Logto gives none that is not asked for**, and drops
    /// silently what the application has no role for: look at [`MachineToken::scopes`].
    pub fn scopes(mut self, scopes: &str) -> Self {
        let all = Scopes::parse(scopes);
        self.key.scopes.extend(all.iter().map(str::to_owned));
        self.key.scopes.sort_unstable();
        self.key.scopes.dedup();
        self
    }

    /// A valid token: the one at hand, else a fresh one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if Logto cannot be asked and there is no valid token;
    /// [`Error::MachineRefused`] if Logto refuses; [`Error::InvalidToken`] if what it gave is not good;
    /// [`Error::NoClientCredentials`] if an API alone has no `machine_app_id`.
    pub async fn token(&self) -> Result<MachineToken, Error> {
        self.tokens.token(&self.key, None).await
    }

    /// A valid token that is another one than `refused`: for an API that has refused that before its time, as
    /// after a rotation of Logto's keys.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token).
    pub async fn token_instead_of(&self, refused: &MachineToken) -> Result<MachineToken, Error> {
        self.tokens.token(&self.key, Some(&refused.0.secret)).await
    }

    /// The text of such a token, for an HTTP client.
    #[cfg(feature = "reqwest")]
    pub(super) async fn secret(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        self.tokens.token(&self.key, refused).await.map(|token| token.0.secret.clone())
    }
}

impl fmt::Debug for MachineTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineTokens")
            .field("app_id", &self.0.app.as_ref().map(|app| &app.id))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for MachineTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineTokenSource").field("key", &self.key).finish_non_exhaustive()
    }
}
