//! What the launch says about settings that silent sign-in does not go with.

use logto_dev::Tenant;
use logto_rocket::{Logto, public};
use logto_tests::{App, LogCapture, settings};
use rocket::{get, routes};

use crate::alone;

#[public(sign_in = "silent")]
#[get("/")]
fn silent() {}

#[public]
#[get("/")]
fn open() {}

/// What the browser clears at sign-out may be the mark that stops silent sign-ins.
#[rocket::async_test]
async fn a_setting_that_removes_the_mark_is_told_at_launch() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    for (cleared, route, is_told) in [
        ("cookies", routes![silent], true),
        ("*", routes![silent], true),
        ("cache", routes![silent], false),
        ("cookies", routes![open], false),
    ] {
        let from = log_capture.lines().len();
        let figment = settings(&tenant).merge(("logto.clear_site_data", [cleared]));
        App::serve(rocket::custom(figment).attach(Logto::fairing()).mount("/", route)).await;
        let lines = log_capture.lines();
        let told =
            lines[from..].iter().any(|line| line.text.contains("`clear_site_data` removes all cookies"));
        assert_eq!(told, is_told, "{cleared}");
    }
}
