//! The fairing: reads the settings, mounts the routes, and has the last word on every answer.

mod hooks;
mod mounted_routes;
#[cfg(not(feature = "testing"))]
mod no_testing;
mod pages;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use figment::Figment;
use rocket::fairing::{self, Fairing, Info, Kind};
use rocket::http::uri::Origin;
use rocket::http::{Cookie, Header, Method, SameSite};
use rocket::{Build, Config as RocketConfig, Data, Orbit, Request, Response, Rocket, Route, time};

use crate::clock::Clock;
use crate::config::{Config, RocketEnv, WarmUp, with_absolute_paths};
use crate::guard::hooks::Hooks;
use crate::guard::{BoxFuture, PendingCookie, RequestState, ScopesInUse};
use crate::guard::{challenge, silent_sign_in, webhook};
use crate::logto::{Logto, WebApp};
use crate::names::RESOURCE_METADATA;
use crate::page::PageSettings;
use crate::routes::{self, path::is_path};
use crate::session::store::SessionStore;
use crate::session::{CookieNames, SetCookie};
#[cfg(feature = "testing")]
use crate::testing;
#[cfg(not(feature = "testing"))]
use no_testing as testing;
use testing::TestState;

/// A function of the application that changes routes.
type RouteMapper = Arc<dyn Fn(Vec<Route>) -> Vec<Route> + Send + Sync>;

/// Attaches Logto to a Rocket application. Made by [`Logto::fairing`].
#[derive(Default)]
pub struct LogtoFairing {
    clock: Clock,
    session_store: Option<Arc<dyn SessionStore>>,
    pages: PageSettings,
    hooks: Hooks,
    map_routes: Option<RouteMapper>,
}

impl std::fmt::Debug for LogtoFairing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogtoFairing").finish_non_exhaustive()
    }
}

impl Logto {
    /// The fairing that everything of this crate needs. It reads `[default.logto]` of `Rocket.toml` or
    /// `ROCKET_LOGTO={..}`, and mounts `sign-in`, `sign-up`, `callback`, `sign-out` and `user` under
    /// `/logto` (setting `prefix`). With `resource_metadata = true` it also publishes what clients must know to
    /// get a token for the API resources that lie under `public_url` (RFC 9728), at
    /// `/.well-known/oauth-protected-resource` and behind; the challenges of guards then lead there. Resources
    /// under other hosts are published when they are listed, as in
    /// `resource_metadata = ["https://api.example.com/orders"]`.
    ///
    /// Two more let Logto end sessions, and are mounted where they are set up: `backchannel-logout`, with
    /// `backchannel_logout = true` (register it in Logto as the back-channel logout URI, with the session
    /// required); and `webhook`, with `webhook_signing_keys = [".."]` (register it in Logto for all the events
    /// that the page [`revocation`](crate::revocation) lists; events that are not registered never arrive).
    ///
    /// Without `app_id` none of these routes is mounted but the metadata: the server only accepts access tokens. See
    /// [`an_api_alone`](crate::an_api_alone).
    ///
    /// The application launches while Logto is down, unless `warm_up = "required"`. It does not launch
    /// with a wrong setting; the log then names them all.
    ///
    /// ```no_run
    /// use logto_rocket::Logto;
    ///
    /// #[rocket::launch]
    /// fn rocket() -> _ {
    ///     rocket::build().attach(Logto::fairing())
    /// }
    /// ```
    #[must_use]
    pub fn fairing() -> LogtoFairing {
        LogtoFairing::default()
    }
}

impl LogtoFairing {
    /// Takes the time from `clock`, for tests that move it: a [`Clock`], or a function that tells the time. With a tenant of
    /// `logto-dev`, that is `tenant.clock().reader()`.
    #[must_use]
    pub fn clock(mut self, clock: impl Into<Clock>) -> Self {
        self.clock = clock.into();
        self
    }

    /// Keeps sessions in `store`, in place of the setting `session_store`: in a database of your own, or in
    /// one of this crate's stores with settings of their own.
    ///
    /// ```no_run
    /// use logto_rocket::Logto;
    /// use logto_rocket::store::MemoryStore;
    ///
    /// #[rocket::launch]
    /// fn rocket() -> _ {
    ///     rocket::build().attach(Logto::fairing().session_store(MemoryStore::new().capacity(10_000)))
    /// }
    /// ```
    #[must_use]
    pub fn session_store(mut self, store: impl SessionStore) -> Self {
        self.session_store = Some(Arc::new(store));
        self
    }

    async fn set_up(&self, rocket: &Rocket<Build>) -> Result<SetUp, String> {
        if rocket.state::<Logto>().is_some() {
            return Err("`Logto::fairing()` is attached twice; attach it once".to_owned());
        }
        let figment = rocket.figment();
        let settings = figment.find_value("logto").ok();
        let test_state = TestState::of(settings.as_ref(), &self.clock)?;
        let (settings, env) = match &test_state {
            Some(test_state) => (Some(test_state.settings().clone()), test_state.rocket_env()),
            None => (settings, rocket_env(figment)),
        };
        let settings = settings.map(|settings| with_absolute_paths(settings, figment));
        let config = Config::read(settings.as_ref(), &env).map_err(|error| error.to_string())?;
        for warning in &config.warnings {
            tracing::warn!(target: "logto", "{warning}");
        }
        let logto = match &test_state {
            Some(test_state) => {
                test_state.logto(config, self.session_store.is_some(), self.hooks.clone()).await?
            }
            None => self.logto(config).await?,
        };
        Ok(SetUp { logto, test_state })
    }

    async fn logto(&self, config: Config) -> Result<Logto, String> {
        let warm_up = config.warm_up;
        let logto = Logto::new(config, self.session_store.clone(), self.hooks.clone(), self.clock.clone())?;
        if let Some(web_app) = logto.web_app() {
            inspect_store(web_app).await?;
        }
        if warm_up == WarmUp::Required {
            logto
                .0
                .provider
                .warm_up()
                .await
                .map_err(|unavailable| format!("{unavailable} (`warm_up` is \"required\")"))?;
        }
        Ok(logto)
    }
}

fn rocket_env(figment: &Figment) -> RocketEnv {
    RocketEnv {
        debug: figment.profile() == RocketConfig::DEBUG_PROFILE,
        port: figment.extract_inner("port").unwrap_or(8000),
    }
}

/// What the settings lead to.
struct SetUp {
    logto: Logto,
    /// Where a test has configured the application.
    test_state: Option<TestState>,
}

#[rocket::async_trait]
impl Fairing for LogtoFairing {
    fn info(&self) -> Info {
        Info { name: "Logto", kind: Kind::Ignite | Kind::Liftoff | Kind::Request | Kind::Response }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        match self.set_up(&rocket).await {
            Ok(SetUp { logto, test_state }) => {
                let mut rocket = match test_state {
                    Some(test_state) => testing::manage(rocket, test_state),
                    None => rocket,
                };
                if let Some(WebApp(web_app)) = logto.web_app() {
                    let config = &web_app.config;
                    rocket = rocket
                        .mount(config.prefix_in_rocket.as_str(), self.mapped(routes::of_web_app(config)))
                        .mount(config.callback_in_rocket.as_str(), self.mapped(routes::callback()));
                }
                let of_metadata = match logto.0.config.published.is_empty() {
                    false => routes::resource_metadata(),
                    // No other route of the fairing is mounted, or not as it is.
                    true if logto.web_app().is_none() || self.map_routes.is_some() => routes::launch_check(),
                    true => Vec::new(),
                };
                if !of_metadata.is_empty() {
                    rocket = rocket.mount(RESOURCE_METADATA, of_metadata).manage(ScopesInUse::default());
                }
                Ok(rocket.manage(logto).manage(self.pages.clone()))
            }
            Err(what) => {
                tracing::error!(target: "logto", "the application cannot launch: {what}");
                Err(rocket)
            }
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        let Some(logto) = rocket.state::<Logto>() else { return };
        if testing::refuses_to_listen(rocket) {
            return;
        }
        routes::log_addresses(rocket, logto);
        if let Some(report) = logto.access_report() {
            tracing::info!(target: "logto", "access to the mounted routes:\n{report}");
        }
        if let Some(web_app) = logto.web_app() {
            warn_of_cleared_mark(web_app);
        }
        let provider = Arc::clone(&logto.0.provider);
        tokio::spawn(async move {
            if let Err(unavailable) = provider.warm_up().await {
                tracing::warn!(target: "logto", "cannot fetch Logto's discovery document and key set yet, will retry when they are needed: {unavailable}");
            }
        });
    }

    /// Rocket logs each request's URI next, and turns HEAD into GET after that.
    fn on_request<'s: 'f, 'm: 'f, 'r: 'f, 'd: 'f, 'b: 'f, 'f>(
        &'s self,
        request: &'m mut Request<'r>,
        _: &'d mut Data<'b>,
    ) -> BoxFuture<'f, ()> {
        prepare(request);
        testing::sign_in(request).unwrap_or_else(done)
    }

    fn on_response<'r: 'f, 's: 'f, 'l: 'f, 'm: 'f, 'f>(
        &'s self,
        request: &'r Request<'l>,
        response: &'m mut Response<'r>,
    ) -> BoxFuture<'f, ()> {
        let Some(logto) = request.rocket().state::<Logto>() else { return done() };
        // For refusals of routes. Those of guards get their response below, and are labelled there.
        testing::label(request, response);
        let state = RequestState::of(request);
        if let Some(address) = state.silent_sign_in() {
            silent_sign_in::redirect(response, address);
        }
        if state.has_refusal() {
            return Box::pin(answer_refusal(request, response, logto, state));
        }
        let Some(web_app) = logto.web_app() else {
            if state.is_guarded() {
                keep_out_of_caches(response, false, false);
            }
            return done();
        };
        routes::finish(request, response, &web_app.0.config);
        if state.has_cookies() {
            return Box::pin(write(response, web_app, state, false));
        }
        if state.is_guarded() || state.loaded_session().is_some() {
            keep_out_of_caches(response, false, true);
        }
        done()
    }
}

/// Refuses a store that can never work. One that cannot be reached may be there later, so it stops nothing.
async fn inspect_store(web_app: &WebApp) -> Result<(), String> {
    let inspection = match web_app.0.store.inspect().await {
        Ok(inspection) => inspection,
        Err(error) => {
            tracing::warn!(target: "logto", "the session store could not be inspected at launch, and requests that need it get a 503 until it can be reached: {error}");
            return Ok(());
        }
    };
    for warning in &inspection.warnings {
        tracing::warn!(target: "logto", "the session store may lose data: {warning}");
    }
    match inspection.unsuitable {
        Some(unsuitable) => Err(format!("the session store cannot be used: {unsuitable}")),
        None => Ok(()),
    }
}

/// What the browser clears at sign-out may be the mark that stops silent sign-ins.
fn warn_of_cleared_mark(web_app: &WebApp) {
    let cleared = web_app.0.config.clear_site_data.as_deref().unwrap_or_default();
    if web_app.signs_in_silently() && (cleared.contains("\"cookies\"") || cleared.contains("\"*\"")) {
        tracing::warn!(target: "logto", "`clear_site_data` removes all cookies at sign-out, also the one that stops silent sign-ins, so a user who is still signed in at Logto may be signed in again at once; remove `cookies` and `*` from the setting");
    }
}

/// A future that is ready and takes no memory: the callbacks run for each request, also of open routes.
fn done<'f>() -> BoxFuture<'f, ()> {
    struct Done;

    impl Future for Done {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Ready(())
        }
    }

    Box::pin(Done)
}

fn prepare(request: &mut Request<'_>) {
    if request.method() == Method::Head {
        RequestState::of(request).mark_head();
    }
    // The query of a callback holds the code and the state, which must not be in a log.
    let Some(query) = request.uri().query() else { return };
    let Some(web_app) = request.rocket().state::<Logto>().and_then(Logto::web_app) else { return };
    let callback = &web_app.0.config.callback_in_rocket;
    if is_path(request.uri(), callback)
        && let Ok(bare) = Origin::parse_owned(callback.clone())
    {
        RequestState::of(request).keep_callback_query(query.to_string());
        request.set_uri(bare);
    }
}

/// Completes the answer to a webhook, or to a request that a guard refused.
async fn answer_refusal<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    state: &RequestState,
) {
    let settled = webhook::settle(request, response, logto).await;
    let decorated = !settled && challenge::decorate(request, response, logto).await;
    testing::label(request, response);
    match logto.web_app() {
        Some(web_app) => {
            routes::finish(request, response, &web_app.0.config);
            write(response, web_app, state, decorated).await;
        }
        None => keep_out_of_caches(response, decorated, false),
    }
}

/// Writes the cookies, and what keeps the answer out of caches.
async fn write(response: &mut Response<'_>, logto: &WebApp, state: &RequestState, decorated: bool) {
    let wrote = write_cookies(state, response, logto).await;
    if decorated || wrote || state.is_guarded() || state.loaded_session().is_some() {
        keep_out_of_caches(response, wrote || decorated, true);
    }
}

/// Rocket drops the cookies that a guard has set once a catcher answers; here they are written after
/// all that, once for each request.
async fn write_cookies(state: &RequestState, response: &mut Response<'_>, logto: &WebApp) -> bool {
    let mut pending: Vec<PendingCookie> = state.take_cookies();
    if let Some(request_session) = state.loaded_session() {
        let max_age = logto.0.config.session.idle.min(logto.0.config.session.absolute);
        let cookies = request_session.response_cookies(logto).await.unwrap_or_else(|error| {
            tracing::error!(target: "logto", "a session could not be saved: {error}");
            Vec::new()
        });
        pending.extend(cookies.into_iter().map(|cookie| PendingCookie { cookie, max_age }));
    }
    if let Some(visitor) = state.loaded_visitor() {
        let max_age = logto.0.config.session.idle.min(logto.0.config.session.absolute);
        match visitor.response_cookie(logto).await {
            Ok(cookie) => pending.extend(cookie.map(|cookie| PendingCookie { cookie, max_age })),
            Err(error) => {
                tracing::error!(target: "logto", "the session data of a visitor could not be saved: {error}");
            }
        }
    }
    let wrote = !pending.is_empty();
    for PendingCookie { cookie, max_age } in pending {
        response.adjoin_header(to_cookie(cookie, max_age, &logto.0.names));
    }
    wrote
}

/// Deletions repeat the attributes: a browser tells cookies apart by them. They say `Expires` besides `Max-Age`,
/// because Rocket's local clients forget a cookie by that alone.
///
/// The flash message is a cookie of Rocket's, which removes it with the path `/` and for the host alone.
fn to_cookie(cookie: SetCookie, max_age: Duration, names: &CookieNames) -> Cookie<'_> {
    let is_ours = cookie.name.starts_with(names.prefix());
    let path = if is_ours { names.path.as_str() } else { "/" };
    let is_deletion = cookie.value.is_none();
    let seconds = if is_deletion { 0 } else { i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX) };
    let mut built = Cookie::build((cookie.name, cookie.value.unwrap_or_default()))
        .path(path)
        .http_only(true)
        .secure(names.secure)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(seconds))
        .build();
    if let Some(domain) = names.domain.as_deref().filter(|_| is_ours) {
        built.set_domain(domain);
    }
    if is_deletion {
        built.set_expires(time::OffsetDateTime::UNIX_EPOCH);
    }
    built
}

/// What depends on who asks must not be given to somebody else. A route that has set `Cache-Control`
/// has thought of it, unless a cookie goes along.
///
/// An API reads no cookie, so none makes a difference there.
fn keep_out_of_caches(response: &mut Response<'_>, wrote: bool, by_cookie: bool) {
    let (mut is_set, mut varies) = (false, !by_cookie);
    // Once through the few headers that there are, rather than to hash each name.
    for header in response.headers().iter() {
        is_set |= header.name() == "Cache-Control";
        varies |= header.name() == "Vary" && names_cookie(header.value());
    }
    if wrote || !is_set {
        response.set_header(Header::new("Cache-Control", "no-store"));
    }
    if !varies {
        response.adjoin_header(Header::new("Vary", "Cookie"));
    }
}

/// Whether a `Vary` header has the member `Cookie` (RFC 9110 §12.5.5).
fn names_cookie(vary: &str) -> bool {
    vary.split(',').any(|name| name.trim_matches([' ', '\t']).eq_ignore_ascii_case("cookie"))
}
