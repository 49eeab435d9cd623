//! Spellings of a path: what Rocket takes for a route of the fairing is one.

use logto_dev::Endpoint;
use logto_tests::{Ask, Bench, Browser, spellings};
use rocket::figment::Figment;

const KEY: &str = "the key of these tests, 32 characters or more";

/// The same session at an application whose routes lie elsewhere.
async fn with_prefix(prefix: &'static str) -> (Bench, Browser) {
    let settings = |figment: Figment| {
        let figment = figment.merge(("logto.session_store", "cookie")).merge(("logto.cookie_keys", [KEY]));
        figment.merge(("log_level", "normal"))
    };
    let bench = Bench::probe_app_with(settings).await;
    let alice = bench.signed_in("alice").await;
    let Bench { tenant, .. } = bench;
    let app =
        Bench::another_probe_app(&tenant, |figment| settings(figment).merge(("logto.prefix", prefix))).await;
    let alice = alice.at(&app);
    (Bench { tenant, app }, alice)
}

#[rocket::async_test]
async fn field_32_no_spelling_of_head_does_anything() {
    for prefix in ["/logto", "/auth/logto"] {
        let (bench, mut alice) = with_prefix(prefix).await;
        for last in ["sign-out", "sign-in", "sign-up", "callback", "user"] {
            for path in spellings(prefix, last) {
                let before = alice.jar.clone();
                let answer = alice.send(Ask::new("HEAD", &path)).await;
                assert_eq!(answer.status, 405, "{path}");
                let allowed = if last == "sign-out" { "GET, POST" } else { "GET" };
                assert_eq!(answer.header("allow"), Some(allowed), "{path}");
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
                assert_eq!(alice.jar, before, "{path}");
            }
        }
        assert_eq!(alice.fetch("/known").await.status, 200);
        assert_eq!(bench.count(Endpoint::Revocation), 0);
        // Other routes answer HEAD as ever.
        assert_eq!(alice.send(Ask::new("HEAD", "/known")).await.status, 200);
        assert_eq!(alice.send(Ask::new("HEAD", "/plain")).await.status, 200);
    }
}

/// A form can send HEAD in disguise.
#[rocket::async_test]
async fn field_32_a_form_that_says_head_does_nothing() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let cookies = alice.jar.header().unwrap();
    for path in spellings("/logto", "sign-out") {
        let form = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:8000\r\ncookie: {cookies}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: 12\r\n\r\n_method=HEAD"
        );
        // Rocket takes the body off the answer, which is none then to a client that has sent a POST.
        let answer = bench.app.raw(form.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 405"), "{path}: {answer}");
        assert_eq!(alice.fetch("/known").await.status, 200, "{path}");
    }
    assert_eq!(bench.count(Endpoint::Revocation), 0);
}

/// Returning to sign-out would undo the sign-in, however it is spelt.
#[rocket::async_test]
async fn field_32_no_spelling_of_ours_is_returned_to() {
    let bench = Bench::probe_app().await;
    for path in spellings("/logto", "sign-out") {
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", &path).await;
        assert_eq!(browser.open(callback).await.location(), "/", "{path}");
    }
}

/// A link back to sign-in stays on this host, however the request was spelt.
#[rocket::async_test]
async fn field_32_no_spelling_leads_to_another_host() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Discovery).fault(logto_dev::Fault::Reset);
    let app = Bench::another_probe_app(&tenant, |figment| figment).await;
    for path in spellings("/logto", "sign-in") {
        let answer = Browser::new(&app).open(format!("{path}?return_to=/known")).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{path}");
        assert!(!answer.body.contains("href=\"//"), "{path}: {}", answer.body);
        assert!(answer.body.contains("return_to=/known"), "{path}: {}", answer.body);
    }
}
