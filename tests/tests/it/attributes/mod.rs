//! Each key of the attributes does what their reference page says: seen from outside, by people, by machines
//! and by nobody in particular.

mod ages;
mod callers;
mod check;
mod checked;
mod field_max_age;
mod fields;
mod mixtures;
mod names;
mod open;
mod organizations;
mod routes;
mod step_up;

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Issue, Tenant};
use logto_rocket::{Clock, Logto};
use logto_tests::{Answer, App, Ask, Browser, CheckCalls, settings};
use rocket::{Build, Rocket, Route};

fn rocket(tenant: &Tenant) -> Rocket<Build> {
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    rocket::custom(settings(tenant)).attach(fairing).mount("/", routes::all())
}

struct Shop {
    tenant: Tenant,
    app: App,
    checks: CheckCalls,
}

impl Shop {
    async fn open() -> Shop {
        Shop::with_routes(Vec::new()).await
    }

    /// One with routes of its own, mounted where they say.
    async fn with_routes(mounted: Vec<(&str, Vec<Route>)>) -> Shop {
        let tenant = Tenant::recorded().start().await.unwrap();
        let checks = CheckCalls::default();
        let mut rocket = rocket(&tenant).manage(checks.clone());
        for (base, routes) in mounted {
            rocket = rocket.mount(base.to_owned(), routes);
        }
        let app = App::serve(rocket).await;
        Shop { tenant, app, checks }
    }

    fn nobody(&self) -> Browser {
        Browser::new(&self.app)
    }

    async fn with(&self, person: &str) -> Browser {
        let mut browser = self.nobody();
        browser.sign_in(&self.tenant, person).await;
        browser
    }

    async fn bearer(&self, path: &str, issue: Issue) -> Answer {
        let token = self.tenant.access_token(issue).unwrap();
        self.nobody().send(Ask::get(path).bearer(&token)).await
    }
}

/// Asks for each path as a script does, and compares the status and the body or the code of the refusal.
async fn expect(browser: &mut Browser, answers: &[(&str, u16, &str)]) {
    for (path, status, says) in answers {
        let answer = browser.fetch(*path).await;
        let said = if answer.status < 400 { answer.body.clone() } else { answer.code() };
        assert_eq!((answer.status, &*said), (*status, *says), "{path}: {answer:?}");
    }
}

fn alice() -> Issue {
    Issue::user("alice").resource(SHOPPING_API)
}
