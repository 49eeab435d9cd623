//! An application with its tenant.

use std::time::Duration;

use logto_dev::recorded::{OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Entry, Tenant};
use logto_rocket::{Clock, Logto, LogtoFairing};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use storefront::built_in;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::app::{App, ORIGIN, settings};
use crate::browser::{Ask, Browser};
use crate::probe_app::probe_app;
use crate::store::SharedStore;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// An application with its tenant, both on sockets.
#[derive(Debug)]
pub struct Bench {
    /// The tenant.
    pub tenant: Tenant,
    /// The application.
    pub app: App,
}

impl Bench {
    /// The example shop as `cargo run -p storefront` starts it, with the tenant that it brings.
    pub async fn storefront() -> Bench {
        let tenant = built_in::describe(ORIGIN).start().await.expect("a tenant");
        let figment = built_in::configure(storefront::figment().merge(settings(&tenant)), &tenant);
        let app = App::serve(storefront::rocket(figment)).await;
        Bench { tenant, app }.warm().await
    }

    /// The [`probe_app`] on the tenant's own clock: one move and both are later.
    pub async fn probe_app() -> Bench {
        Bench::probe_app_with(|figment| figment).await
    }

    /// The same, with sessions in cookies wherever other tests keep theirs: for what is about those cookies.
    pub async fn probe_app_in_cookies() -> Bench {
        Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "cookie"))).await
    }

    /// The same, with changed settings.
    pub async fn probe_app_with(change: impl FnOnce(Figment) -> Figment) -> Bench {
        let tenant = Tenant::recorded().start().await.expect("a tenant");
        Bench::probe_app_of(tenant, change).await
    }

    /// The same, with a tenant that is there already.
    pub async fn probe_app_of(tenant: Tenant, change: impl FnOnce(Figment) -> Figment) -> Bench {
        let app = Bench::another_probe_app(&tenant, change).await;
        Bench { tenant, app }.warm().await
    }

    /// Another probe application for a tenant: the same application after a restart, or in another process.
    pub async fn another_probe_app(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> App {
        App::serve(Bench::rocket(tenant, Logto::fairing(), change)).await
    }

    /// The same with sessions in `store`.
    pub async fn probe_app_on(
        tenant: &Tenant,
        store: SharedStore,
        change: impl FnOnce(Figment) -> Figment,
    ) -> App {
        App::serve(Bench::rocket(tenant, Logto::fairing().session_store(store), change)).await
    }

    /// A probe application that is not served yet, on the tenant's clock.
    pub fn rocket(
        tenant: &Tenant,
        fairing: LogtoFairing,
        change: impl FnOnce(Figment) -> Figment,
    ) -> Rocket<Build> {
        let clock = tenant.clock().clone();
        let figment = settings(tenant).merge(("logto.resources", [SHOPPING_API, OTHER_API]));
        probe_app(change(figment), fairing.clock(Clock::new(move || clock.now())))
    }

    /// Waits for what the application fetches at launch, so that it disturbs no count.
    pub async fn warm(self) -> Bench {
        until("the application has the keys", || self.count(Endpoint::Jwks) > 0).await;
        self
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    /// A browser in which this person is signed in.
    pub async fn signed_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&self.tenant, user).await;
        browser
    }

    /// A request by something that keeps no cookies.
    pub async fn call(&self, ask: Ask) -> Answer {
        self.browser().send(ask).await
    }

    /// How many requests the tenant saw at an endpoint.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.tenant.journal().count(endpoint)
    }

    /// The calls to the token endpoint of one grant type, `authorization_code` or `refresh_token`.
    pub fn grants(&self, kind: &str) -> Vec<Entry> {
        let mut calls = self.tenant.journal().of(Endpoint::Token);
        calls.retain(|call| call.param("grant_type") == Some(kind));
        calls
    }
}

/// Waits until `reached` says so; panics if it never does.
pub async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The same, for what has to be asked for.
pub async fn until_async(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Asks again and again until the answer is as it is `wanted`; panics if it never is.
pub async fn eventually<F: Future<Output = Answer>>(
    what: &str,
    mut ask: impl FnMut() -> F,
    wanted: impl Fn(&Answer) -> bool,
) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask().await;
        if wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "in vain: {what}: {answer:?}");
    }
}

/// A URL from its path on.
pub fn path_of(url: &Url) -> String {
    url[url::Position::BeforePath..].to_owned()
}

/// The first value of a query parameter.
pub fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
