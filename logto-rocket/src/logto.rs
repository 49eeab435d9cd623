//! Everything an application shares: one tenant, its tokens, its cookies, and what the guards need.

mod web_app;

use std::sync::{Arc, OnceLock};

use web_app::ServerParts;
pub(crate) use web_app::{Stores, WebApp};

use crate::bearer::{AccessTokens, BearerRules};
use crate::clock::Clock;
use crate::config::Config;
use crate::guard::access::AccessReport;
use crate::guard::hooks::Hooks;
use crate::health::Health;
use crate::oidc::Provider;
#[cfg(feature = "testing")]
use crate::oidc::Transport;
use crate::session::store::SessionStore;
use crate::token::{Exchanges, MachineTokens, SubjectToken, TokenExchange};
use crate::types::ResourceIndicator;

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
    machine_tokens: MachineTokens,
    pub(crate) exchanges: Exchanges,
    pub(crate) access_tokens: AccessTokens,
    /// `None` for an API alone, which nobody signs in to.
    web_app: Option<WebApp>,
    pub(crate) report: OnceLock<AccessReport>,
    /// The outcome of the checks that need all routes together.
    pub(crate) refuses_launch: OnceLock<bool>,
}

impl Logto {
    /// The redirect URI to register in Logto. With several `public_urls`, that of the first; see
    /// [`redirect_uris`](Self::redirect_uris). Empty for an API alone, which has none.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        self.web_app().map(|web_app| web_app.0.config.redirect_uri()).unwrap_or_default()
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
        let Some(WebApp(web_app)) = self.web_app() else { return Vec::new() };
        let config = &web_app.config;
        config.public.origins().map(|origin| config.redirect_uri_at(origin)).collect()
    }

    /// The post sign-out redirect URI to register in Logto. With several `public_urls` and without the setting
    /// `post_sign_out_url`, that of the first; see [`post_sign_out_urls`](Self::post_sign_out_urls). Empty for an API
    /// alone.
    #[must_use]
    pub fn post_sign_out_url(&self) -> &str {
        self.web_app().map_or("", |web_app| web_app.0.config.post_sign_out_url.as_str())
    }

    /// All post sign-out redirect URIs to register in Logto: the setting `post_sign_out_url`, or the start page under
    /// each of `public_urls`, or with `signed_out_page` the route `/logto/signed-out` there; and those of the setting
    /// `post_sign_out_urls`.
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
        let Some(WebApp(web_app)) = self.web_app() else { return Vec::new() };
        let config = &web_app.config;
        let mut urls: Vec<_> =
            config.public.origins().map(|origin| config.post_sign_out_url_at(origin)).collect();
        urls.dedup();
        let others = config.post_sign_out_urls.iter().map(ToString::to_string);
        let others: Vec<_> = others.filter(|url| !urls.contains(url)).collect();
        urls.extend(others);
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

    /// `own_store` is the session store that the application has made.
    pub(crate) fn new(
        config: Config,
        own_store: Option<Arc<dyn SessionStore>>,
        hooks: Hooks,
        clock: Clock,
    ) -> Result<Self, String> {
        let config = Arc::new(config);
        let provider = Provider::new(Arc::clone(&config), clock.clone())?;
        Logto::over(provider, config, own_store, hooks, clock)
    }

    /// The same over a tenant in this process: nothing leaves it.
    #[cfg(feature = "testing")]
    pub(crate) fn over_transport(
        transport: Arc<dyn Transport>,
        config: Config,
        own_store: Option<Arc<dyn SessionStore>>,
        hooks: Hooks,
        clock: Clock,
    ) -> Result<Self, String> {
        let config = Arc::new(config);
        let provider = Provider::with_transport(Arc::clone(&config), clock.clone(), transport);
        Logto::over(provider, config, own_store, hooks, clock)
    }

    fn over(
        provider: Provider,
        config: Arc<Config>,
        own_store: Option<Arc<dyn SessionStore>>,
        hooks: Hooks,
        clock: Clock,
    ) -> Result<Self, String> {
        let provider = Arc::new(provider);
        let rules = BearerRules { leeway: config.leeway, introspection: config.introspection.clone() };
        let access_tokens = AccessTokens::new(Arc::clone(&provider), rules, clock.clone());
        let machine_tokens =
            MachineTokens::new(config.machine(), Arc::clone(&provider), access_tokens.clone(), clock.clone());
        let exchanges = Exchanges::new(&config, Arc::clone(&provider), access_tokens.clone(), clock.clone());
        let web_app = match &config.web_app {
            Some(web_app) => {
                let stores = Stores::open(web_app, own_store)?;
                let server = ServerParts {
                    config: &config,
                    provider: &provider,
                    access_tokens: &access_tokens,
                    exchanges: &exchanges,
                    clock: &clock,
                };
                Some(WebApp::new(web_app, &server, stores, hooks)?)
            }
            None => {
                refuse_what_needs_sign_in(own_store.is_some(), &hooks)?;
                None
            }
        };
        Ok(Logto(Arc::new(Shared {
            machine_tokens,
            exchanges,
            web_app,
            report: OnceLock::new(),
            refuses_launch: OnceLock::new(),
            config,
            clock,
            provider,
            access_tokens,
        })))
    }

    /// The part for sign-in and sessions. `None` for an API alone.
    pub(crate) fn web_app(&self) -> Option<&WebApp> {
        self.0.web_app.as_ref()
    }

    /// The API resource that a rule means when it names none.
    pub(crate) fn sole_resource(&self) -> Option<&ResourceIndicator> {
        self.0.config.sole_resource()
    }
}

/// How to make a web application of an API.
pub(crate) const SET_APP_ID: &str = "set `app_id` and `app_secret` (or `app_secret_file`) under [default.logto] to those of a traditional web application in Logto; in production also `public_url` and `cookie_keys`";

/// What the fairing was given for sign-ins and sessions has no use in an API.
fn refuse_what_needs_sign_in(has_store: bool, hooks: &Hooks) -> Result<(), String> {
    let given = [
        ("`session_store(..)`", has_store),
        ("`on_sign_in(..)`", hooks.has_sign_in()),
        ("`on_sign_out(..)`", hooks.has_sign_out()),
        ("`on_session_end(..)`", hooks.has_session_end()),
    ];
    let given: Vec<&str> =
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect();
    if given.is_empty() {
        return Ok(());
    }
    Err(format!(
        "`Logto::fairing()` has {}, and without `app_id` this server only takes access tokens\n   fix: {SET_APP_ID}; or remove the call",
        given.join(" and ")
    ))
}

impl std::fmt::Debug for Logto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logto").field("issuer", &self.0.config.issuer).finish_non_exhaustive()
    }
}
