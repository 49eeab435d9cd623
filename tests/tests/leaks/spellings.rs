//! o01: a callback is one however its path is spelt, and its query is in no log.

use logto_dev::Tenant;
use logto_dev::recorded::ALICE;
use logto_tests::{Bench, Browser, Line, LogCapture, spellings};

use crate::is_rockets_dump_of_a_head;

/// A line of Rocket's or of the library's that holds a text.
fn logged(log_capture: &LogCapture, secret: &str) -> Option<String> {
    let spoken =
        |line: &Line| ["rocket", "logto_rocket"].iter().any(|target| line.target.starts_with(target));
    let lines = log_capture.lines().into_iter();
    let told = lines.filter(|line| spoken(line) && !is_rockets_dump_of_a_head(line));
    told.map(|line| line.text).find(|text| text.contains(secret))
}

/// A code and a state are in no line that is logged, and the callback works under each spelling.
#[rocket::async_test]
async fn field_32_no_spelling_puts_a_callbacks_query_into_the_log() {
    let log_capture = LogCapture::listen();
    let bench = Bench::probe_app_with(|figment| figment.merge(("log_level", "normal"))).await;
    for spelling in spellings("/logto", "callback") {
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", "/known").await;
        let query = callback.split_once('?').unwrap().1.to_owned();
        let answer = browser.open(format!("{spelling}?{query}")).await;
        assert_eq!(answer.location(), "/known", "{spelling}");
        assert_eq!(browser.open("/known").await.body, ALICE, "{spelling}");
        let state = query.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap();
        let code = query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap();
        for secret in [state, code] {
            assert_eq!(logged(log_capture, secret), None, "{spelling}");
        }
    }
    assert!(log_capture.heard(&["/logto/callback"]), "the request itself is logged");
}

/// The same for a callback of routes that lie elsewhere: the query is no secret here, but it is a callback's.
#[rocket::async_test]
async fn field_32_no_spelling_under_another_prefix_is_logged() {
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = Bench::another_probe_app(&tenant, |figment| {
        figment.merge(("log_level", "normal")).merge(("logto.prefix", "/auth/logto"))
    })
    .await;
    for (index, spelling) in spellings("/auth/logto", "callback").into_iter().enumerate() {
        let code = format!("code-of-a-spelling-{index}");
        let answer = Browser::new(&app).open(format!("{spelling}?code={code}&state=unknown")).await;
        assert_eq!(answer.code(), "callback_unknown_state", "{spelling}");
        assert_eq!(logged(log_capture, &code), None, "{spelling}");
    }
}
