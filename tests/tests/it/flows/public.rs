//! What is public in the shop: each such route says so, and no other route launches.

use logto_dev::Tenant;
use logto_rocket::Logto;
use logto_tests::{Bench, settings};
use rocket::error::ErrorKind;
use rocket::local::asynchronous::Client;
use rocket::{get, routes};

/// A route that somebody has added without a thought.
#[get("/forgotten")]
fn forgotten() -> &'static str {
    "everybody reads this"
}

#[rocket::async_test]
async fn a_route_without_a_guard_stops_the_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant));
    let with_it = storefront::rocket(figment.clone()).mount("/", routes![forgotten]);
    let error = Client::untracked(with_it).await.expect_err("no launch");
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{error}");

    let client = Client::untracked(storefront::rocket(figment)).await.expect("the shop launches without it");
    let report = client.rocket().state::<Logto>().unwrap().access_report().expect("it has launched");
    assert_eq!(report.unguarded().count(), 0, "{report}");
}

#[rocket::async_test]
async fn everybody_gets_the_assets() {
    let bench = Bench::storefront().await;
    let mut visitor = bench.browser();
    assert!(visitor.open("/").await.body.contains("src=\"/assets/teapot.svg\""));
    let image = visitor.open("/assets/teapot.svg").await;
    assert_eq!((image.status, image.header("content-type")), (200, Some("image/svg+xml")), "{image:?}");
    assert_eq!(visitor.open("/assets/missing.svg").await.status, 404);
}
