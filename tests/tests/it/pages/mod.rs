//! The pages that a person sees: in their language, and in the application's own look.

mod catchers;
mod languages;
mod own;
mod signed_out;
mod storefront;

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Issue, Tenant};
use logto_rocket::{AuthFailure, Clock, Identity, Logto, LogtoFairing, User, require_auth};
use logto_tests::{Answer, App, Ask, Browser, settings};
use rocket::{Build, Rocket, get, routes};

#[require_auth(scopes = "read:orders write:orders")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(via = "session")]
#[get("/profile")]
fn profile() -> &'static str {
    "profile"
}

/// Returns the failure of an optional guard.
#[get("/greeting")]
fn greeting(user: Result<User, AuthFailure>) -> Result<String, AuthFailure> {
    Ok(format!("Hello {}", user?.claims().display_name()))
}

struct Shop {
    tenant: Tenant,
    app: App,
}

impl Shop {
    async fn open() -> Shop {
        Shop::with(|fairing| fairing, |rocket| rocket).await
    }

    async fn with(
        set_up: impl FnOnce(LogtoFairing) -> LogtoFairing,
        and: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Shop {
        Shop::of(Tenant::recorded().start().await.unwrap(), set_up, and).await
    }

    async fn of(
        tenant: Tenant,
        set_up: impl FnOnce(LogtoFairing) -> LogtoFairing,
        and: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Shop {
        let clock = tenant.clock().clone();
        let fairing = set_up(Logto::fairing().clock(Clock::new(move || clock.now())));
        let rocket =
            rocket::custom(settings(&tenant)).attach(fairing).mount("/", routes![orders, profile, greeting]);
        let app = App::serve(and(rocket)).await;
        Shop { tenant, app }
    }

    async fn call(&self, ask: Ask) -> Answer {
        Browser::new(&self.app).send(ask).await
    }

    /// A browser that has signed in and has lost its session since.
    async fn forgetful_browser(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        browser.sign_in(&self.tenant, "alice").await;
        for name in browser.jar.session().into_keys() {
            browser.jar.0.remove(&name);
        }
        browser
    }

    /// The request of somebody whose token lacks a scope.
    fn reader(&self) -> Ask {
        let token =
            self.tenant.access_token(Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders"]));
        Ask::get("/orders").bearer(&token.unwrap())
    }
}

/// A request that prefers a page, for a reader of these languages.
fn page(ask: Ask, accept_language: &str) -> Ask {
    ask.header("accept", "text/html").header("accept-language", accept_language)
}

/// Another site has linked to sign-out.
fn linked_sign_out() -> Ask {
    Ask::get("/logto/sign-out")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-site", "cross-site")
}

/// The text between the tags of the page's first heading.
fn heading(answer: &Answer) -> &str {
    let (_, rest) = answer.body.split_once("<h1>").expect("a heading");
    rest.split_once("</h1>").expect("its end").0
}
