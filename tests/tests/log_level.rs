//! The log's level belongs to the whole process, so this has a process of its own.
#![allow(clippy::expect_used, reason = "in a test")]

use logto_dev::Tenant;
use logto_rocket::Logto;
use logto_tests::settings;
use rocket::local::asynchronous::Client;
use rocket::{get, routes};

#[get("/")]
fn home() -> &'static str {
    "home"
}

#[rocket::async_test]
async fn asking_the_routes_leaves_the_log_level_alone() {
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    let launch = || {
        let figment = settings(&tenant).merge(("log_level", "normal"));
        Client::tracked(rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![home]))
    };
    // Two at once, as in a test suite: neither may take the other's silence for the level to go back to.
    let (one, two) = tokio::join!(launch(), launch());
    for client in [one.expect("launches"), two.expect("launches")] {
        let logto = client.rocket().state::<Logto>().expect("the fairing's state");
        assert!(logto.access_report().is_some());
    }
    assert_ne!(log::max_level(), log::LevelFilter::Off, "the application logs on");
}
