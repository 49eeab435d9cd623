//! Scripts of other origins, in an application with a CORS fairing as people write them.

use logto_tests::{Answer, Ask};
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method, Status};
use rocket::{Build, Request, Response, Rocket, options, routes};

use super::{House, alice, all, fairing};

const PAGE: &str = "https://pages.example.com";

/// Answers preflights, and lets one origin read every answer.
struct Cors;

#[rocket::async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info { name: "CORS", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        response.set_header(Header::new("Access-Control-Allow-Origin", PAGE));
        response.set_header(Header::new("Access-Control-Expose-Headers", "WWW-Authenticate"));
        if request.method() == Method::Options {
            response.set_status(Status::NoContent);
            response.set_header(Header::new("Access-Control-Allow-Methods", "GET, POST"));
            response.set_header(Header::new("Access-Control-Allow-Headers", "Authorization"));
        }
    }
}

/// The other way to do it: a route for every preflight.
#[options("/<_..>")]
fn preflight() -> Status {
    Status::NoContent
}

fn with_both(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket.mount("/", all()).mount("/", routes![preflight])
}

fn assert_readable(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE), "{answer:?}");
    assert_eq!(answer.header("access-control-expose-headers"), Some("WWW-Authenticate"), "{answer:?}");
}

async fn check(house: &House) {
    let from_page = |ask: Ask| {
        ask.header("origin", PAGE).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "cors")
    };
    for path in ["/orders", "/profile", "/orgs/acme"] {
        let ask = Ask::new("OPTIONS", path)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization");
        let answer = house.call(from_page(ask)).await;
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-headers"), Some("Authorization"));
        assert!(answer.header("www-authenticate").is_none(), "{answer:?}");
        assert_readable(&answer);
    }
    let reader = house.token(alice().scopes(["read:orders"]));
    let good = house.token(alice().scopes(["read:orders", "write:orders"]));
    for (ask, status) in [
        (Ask::get("/orders"), 401),
        (Ask::get("/orders").bearer("nonsense"), 401),
        (Ask::get("/orders").header("authorization", "Bearer"), 400),
        (Ask::get("/orders").bearer(&reader), 403),
        (Ask::get("/orders").bearer(&good), 200),
    ] {
        let answer = house.call(from_page(ask)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("www-authenticate").is_some(), status != 200, "{answer:?}");
        assert_readable(&answer);
    }
}

#[rocket::async_test]
async fn f28_preflights_pass_and_refusals_carry_cors_headers_whichever_fairing_is_first() {
    let before = House::of(|tenant| {
        with_both(rocket::custom(logto_tests::settings(tenant)).attach(Cors)).attach(fairing(tenant))
    });
    check(&before.await).await;
    let after = House::of(|tenant| {
        with_both(rocket::custom(logto_tests::settings(tenant)).attach(fairing(tenant))).attach(Cors)
    });
    check(&after.await).await;
}

/// Without a route for them, a fairing that answers them is enough.
#[rocket::async_test]
async fn f28_no_guard_looks_at_a_preflight() {
    let house = House::of(|tenant| {
        rocket::custom(logto_tests::settings(tenant)).attach(fairing(tenant)).attach(Cors).mount("/", all())
    })
    .await;
    check(&house).await;
}
