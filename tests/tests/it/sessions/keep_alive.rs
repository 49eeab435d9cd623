//! Requests that do not count as use of a session.

use std::time::Duration;

use logto_dev::Tenant;
use logto_rocket::{AccessToken, Logto, User, require_auth, with_access_token};
use logto_tests::{App, Bench};
use rocket::{get, routes};

const HOUR: Duration = Duration::from_secs(3600);

#[require_auth(keep_alive = false)]
#[get("/poll")]
fn poll(user: User) -> String {
    user.subject().to_owned()
}

#[with_access_token(keep_alive = false, resource = "https://shopping.your-app.com/api")]
#[get("/poll-token")]
fn poll_token(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[require_auth(keep_alive = true)]
#[get("/work")]
fn work(user: User) -> String {
    user.subject().to_owned()
}

async fn bench(store: &str) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket =
        Bench::rocket(&tenant, Logto::fairing(), |figment| figment.merge(("logto.session_store", store)));
    let app = App::serve(rocket.mount("/", routes![poll, poll_token, work])).await;
    Bench { tenant, app }.warm().await
}

/// The default of `session_idle` is a day.
#[rocket::async_test]
async fn h08_polling_keeps_no_session_alive_and_work_does() {
    for store in ["cookie", "memory"] {
        for (path, lives) in [
            ("/poll", false),
            ("/poll-token", false),
            ("/logto/user?keep_alive=false", false),
            ("/work", true),
            ("/logto/user", true),
            ("/logto/user?keep_alive=true", true),
        ] {
            let bench = bench(store).await;
            let mut alice = bench.signed_in("alice").await;
            for _ in 0..5 {
                bench.tenant.clock().advance(5 * HOUR);
                // Nobody sees the end before a request that needs the session.
                alice.fetch(path).await;
            }
            let is_signed_in = alice.fetch("/work").await.status == 200;
            assert_eq!(is_signed_in, lives, "{store}: {path}");
        }
    }
}

#[rocket::async_test]
async fn a_poll_that_has_a_token_refreshed_loses_no_change() {
    for store in ["cookie", "memory"] {
        let bench = bench(store).await;
        let mut alice = bench.signed_in("alice").await;
        for _ in 0..3 {
            bench.tenant.clock().advance(2 * HOUR);
            assert_eq!(alice.fetch("/poll-token").await.status, 200, "{store}");
        }
        assert_eq!(alice.fetch("/work").await.status, 200, "{store}");
    }
}

/// The cookie of a poll that has a token refreshed may reach the browser after the one that work has renewed.
#[rocket::async_test]
async fn a_poll_beside_work_takes_no_renewal_back() {
    for store in ["cookie", "memory"] {
        let bench = bench(store).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.clock().advance(20 * HOUR);
        let (mut working, mut polling) = (alice.clone(), alice.clone());
        let work = working.fetch("/work").await;
        let poll = polling.fetch("/poll-token").await;
        assert_eq!((work.status, poll.status), (200, 200), "{store}");
        for answer in [work, poll] {
            answer.cookies().iter().for_each(|cookie| alice.jar.apply(cookie));
        }
        bench.tenant.clock().advance(20 * HOUR);
        assert_eq!(alice.fetch("/work").await.status, 200, "{store}: it was used 20 hours ago");
    }
}

#[rocket::async_test]
async fn the_user_route_says_when_the_session_ends() {
    for store in ["cookie", "memory"] {
        let bench = bench(store).await;
        let mut alice = bench.signed_in("alice").await;
        let day = 24 * 6;
        let ends = async |alice: &mut logto_tests::Browser, query: &str| {
            let session = alice.fetch(format!("/logto/user{query}")).await.json()["session"].clone();
            // In units of ten minutes: the clock of the tenant goes on meanwhile.
            let tens = |name: &str| session[name].as_i64().unwrap().div_euclid(600);
            (tens("expiresIn"), tens("absoluteExpiresIn"))
        };
        let at_first = ends(&mut alice, "").await;
        assert!(
            [day - 1, day].contains(&at_first.0) && [14 * day - 1, 14 * day].contains(&at_first.1),
            "{store}: {at_first:?}"
        );
        bench.tenant.clock().advance(10 * HOUR);
        for _ in 0..2 {
            let (idle, absolute) = ends(&mut alice, "?keep_alive=false").await;
            assert!([day - 61, day - 60].contains(&idle), "{store}: {idle}");
            assert!([14 * day - 61, 14 * day - 60].contains(&absolute), "{store}: {absolute}");
        }
        for query in ["", "?keep_alive=false"] {
            let (idle, absolute) = ends(&mut alice, query).await;
            assert!([day - 1, day].contains(&idle), "{store}: it is used now, {idle}");
            assert!([14 * day - 61, 14 * day - 60].contains(&absolute), "{store}: {absolute}");
        }
        let nobody = bench.browser().fetch("/logto/user").await.json();
        assert_eq!(nobody, serde_json::json!({ "isAuthenticated": false }), "{store}");
    }
}
