//! What the log says of the application's data in sessions.

use logto_dev::Tenant;
use logto_rocket::{Error, Logto, SessionData, SessionValue};
use logto_tests::{App, Browser, LogCapture, SharedStore, settings};
use rocket::serde::{Deserialize, Serialize};
use rocket::{Route, get, post, routes};

use crate::alone;

const PRIVATE: &str = "private-text-of-a-visitor";

/// As one version of an application has it.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Before {
    text: String,
}

impl SessionValue for Before {
    const NAME: &'static str = "settings";
}

/// As the next version has it.
#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct After {
    text: u64,
}

impl SessionValue for After {
    const NAME: &'static str = "settings";
}

#[post("/before")]
async fn write(before: SessionData<Before>) -> Result<(), Error> {
    before.set(&Before { text: PRIVATE.to_owned() }).await
}

#[get("/after")]
fn read(after: SessionData<After>) -> String {
    format!("{} {after:?}", after.get().text)
}

async fn serve(tenant: &Tenant, store: &SharedStore, routes: Vec<Route>) -> App {
    let figment =
        settings(tenant).merge(("logto.cookie_keys", ["a key of the tests with 32 characters, or more"]));
    let fairing = Logto::fairing().session_store(store.clone());
    App::serve(rocket::custom(figment).attach(fairing).mount("/", routes)).await
}

#[rocket::async_test]
async fn a_type_that_has_changed_is_one_warning_without_the_value() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let (tenant, store) = (Tenant::recorded().start().await.unwrap(), SharedStore::new());
    let first = serve(&tenant, &store, routes![write]).await;
    let second = serve(&tenant, &store, routes![read]).await;
    let from = log_capture.lines().len();
    for _ in 0..3 {
        let mut visitor = Browser::new(&first);
        assert_eq!(visitor.submit("/before").await.status, 200);
        for _ in 0..3 {
            let answer = visitor.at(&second).fetch("/after").await;
            assert!(answer.body.starts_with("0 "), "{answer:?}");
            assert!(!answer.body.contains(PRIVATE), "{answer:?}");
        }
    }
    let lines = log_capture.lines().split_off(from);
    let warnings: Vec<_> = lines.iter().filter(|line| line.text.contains("session_data_misfit")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].level, log::Level::Warn);
    for part in ["`settings`", "After", "#[serde(default)]"] {
        assert!(warnings[0].text.contains(part), "{warnings:?}");
    }
    assert!(lines.iter().all(|line| !line.text.contains(PRIVATE)), "a value is in the log");
}
