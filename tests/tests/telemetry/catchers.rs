//! Pages and catchers of the application's: a catcher shows the reference under which the refusal is in the audit, and the
//! log tells of a page that cannot be shown.

use logto_dev::Tenant;
use logto_rocket::{AuthFailure, Logto, OwnPage, Page, Pages, require_auth};
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
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant))
        .attach(Logto::fairing().refusals_to_catchers(true))
        .register("/", catchers![reference])
        .mount("/", routes![profile]);
    let app = App::serve(rocket).await;
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

struct BrokenPages;

impl Pages for BrokenPages {
    fn sign_in_cancelled(&self, _: &Page, _: &Request<'_>) -> Option<OwnPage> {
        panic!("a page that panics")
    }

    fn sign_in_failed(&self, _: &Page, _: &Request<'_>) -> Option<OwnPage> {
        Some(OwnPage::html("\n"))
    }
}

#[rocket::async_test]
async fn a_page_that_cannot_be_shown_is_in_the_log() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant)).attach(Logto::fairing().pages(BrokenPages));
    let app = App::serve(rocket).await;
    for (path, code, what) in [
        ("/logto/callback", "sign_in_cancelled", "panicked"),
        ("/logto/callback?code=x", "callback_without_state", "returned an empty page"),
    ] {
        let answer = Browser::new(&app).open(path).await;
        assert_eq!(answer.code(), code, "the built-in page");
        assert!(
            log_capture.heard(&["the application's `Pages`", what, &format!("code=\"{code}\"")]),
            "{what}"
        );
    }
}
