//! Silent sign-in: one round to Logto for a browser without a session, which nobody sees.

mod marks;
mod never;
mod refused;

use logto_dev::recorded::{ALICE, ROCKET_APP_PLAIN, SHOPPING_API};
use logto_dev::{Browser as AtLogto, Endpoint, Tenant};
use logto_rocket::{Clock, Logto, LogtoFairing, MaybeUser, SignIn, User, public, require_auth};
use logto_tests::{App, Browser, ORIGIN, param, path_of, settings};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::{get, routes};

#[public(sign_in = "silent")]
#[get("/?<page>")]
fn front(user: MaybeUser, page: Option<&str>) -> String {
    let who = user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned());
    format!("{who} {}", page.unwrap_or_default())
}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(user: User) -> String {
    user.subject().to_owned()
}

#[get("/recognize")]
fn recognize() -> SignIn {
    SignIn::new().silent().return_to("/plain")
}

#[get("/confused")]
fn confused() -> SignIn {
    SignIn::new().silent().prompt_login()
}

#[get("/ask-again")]
fn ask_again() -> SignIn {
    SignIn::new().prompt_consent().prompt_login()
}

#[public]
#[get("/plain")]
fn plain(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

struct Shop {
    tenant: Tenant,
    app: App,
}

impl Shop {
    async fn open() -> Shop {
        Shop::with(|figment| figment).await
    }

    async fn with(change: impl FnOnce(Figment) -> Figment) -> Shop {
        Shop::with_hooks(change, |fairing| fairing).await
    }

    async fn with_hooks(
        change: impl FnOnce(Figment) -> Figment,
        hooks: impl FnOnce(LogtoFairing) -> LogtoFairing,
    ) -> Shop {
        let tenant = Tenant::recorded().start().await.unwrap();
        let clock = tenant.clock().clone();
        let rocket = rocket::custom(change(settings(&tenant)))
            .attach(hooks(Logto::fairing().clock(Clock::new(move || clock.now()))))
            .mount("/", routes![front, orders, recognize, confused, ask_again, plain]);
        let app = App::serve(rocket).await;
        Shop { tenant, app }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    /// A user who has signed in here and at Logto, and signs out here alone.
    async fn signed_in_at_logto(&self) -> (Browser, AtLogto) {
        let (mut browser, mut at_logto) = (self.browser(), self.tenant.browser());
        let callback = at_logto.sign_in(browser.begin("/plain").await, "alice").await.unwrap();
        assert_eq!(browser.open(path_of(&callback)).await.location(), "/plain");
        assert_eq!(browser.open("/plain").await.body, ALICE);
        // A browser whose session here has expired has neither it nor a mark.
        browser.jar.0.clear();
        (browser, at_logto)
    }
}

/// Goes the whole round from the page that has redirected to `first`, and returns where the callback leads.
async fn round(browser: &mut Browser, at_logto: &mut AtLogto, first: &str) -> String {
    let to_logto = browser.open(first).await;
    let authorization = Url::parse(to_logto.location()).unwrap();
    assert_eq!(param(&authorization, "prompt").as_deref(), Some("none"));
    let callback = at_logto.open(authorization).await.unwrap();
    assert!(callback.as_str().starts_with(ORIGIN), "{callback}");
    browser.open(path_of(&callback)).await.location().to_owned()
}

#[rocket::async_test]
async fn whoever_is_signed_in_at_logto_is_recognized() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    let led = browser.open("/?page=a%20b").await;
    assert_eq!(led.header("cache-control"), Some("no-store"));
    assert!(led.body.is_empty(), "{led:?}");
    let first = led.location().to_owned();
    let back = round(&mut browser, &mut at_logto, &first).await;
    assert_eq!(back, "/?page=a%20b");
    assert_eq!(browser.open(&back).await.body, format!("{ALICE} a b"));
    assert_eq!(browser.open("/").await.body, format!("{ALICE} "));
    assert_eq!(browser.fetch("/orders").await.body, ALICE);
}

#[rocket::async_test]
async fn whoever_is_not_comes_back_to_the_page_and_is_not_asked_again() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = (shop.browser(), shop.tenant.browser());
    let first = browser.open("/?page=2").await.location().to_owned();
    let back = round(&mut browser, &mut at_logto, &first).await;
    assert_eq!(back, "/?page=2");
    assert_eq!(browser.open(&back).await.body, "nobody 2");
    assert_eq!(browser.open("/").await.body, "nobody ");
    assert_eq!(shop.tenant.journal().count(Endpoint::Token), 0);
    // Another tab, and the same browser on the next day.
    assert_eq!(browser.clone().open("/").await.status, 200);
    assert!(
        browser.jar.session().is_empty() && browser.jar.pending_sign_ins().is_empty(),
        "{:?}",
        browser.jar
    );
    browser.jar.0.clear();
    assert_eq!(browser.open("/").await.status, 303);
}

/// Logto has no grant of the application to extend without a page.
#[rocket::async_test]
async fn a_user_of_another_application_is_nobody_here() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = (shop.browser(), shop.tenant.browser());
    let other = format!(
        "{}/oidc/auth?client_id={}&redirect_uri={}&response_type=code&scope=openid&state=s&code_challenge={}&code_challenge_method=S256",
        shop.tenant.endpoint(),
        ROCKET_APP_PLAIN.id,
        "http%3A%2F%2Flocalhost%3A8000%2Flogto%2Fcallback",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
    at_logto.sign_in(&other, "alice").await.unwrap();
    let first = browser.open("/").await.location().to_owned();
    assert_eq!(round(&mut browser, &mut at_logto, &first).await, "/");
    assert_eq!(browser.open("/").await.body, "nobody ");
}

/// Without a refresh token a route that needs one leads to an ordinary sign-in, which shows nothing either.
#[rocket::async_test]
async fn a_session_without_a_refresh_token_gets_one_where_it_is_needed() {
    let plain = |figment: Figment| {
        figment
            .merge(("logto.app_id", ROCKET_APP_PLAIN.id))
            .merge(("logto.app_secret", ROCKET_APP_PLAIN.secret))
            .merge(("logto.resources", [SHOPPING_API]))
    };
    let shop = Shop::with(plain).await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    let first = browser.open("/").await.location().to_owned();
    round(&mut browser, &mut at_logto, &first).await;
    assert_eq!(browser.open("/").await.body, format!("{ALICE} "));

    let refused = browser.fetch("/orders").await;
    assert_eq!((refused.status, &*refused.code()), (403, "not_granted"));
    let led = browser.open("/orders").await;
    assert_eq!(led.location(), "/logto/sign-in?return_to=/orders");
    let authorization = Url::parse(browser.open(led.location()).await.location()).unwrap();
    assert_eq!(param(&authorization, "prompt").as_deref(), Some("consent"));
    let callback = at_logto.open(authorization).await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/orders");
    assert_eq!(browser.open("/orders").await.body, ALICE);
}

#[rocket::async_test]
async fn a_user_who_has_signed_out_stays_signed_out() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    let first = browser.open("/").await.location().to_owned();
    round(&mut browser, &mut at_logto, &first).await;
    browser.jar.0.retain(|name, _| !name.ends_with("_silent"));
    assert_eq!(browser.open("/").await.body, format!("{ALICE} "));
    assert_eq!(browser.submit("/logto/sign-out?local=true").await.status, 303);
    assert_eq!(browser.open("/").await.body, "nobody ", "the session at Logto lives on");
}

#[rocket::async_test]
async fn a_handler_begins_a_silent_sign_in() {
    let shop = Shop::open().await;
    let (mut browser, mut at_logto) = shop.signed_in_at_logto().await;
    let first = browser.open("/recognize").await.location().to_owned();
    assert_eq!(round(&mut browser, &mut at_logto, &first).await, "/plain");
    assert_eq!(browser.open("/plain").await.body, ALICE);
    // And one that nobody is signed in for.
    let (mut browser, mut at_logto) = (shop.browser(), shop.tenant.browser());
    let first = browser.open("/recognize").await.location().to_owned();
    assert_eq!(round(&mut browser, &mut at_logto, &first).await, "/plain");
    assert_eq!(browser.open("/plain").await.body, "nobody");
    // A page that shows something and nothing is a mistake.
    assert_eq!(browser.open("/confused").await.status, 500);
    let led = browser.open("/ask-again").await.location().to_owned();
    let authorization = Url::parse(browser.open(led).await.location()).unwrap();
    assert_eq!(param(&authorization, "prompt").as_deref(), Some("login consent"));
}
