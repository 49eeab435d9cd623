//! What an application has that users sign in to: its sessions, its cookies, and what a sign-in asks for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::bearer::{AccessTokens, LogoutTokens};
use crate::clock::{Clock, UnixTime};
use crate::config::{Config, CookieKeys, RedisSettings, SessionStoreKind, WebAppConfig};
use crate::error::Error;
use crate::guard::SessionDataNames;
use crate::guard::hooks::Hooks;
use crate::guard::{Denied, Welcome};
use crate::names::{ALWAYS_REQUESTED, ORGANIZATIONS_RESOURCE, ORGANIZATIONS_SCOPE};
use crate::oidc::{Provider, RelyingParty};
use crate::pending_sign_in::SignIns;
use crate::session::store::{BoundedStore, MemoryStore, SessionStore};
use crate::session::{
    CookieNames, KeyRing, Postponed, RequestedAccess, SessionEnds, SessionManager, Visitors,
};
use crate::telemetry::{self, NotEnded, SessionEvent};
#[cfg(feature = "reqwest")]
use crate::token::SharedHttpClient;
use crate::token::{Exchanges, TokenService};
use crate::types::{ResourceIndicator, Scopes};
use crate::webhook::SigningKeys;

/// The application that users sign in to, which is a *traditional web application* in Logto. An API alone has none, so
/// that no code can read a session, a cookie or a setting of these there.
#[derive(Clone)]
pub(crate) struct WebApp(pub(crate) Arc<WebAppParts>);

pub(crate) struct WebAppParts {
    pub(crate) config: Arc<WebAppConfig>,
    /// The settings that every server has.
    server: Arc<Config>,
    pub(crate) clock: Clock,
    pub(crate) provider: Arc<Provider>,
    pub(crate) relying_party: Arc<RelyingParty>,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) exchanges: Exchanges,
    /// For calls with users' tokens.
    #[cfg(feature = "reqwest")]
    pub(crate) http_client_for_users: SharedHttpClient,
    pub(crate) tokens: Arc<TokenService>,
    pub(crate) logout_tokens: LogoutTokens,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) sign_ins: Arc<SignIns<Welcome, Denied>>,
    pub(crate) hooks: Hooks,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) names: CookieNames,
    pub(crate) sessions: Arc<SessionManager>,
    /// What several processes share, to be inspected at launch.
    pub(crate) store: BoundedStore,
    pub(crate) visitors: Visitors,
    pub(crate) session_data_names: SessionDataNames,
    /// In bytes, of all data of the application in one session.
    pub(crate) session_data_limit: usize,
    /// What logout tokens have asked for while the store was down.
    pub(crate) waiting_logouts: Postponed<String>,
    /// The same of webhooks: these are of no person's making, and have room of their own.
    pub(crate) waiting_webhooks: Postponed<String>,
    needs: Mutex<Needs>,
    /// Whether a mounted route begins silent sign-ins.
    silent_sign_in: AtomicBool,
}

/// What a web application shares with an API alone.
pub(super) struct ServerParts<'a> {
    pub(super) config: &'a Arc<Config>,
    pub(super) provider: &'a Arc<Provider>,
    pub(super) access_tokens: &'a AccessTokens,
    pub(super) exchanges: &'a Exchanges,
    pub(super) clock: &'a Clock,
}

/// How many ends that Logto has asked for wait for the store, of each kind.
const WAITING: usize = 16_384;

fn not_ended() {
    telemetry::session(SessionEvent::NotEnded(NotEnded::StoreDown), None);
}

/// What several processes share.
pub(crate) struct Stores {
    shared: BoundedStore,
    /// Whether sessions live there too, and not in cookies.
    hold_sessions: bool,
}

impl Stores {
    /// The store that the application has made, or one of the kind that the settings name.
    pub(crate) fn open(config: &WebAppConfig, own: Option<Arc<dyn SessionStore>>) -> Result<Self, String> {
        match own {
            Some(store) => Ok(Stores::of_application(store, config)),
            None => Stores::of_settings(config),
        }
    }

    fn of_settings(config: &WebAppConfig) -> Result<Self, String> {
        let shared: Arc<dyn SessionStore> = match &config.redis {
            Some(redis) => open_redis(redis, config.store_timeout)?,
            None => Arc::new(MemoryStore::new()),
        };
        let shared = BoundedStore::with_own_limit(shared);
        Ok(Stores { shared, hold_sessions: config.session_store != SessionStoreKind::Cookie })
    }

    fn of_application(store: Arc<dyn SessionStore>, config: &WebAppConfig) -> Self {
        // A little more than the store itself has been told, so that it can say what has happened.
        let limit = config.store_timeout + config.store_timeout / 4;
        Stores { shared: BoundedStore::new(store, limit), hold_sessions: true }
    }
}

#[cfg(feature = "redis")]
fn open_redis(settings: &RedisSettings, time_limit: Duration) -> Result<Arc<dyn SessionStore>, String> {
    let store = crate::session::store::RedisStore::open(settings.url.expose())
        .map_err(|error| format!("`redis_url` cannot be used: {error}"))?;
    Ok(Arc::new(store.prefix(&settings.prefix).time_limit(time_limit)))
}

#[cfg(not(feature = "redis"))]
fn open_redis(_: &RedisSettings, _: Duration) -> Result<Arc<dyn SessionStore>, String> {
    Err("`redis_url` is set, and this build does not support Redis: enable the feature `redis` of `logto-rocket`"
        .to_owned())
}

/// What the mounted guards need of a sign-in.
#[derive(Default)]
struct Needs {
    scopes: Scopes,
    organizations: bool,
}

impl WebApp {
    pub(super) fn new(
        config: &Arc<WebAppConfig>,
        server: &ServerParts<'_>,
        stores: Stores,
        hooks: Hooks,
    ) -> Result<Self, String> {
        let ServerParts { config: server, provider, access_tokens, exchanges, clock } = *server;
        let session_data_limit = config.session_data_limit(stores.hold_sessions)?;
        let (app_id, environment) = (config.app.id.as_str(), config.environment());
        let keys = match &config.cookie_keys {
            CookieKeys::Given(secrets) => KeyRing::new(secrets, app_id, &environment, clock),
            CookieKeys::Random => KeyRing::random(app_id, &environment, clock),
        };
        let keys = Arc::new(keys.ok_or("the cookie keys cannot be set up")?);
        let names = CookieNames::of(config);
        let relying_party = Arc::new(RelyingParty::new(Arc::clone(provider), Arc::clone(config)));
        let logout_tokens = LogoutTokens::new(Arc::clone(provider), app_id, config.leeway, clock.clone());
        let ends = SessionEnds::new(hooks.session_end(), config.hook_timeout);
        let (shared, in_store) = (stores.shared, stores.hold_sessions);
        let visitors = Visitors::open(config, &names, &keys, shared.clone(), in_store, clock);
        let store = shared.clone();
        let sessions =
            Arc::new(SessionManager::open(config, names.clone(), &keys, shared, in_store, ends, clock));
        let tokens = TokenService::new(
            Arc::clone(&relying_party),
            access_tokens.clone(),
            Arc::clone(&sessions),
            server.http.total * 2,
            clock.clone(),
        );
        let sign_ins = SignIns::new(Arc::clone(&relying_party), Arc::clone(&sessions), clock.clone());
        Ok(WebApp(Arc::new(WebAppParts {
            config: Arc::clone(config),
            server: Arc::clone(server),
            clock: clock.clone(),
            provider: Arc::clone(provider),
            relying_party,
            access_tokens: access_tokens.clone(),
            exchanges: exchanges.clone(),
            #[cfg(feature = "reqwest")]
            http_client_for_users: SharedHttpClient::default(),
            tokens: Arc::new(tokens),
            logout_tokens,
            signing_keys: SigningKeys::new(&config.webhook_signing_keys),
            sign_ins: Arc::new(sign_ins),
            hooks,
            keys,
            names,
            sessions,
            store,
            visitors,
            session_data_names: SessionDataNames::default(),
            session_data_limit,
            waiting_logouts: Postponed::new(WAITING, config.session.absolute, not_ended),
            waiting_webhooks: Postponed::new(WAITING, config.session.absolute, not_ended),
            needs: Mutex::default(),
            silent_sign_in: AtomicBool::new(false),
        })))
    }

    /// A mounted guard needs these scopes.
    pub(crate) fn need_scopes(&self, scopes: impl Iterator<Item = &'static str>) {
        let mut needs = self.0.needs.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.for_each(|scope| needs.scopes.insert(scope));
    }

    /// A mounted route begins silent sign-ins.
    pub(crate) fn note_silent_sign_in(&self) {
        self.0.silent_sign_in.store(true, Ordering::Relaxed);
    }

    /// Whether a mounted route begins silent sign-ins.
    pub(crate) fn signs_in_silently(&self) -> bool {
        self.0.silent_sign_in.load(Ordering::Relaxed)
    }

    /// A mounted guard needs organization tokens.
    pub(crate) fn need_organizations(&self) {
        self.0.needs.lock().unwrap_or_else(PoisonError::into_inner).organizations = true;
    }

    /// What a sign-in asks for: what the guards need, and what the configuration adds.
    pub(crate) fn sign_in_scopes(&self) -> Scopes {
        let needs = self.0.needs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scopes: Scopes = ALWAYS_REQUESTED.into_iter().collect();
        if needs.organizations {
            scopes.insert(ORGANIZATIONS_SCOPE);
        }
        // Sentinels run in no fixed order; a sign-in must look the same at every start.
        let mut needed: Vec<&str> = needs.scopes.iter().collect();
        needed.sort_unstable();
        needed.into_iter().chain(self.0.config.scopes.iter()).for_each(|scope| scopes.insert(scope));
        scopes
    }

    /// The resources of the settings.
    pub(crate) fn resources(&self) -> &[ResourceIndicator] {
        &self.0.server.resources
    }

    /// The resources a sign-in asks for. Organization scopes are granted only if Logto's reserved
    /// resource is among them; the scope alone gives tokens that allow nothing.
    pub(crate) fn sign_in_resources(&self) -> Vec<ResourceIndicator> {
        let mut resources = self.resources().to_vec();
        if self.sign_in_scopes().contains(ORGANIZATIONS_SCOPE)
            && !self.0.server.has_resource(ORGANIZATIONS_RESOURCE)
        {
            resources.push(ResourceIndicator::new(ORGANIZATIONS_RESOURCE));
        }
        resources
    }

    /// The scopes and resources that a sign-in requests now.
    pub(crate) fn requested_access(&self) -> RequestedAccess {
        RequestedAccess::new(&self.sign_in_scopes(), &self.sign_in_resources())
    }

    /// The API resource that a rule means when it names none.
    pub(crate) fn sole_resource(&self) -> Option<&ResourceIndicator> {
        self.0.server.sole_resource()
    }

    /// Forgets that bearer tokens of a user were valid, and what was exchanged for them.
    pub(crate) fn forget_tokens_of(&self, subject: &str) {
        self.0.access_tokens.forget_subject(subject);
        self.0.exchanges.forget_subject(subject);
    }

    /// Ends every session of a user, and forgets that their tokens were valid. No hook is told.
    pub(crate) async fn end_person(&self, subject: &str) -> Result<(), Error> {
        self.forget_tokens_of(subject);
        self.0.sessions.end_subject(subject).await
    }

    /// The same for sessions that began before `cut`.
    pub(crate) async fn end_older_sessions(&self, subject: &str, cut: UnixTime) -> Result<(), Error> {
        self.forget_tokens_of(subject);
        self.0.sessions.end_older(subject, cut).await
    }
}
