//! The fault plan and the journal.

use std::time::Duration;

use logto_dev::{Endpoint, Error, Fault};

use crate::app::{App, text};

#[tokio::test]
async fn the_nth_call_fails_and_no_other() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.faults().on(Endpoint::Token).nth(2).status(503);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(app.refresh(&refresh, &[]).await.0);
    }
    assert_eq!(statuses, [200, 503, 200]);
    let journal: Vec<Option<u16>> =
        app.tenant.journal().of(Endpoint::Token).iter().map(|entry| entry.status).collect();
    assert_eq!(journal, [Some(200), Some(200), Some(503), Some(200)], "the sign-in's own call comes first");
    assert_eq!(app.tenant.journal().entries().last().unwrap().param("refresh_token"), Some(refresh.as_str()));
}

#[tokio::test]
async fn connections_break_in_every_way() {
    let app = App::new().await;
    let jwks = format!("{}/oidc/jwks", app.tenant.endpoint());
    let within = async |limit| app.http.get(&jwks).timeout(limit).send().await;
    // Only the hanging request has a timeout.
    let get = async || within(Duration::from_secs(20)).await;
    app.tenant.faults().on(Endpoint::Jwks).nth(1).fault(Fault::Hang);
    assert!(within(Duration::from_millis(500)).await.is_err_and(|error| error.is_timeout()));
    app.tenant.faults().clear();
    for fault in [Fault::Reset, Fault::Lose] {
        app.tenant.faults().on(Endpoint::Jwks).nth(1).fault(fault.clone());
        assert!(get().await.is_err(), "{fault:?}");
        app.tenant.faults().clear();
    }
    app.tenant.faults().on(Endpoint::Jwks).nth(1).fault(Fault::Truncate);
    assert!(get().await.unwrap().bytes().await.is_err(), "half a body");
    app.tenant.faults().on(Endpoint::Jwks).fault(Fault::Garbage);
    assert!(get().await.unwrap().json::<serde_json::Value>().await.is_err());
    app.tenant.faults().clear();
    app.tenant.faults().on(Endpoint::Jwks).fault(Fault::Drip(Duration::from_micros(1)));
    assert!(get().await.unwrap().json::<serde_json::Value>().await.is_ok(), "slow, but whole");
    app.tenant.faults().clear();
    app.tenant.faults().on(Endpoint::Jwks).fault(Fault::RetryAfter(429, Duration::from_secs(7)));
    assert_eq!(get().await.unwrap().headers()["retry-after"], "7");
}

#[tokio::test]
async fn a_request_with_a_lost_response_was_processed() {
    let app = App::new().await;
    let callback = app.tenant.sign_in(app.authorization(&[("prompt", "consent")]), "alice").await.unwrap();
    app.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Lose);
    let code = crate::app::param(&callback, "code").unwrap();
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", crate::app::CALLBACK)];
    let request = app.http.post(format!("{}/oidc/token", app.tenant.endpoint())).form(&form);
    assert!(request.basic_auth(app.client.id, Some(app.client.secret)).send().await.is_err());
    assert_eq!(app.redeem(&callback).await.1["error"], "invalid_grant", "the code is spent");
}

#[tokio::test]
async fn the_headless_browser_meets_faults_too() {
    let app = App::new().await;
    app.tenant.faults().on(Endpoint::Authorize).nth(1).status(500);
    let outcome = app.tenant.sign_in(app.authorization(&[]), "alice").await;
    assert!(matches!(outcome, Err(Error::DeadEnd { status: 500, .. })));
    app.tenant.faults().on(Endpoint::SignIn).nth(1).fault(Fault::Reset);
    let outcome = app.tenant.sign_in(app.authorization(&[]), "alice").await;
    assert!(matches!(outcome, Err(Error::Broken { .. })));
}
