//! What is not genuine, not fresh, or not new.

use std::time::Duration;

use logto_dev::recorded::ALICE;
use logto_tests::{Answer, Ask, Bench};
use serde_json::{Value, json};

use super::{KEY, OLD_KEY, PATH, bench, event, signature, signed, text};

const HEADER: &str = "logto-signature-sha-256";

fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert!(answer.header("www-authenticate").is_none() && answer.cookies().is_empty(), "{answer:?}");
}

fn deletion(bench: &Bench) -> String {
    text(event(&bench.tenant, "User.Deleted", json!({ "params": { "userId": ALICE }, "data": null })))
}

#[rocket::async_test]
async fn k20_only_the_signing_keys_sign() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let body = deletion(&bench);
    let good = signature(KEY, &body);
    let post = || Ask::post(PATH).body("application/json", body.clone());
    let wrong = "webhook_wrong_signature";
    for (ask, status, code) in [
        (post(), 401, "webhook_not_signed"),
        (post().header("x-logto-signature-sha-256", &good), 401, "webhook_not_signed"),
        (post().header(HEADER, &good).header(HEADER, &good), 400, "webhook_several_signatures"),
        (post().header(HEADER, ""), 401, wrong),
        (post().header(HEADER, "0".repeat(64)), 401, wrong),
        (post().header(HEADER, &good[..62]), 401, wrong),
        (post().header(HEADER, format!("{good}00")), 401, wrong),
        (post().header(HEADER, format!("sha256={good}")), 401, wrong),
        (post().header(HEADER, signature("another key that nobody has set", &body)), 401, wrong),
        (post().header(HEADER, signature("", &body)), 401, wrong),
        (post().header(HEADER, signature(KEY, &body.replace(ALICE, "somebody"))), 401, wrong),
        // The same JSON, and other bytes.
        (post().header(HEADER, signature(KEY, &body.replace(':', ": "))), 401, wrong),
        (Ask::post(PATH).header(HEADER, &good), 401, wrong),
    ] {
        assert_refused(&bench.call(ask).await, status, code);
    }
    assert_eq!(alice.fetch("/known").await.status, 200);
    let answer = bench.call(post().header(HEADER, good)).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "handled": true })));
    assert_eq!(alice.fetch("/known").await.status, 401);
}

#[rocket::async_test]
async fn k20_keys_are_replaced_one_after_the_other() {
    let bench = bench().await;
    for key in [KEY, OLD_KEY] {
        let body = text(event(&bench.tenant, "User.Deleted", json!({ "params": { "userId": key } })));
        assert_eq!(bench.call(signed(PATH, key, &body)).await.status, 200);
    }
}

#[rocket::async_test]
async fn k20_an_event_counts_once_and_for_five_minutes() {
    let bench = bench().await;
    let body = deletion(&bench);
    assert_eq!(bench.call(signed(PATH, KEY, &body)).await.status, 200);
    bench.tenant.clock().advance(Duration::from_secs(2));
    let mut alice = bench.signed_in("alice").await;
    assert_refused(&bench.call(signed(PATH, KEY, &body)).await, 409, "webhook_repeated");
    assert_refused(&bench.call(signed(PATH, OLD_KEY, &body)).await, 409, "webhook_repeated");
    let unused = deletion(&bench);
    bench.tenant.clock().advance(Duration::from_secs(370));
    assert_refused(&bench.call(signed(PATH, KEY, &unused)).await, 400, "webhook_not_fresh");
    let ahead = deletion(&bench);
    bench.tenant.clock().turn_back(Duration::from_secs(90));
    assert_refused(&bench.call(signed(PATH, KEY, &ahead)).await, 400, "webhook_not_fresh");
    bench.tenant.clock().advance(Duration::from_secs(90));
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn k20_a_genuine_body_may_still_be_nonsense() {
    let bench = bench().await;
    let now = deletion(&bench);
    let without = |name: &str| {
        let mut body: Value = serde_json::from_str(&now).unwrap();
        body.as_object_mut().unwrap().remove(name);
        body.to_string()
    };
    for body in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{".to_owned(),
        format!("{now}{now}"),
        without("event"),
        without("hookId"),
        without("createdAt"),
        now.replace("\"createdAt\":\"", "\"createdAt\":\"yesterday "),
    ] {
        assert_refused(&bench.call(signed(PATH, KEY, &body)).await, 400, "webhook_malformed");
    }
    let large = text(event(&bench.tenant, "User.Deleted", json!({ "padding": "a".repeat(1 << 20) })));
    assert_refused(&bench.call(signed(PATH, KEY, &large)).await, 413, "webhook_too_large");
    // As large as Logto makes them.
    let ids: Vec<String> = (0..5_000).map(|n| format!("{n:021}")).collect();
    let more = json!({ "params": { "id": "acme" }, "addedUserIds": ids, "removedApplicationIds": ids });
    let largest = text(event(&bench.tenant, "Organization.Membership.Updated", more));
    assert_eq!(bench.call(signed(PATH, KEY, &largest)).await.status, 200);
}

#[rocket::async_test]
async fn k20_it_comes_by_post_where_keys_are_set() {
    let bench = bench().await;
    let answer = bench.call(Ask::get(PATH)).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    for method in ["HEAD", "PUT", "DELETE"] {
        let answer = bench.call(Ask::new(method, PATH)).await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {answer:?}");
    }
    let keyless = Bench::probe_app().await;
    assert_eq!(keyless.call(signed(PATH, KEY, &deletion(&keyless))).await.status, 404);
}

/// Whoever has no signature that could be one does not get a body read, however long it says that it is.
#[rocket::async_test]
async fn field_33_the_signature_is_looked_at_before_the_body_is_read() {
    let bench = bench().await;
    for (signature, status, code) in [
        (String::new(), 401, "webhook_not_signed"),
        (format!("{HEADER}: \r\n"), 401, "webhook_wrong_signature"),
        (format!("{HEADER}: 00\r\n"), 401, "webhook_wrong_signature"),
        (format!("{HEADER}: {}\r\n", "g".repeat(64)), 401, "webhook_wrong_signature"),
        (format!("{HEADER}: sha256={}\r\n", "0".repeat(64)), 401, "webhook_wrong_signature"),
        (format!("{HEADER}: {0}\r\n{HEADER}: {0}\r\n", "0".repeat(64)), 400, "webhook_several_signatures"),
    ] {
        // The body begins, since Rocket itself looks at its first bytes, and never ends.
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: localhost:8000\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: 100000\r\n{signature}\r\n{}",
            "{".repeat(600),
        );
        let answer = tokio::time::timeout(Duration::from_secs(20), bench.app.raw_part(head.as_bytes())).await;
        let answer = answer.unwrap_or_else(|_| panic!("it waits for the body: {signature}"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{signature}: {answer}");
        assert!(answer.contains(code), "{signature}: {answer}");
    }
}
