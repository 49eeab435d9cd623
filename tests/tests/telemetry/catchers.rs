//! A catcher of the application's shows the reference under which the refusal is in the audit.

use logto_dev::Tenant;
use logto_rocket::{AuthFailure, Logto, Page, require_auth};
use logto_tests::{App, Ask, Browser, LogCapture, settings};
use rocket::{Request, catch, catchers, get, routes};

use crate::alone;

#[require_auth]
#[get("/profile")]
fn profile() -> &'static str {
    "profile"
}

#[catch(default)]
fn reference(_: rocket::http::Status, request: &Request<'_>) -> String {
    let page = Page::of(request).expect("a refusal");
    if let Some(failure) = AuthFailure::of(request) {
        assert_eq!(failure.reference(request), page.reference());
    }
    page.reference().to_owned()
}

#[rocket::async_test]
async fn o07_a_catcher_and_the_event_have_one_reference() {
    let _turn = alone().await;
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant))
        .attach(Logto::fairing().refusals_to_catchers(true))
        .register("/", catchers![reference])
        .mount("/", routes![profile]);
    let app = App::serve(rocket).await;
    let log_capture = LogCapture::listen();
    for (path, code) in [("/profile", "not_signed_in"), ("/logto/callback", "sign_in_cancelled")] {
        let read = log_capture.lines().len();
        let answer = Browser::new(&app).send(Ask::get(path).script()).await;
        assert_eq!(answer.body.len(), 10, "{answer:?}");
        let lines = log_capture.lines();
        let events: Vec<&str> = lines[read..]
            .iter()
            .filter(|line| line.target == "logto::audit" && line.text.starts_with("refused"))
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(events[0].contains(code), "{events:?}");
        assert!(events[0].contains(&format!("reference=\"{}\"", answer.body)), "{events:?}");
    }
}
