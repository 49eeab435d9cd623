//! Everything an application shares: one tenant, its tokens, its cookies, and what the guards need.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::bearer::{AccessTokens, BearerRules, LogoutTokens};
use crate::clock::Clock;
use crate::config::{Config, CookieKeys, RedisSettings, SessionStoreKind};
use crate::guard::SessionDataNames;
use crate::guard::access::AccessReport;
use crate::guard::hooks::Hooks;
use crate::guard::{Denied, Welcome};
use crate::health::Health;
use crate::names::{ALWAYS_REQUESTED, ORGANIZATIONS_RESOURCE, ORGANIZATIONS_SCOPE};
use crate::oidc::Provider;
use crate::pending_sign_in::SignIns;
use crate::session::store::{BoundedStore, MemoryStore, SessionStore};
use crate::session::{
    CookieNames, KeyRing, Postponed, RequestedAccess, SessionEnds, SessionManager, Visitors,
};
use crate::telemetry::{self, NotEnded, SessionEvent};
use crate::token::{Exchanges, MachineTokens, SubjectToken, TokenExchange, TokenService};
use crate::types::{ResourceIndicator, Scopes};
use crate::webhook::SigningKeys;

/// The tenant as this application uses it. Put into managed state by [`Logto::fairing`].
///
/// ```no_run
/// use logto_rocket::Logto;
/// use rocket::{State, get};
///
/// #[get("/help")]
/// fn help(logto: &State<Logto>) -> String {
///     format!("Register {} as a redirect URI in Logto.", logto.redirect_uri())
/// }
/// ```
#[derive(Clone)]
pub struct Logto(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Clock,
    pub(crate) provider: Arc<Provider>,
    pub(crate) tokens: Arc<TokenService>,
    machine_tokens: MachineTokens,
    exchanges: Exchanges,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) logout_tokens: LogoutTokens,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) sign_ins: Arc<SignIns<Welcome, Denied>>,
    pub(crate) hooks: Hooks,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) names: CookieNames,
    pub(crate) sessions: Arc<SessionManager>,
    pub(crate) visitors: Visitors,
    pub(crate) session_data_names: SessionDataNames,
    /// In bytes, of all data of the application in one session.
    pub(crate) session_data_limit: usize,
    /// What logout tokens have asked for while the store was down.
    pub(crate) waiting_logouts: Postponed<String>,
    /// The same of webhooks: these are of no person's making, and have room of their own.
    pub(crate) waiting_webhooks: Postponed<String>,
    needs: Mutex<Needs>,
    pub(crate) report: OnceLock<AccessReport>,
    /// Whether a mounted route begins silent sign-ins.
    silent_sign_in: AtomicBool,
}

/// How many ends that Logto has asked for wait for the store, of each kind.
const WAITING: usize = 16_384;

fn not_ended() {
    telemetry::session(SessionEvent::NotEnded(NotEnded::StoreDown));
}

/// What several processes share.
pub(crate) struct Stores {
    pub(crate) shared: BoundedStore,
    /// Whether sessions live there too, and not in cookies.
    pub(crate) hold_sessions: bool,
}

impl Stores {
    /// Of the kind that the settings name.
    pub(crate) fn open(config: &Config) -> Result<Self, String> {
        let shared: Arc<dyn SessionStore> = match &config.redis {
            Some(redis) => open_redis(redis, config.store_timeout)?,
            None => Arc::new(MemoryStore::new()),
        };
        let shared = BoundedStore::with_own_limit(shared);
        Ok(Stores { shared, hold_sessions: config.session_store != SessionStoreKind::Cookie })
    }

    /// One that the application has made.
    pub(crate) fn of_application(store: Arc<dyn SessionStore>, config: &Config) -> Self {
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
    Err("`redis_url` is set, and this build has no Redis: switch on the feature `redis` of `logto-rocket`"
        .to_owned())
}

/// What the mounted guards need of a sign-in.
#[derive(Default)]
struct Needs {
    scopes: Scopes,
    organizations: bool,
}

impl Logto {
    /// The redirect URI to register in Logto. With several `public_urls`, that of the first; see
    /// [`redirect_uris`](Self::redirect_uris).
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        self.0.config.redirect_uri()
    }

    /// All redirect URIs to register in Logto: one for each of `public_urls`, in their order.
    ///
    /// ```no_run
    /// use logto_rocket::Logto;
    /// use rocket::{State, get};
    ///
    /// #[get("/help")]
    /// fn help(logto: &State<Logto>) -> String {
    ///     format!("Register in Logto:\n{}", logto.redirect_uris().join("\n"))
    /// }
    /// ```
    #[must_use]
    pub fn redirect_uris(&self) -> Vec<String> {
        let config = &self.0.config;
        config.public.origins().map(|origin| config.redirect_uri_at(origin)).collect()
    }

    /// The post sign-out redirect URI to register in Logto. With several `public_urls` and without the setting
    /// `post_sign_out_url`, that of the first; see [`post_sign_out_urls`](Self::post_sign_out_urls).
    #[must_use]
    pub fn post_sign_out_url(&self) -> &str {
        self.0.config.post_sign_out_url.as_str()
    }

    /// All post sign-out redirect URIs to register in Logto: the setting `post_sign_out_url`, or the start page under
    /// each of `public_urls`; and those of the setting `post_sign_out_urls`.
    ///
    /// ```no_run
    /// use logto_rocket::Logto;
    /// use rocket::{State, get};
    ///
    /// #[get("/help")]
    /// fn help(logto: &State<Logto>) -> String {
    ///     format!("Register in Logto:\n{}", logto.post_sign_out_urls().join("\n"))
    /// }
    /// ```
    #[must_use]
    pub fn post_sign_out_urls(&self) -> Vec<String> {
        let config = &self.0.config;
        let mut urls: Vec<_> =
            config.public.origins().map(|origin| config.post_sign_out_url_at(origin)).collect();
        urls.dedup();
        urls.extend(config.post_sign_out_urls.iter().map(ToString::to_string));
        urls
    }

    /// The tenant's issuer identifier, as in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.config.issuer
    }

    /// Every mounted route and what it asks of its callers. `None` before the application has launched.
    #[must_use]
    pub fn access_report(&self) -> Option<&AccessReport> {
        self.0.report.get()
    }

    /// Tokens of this server's own, for calls that it makes for nobody but itself.
    ///
    /// ```no_run
    /// use logto_rocket::{Error, Logto};
    /// use rocket::{State, post};
    ///
    /// #[post("/reports")]
    /// async fn report(logto: &State<Logto>) -> Result<String, Error> {
    ///     let reports = logto.machine_tokens().resource("https://reports.your-app.com/api");
    ///     let token = reports.scopes("write:reports").token().await?;
    ///     // http.post(..).bearer_auth(token.secret())
    ///     Ok(format!("allowed: {}", token.scopes()))
    /// }
    /// ```
    #[must_use]
    pub fn machine_tokens(&self) -> &MachineTokens {
        &self.0.machine_tokens
    }

    /// Exchanges a token that stands for a person for an access token of theirs (RFC 8693): a personal access
    /// token, an impersonation token, or another access token. The application must be allowed to, in Logto.
    ///
    /// ```no_run
    /// use logto_rocket::{Error, Logto, SubjectToken};
    /// use rocket::State;
    ///
    /// async fn orders_of(logto: &State<Logto>, pat: &str) -> Result<String, Error> {
    ///     let exchange = logto.exchange(SubjectToken::personal_access_token(pat));
    ///     let token = exchange.resource("https://orders.your-app.com/api").scopes("read:orders").token().await?;
    ///     Ok(token.secret().to_owned())
    /// }
    /// ```
    pub fn exchange(&self, subject: SubjectToken) -> TokenExchange {
        self.0.exchanges.begin(subject)
    }

    /// How this application's connection with Logto is, for probes and dashboards. Makes no call.
    #[must_use]
    pub fn health(&self) -> Health {
        Health::new(&self.0.provider.status())
    }

    pub(crate) fn new(config: Config, stores: Stores, hooks: Hooks, clock: Clock) -> Result<Self, String> {
        let session_data_limit = config.session_data_limit(stores.hold_sessions)?;
        let config = Arc::new(config);
        let (app_id, environment) = (config.app_id.as_str(), config.environment());
        let keys = match &config.cookie_keys {
            CookieKeys::Given(secrets) => KeyRing::new(secrets, app_id, &environment, &clock),
            CookieKeys::Random => KeyRing::random(app_id, &environment, &clock),
        };
        let keys = Arc::new(keys.ok_or("the cookie keys cannot be set up")?);
        let names = CookieNames::of(&config);
        let provider = Arc::new(Provider::new(Arc::clone(&config), clock.clone())?);
        let rules =
            BearerRules { leeway: config.leeway, introspected_clients: config.introspected_clients.clone() };
        let access_tokens = AccessTokens::new(Arc::clone(&provider), rules, clock.clone());
        let logout_tokens = LogoutTokens::new(Arc::clone(&provider), app_id, config.leeway, clock.clone());
        let machine_tokens =
            MachineTokens::new(config.machine(), Arc::clone(&provider), access_tokens.clone(), clock.clone());
        let exchanges = Exchanges::new(&config, Arc::clone(&provider), access_tokens.clone(), clock.clone());
        let ends = SessionEnds::new(hooks.session_end(), config.hook_timeout);
        let (shared, in_store) = (stores.shared, stores.hold_sessions);
        let visitors = Visitors::open(&config, &names, &keys, shared.clone(), in_store, &clock);
        let sessions =
            Arc::new(SessionManager::open(&config, names.clone(), &keys, shared, in_store, ends, &clock));
        let tokens = TokenService::new(
            Arc::clone(&provider),
            access_tokens.clone(),
            Arc::clone(&sessions),
            config.http.total * 2,
            clock.clone(),
        );
        Ok(Logto(Arc::new(Shared {
            tokens: Arc::new(tokens),
            machine_tokens,
            exchanges,
            logout_tokens,
            signing_keys: SigningKeys::new(&config.webhook_signing_keys),
            sign_ins: Arc::new(SignIns::new(Arc::clone(&provider), Arc::clone(&sessions), clock.clone())),
            hooks,
            sessions,
            visitors,
            session_data_names: SessionDataNames::default(),
            session_data_limit,
            waiting_logouts: Postponed::new(WAITING, config.session.absolute, not_ended),
            waiting_webhooks: Postponed::new(WAITING, config.session.absolute, not_ended),
            needs: Mutex::default(),
            report: OnceLock::new(),
            silent_sign_in: AtomicBool::new(false),
            config,
            clock,
            provider,
            access_tokens,
            keys,
            names,
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

    /// The resources a sign-in asks for. Organization scopes are granted only if Logto's reserved
    /// resource is among them; the scope alone gives tokens that allow nothing.
    pub(crate) fn sign_in_resources(&self) -> Vec<ResourceIndicator> {
        let mut resources = self.0.config.resources.clone();
        if self.sign_in_scopes().contains(ORGANIZATIONS_SCOPE)
            && !self.0.config.has_resource(ORGANIZATIONS_RESOURCE)
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
        match self.0.config.resources.as_slice() {
            [sole] => Some(sole),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Logto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logto").field("issuer", &self.0.config.issuer).finish_non_exhaustive()
    }
}
