//! Pages, sessions and prompts.

use logto_dev::recorded::ROCKET_APP_PLAIN;
use logto_dev::{Endpoint, Error, Issue};

use crate::app::{App, decoded, param, text};

#[tokio::test]
async fn a_session_spares_the_second_sign_in() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    let first = browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let again = browser.open(app.authorization(&[])).await.unwrap();
    assert_ne!(param(&first, "code"), param(&again, "code"));
    assert_eq!(param(&again, "iss"), Some(app.tenant.issuer()));
    assert_eq!(param(&again, "state").as_deref(), Some("the-state"));
    let other_browser = app.tenant.browser().open(app.authorization(&[("prompt", "none")])).await.unwrap();
    assert_eq!(param(&other_browser, "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn prompt_login_asks_again_and_tells_when() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let url = app.authorization(&[("prompt", "login")]);
    assert!(matches!(browser.open(&url).await, Err(Error::DeadEnd { status: 200, .. })));
    app.tenant.clock().advance(std::time::Duration::from_secs(600));
    app.tenant.clock().freeze();
    let callback = browser.sign_in(&url, "alice").await.unwrap();
    let (_, tokens) = app.redeem(&callback).await;
    let (_, claims) = decoded(&text(&tokens, "id_token"));
    assert_eq!(claims["auth_time"], claims["iat"]);
}

#[tokio::test]
async fn an_old_session_is_not_enough_for_max_age() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let url = app.authorization(&[("max_age", "300"), ("prompt", "none")]);
    assert!(param(&browser.open(&url).await.unwrap(), "code").is_some());
    app.tenant.clock().advance(std::time::Duration::from_secs(301));
    assert_eq!(param(&browser.open(&url).await.unwrap(), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn another_user_in_the_same_browser_is_another_session() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let callback = browser.sign_in(app.authorization(&[("prompt", "login")]), "bob").await.unwrap();
    let (_, tokens) = app.redeem(&callback).await;
    assert_eq!(decoded(&text(&tokens, "id_token")).1["username"], "bob");
}

#[tokio::test]
async fn cancel_is_an_access_denied() {
    let app = App::new().await;
    let callback = app.tenant.browser().cancel(app.authorization(&[])).await.unwrap();
    assert_eq!(param(&callback, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&callback, "error_description"), None);
    assert_eq!(param(&callback, "state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn the_page_lists_users_and_needs_no_script() {
    let app = App::new().await;
    let url = app.authorization(&[("login_hint", "carol@example.com")]);
    let (cookies, location) = {
        let response = app.http.get(url).send().await.unwrap();
        let cookies = response.headers().get_all("set-cookie").iter();
        let cookies: Vec<String> =
            cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned()).collect();
        (cookies.join("; "), response.headers()["location"].to_str().unwrap().to_owned())
    };
    assert!(cookies.contains(r#"_logto={"appId":""#), "the raw JSON cookie: {cookies}");
    let request = app.http.get(format!("{}{location}", app.tenant.endpoint())).header("cookie", &cookies);
    let page = request.send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let html = page.text().await.unwrap();
    for name in ["Alice Example", "bob", "Carol Ünïcode 😀", "admin at Acme"] {
        assert!(html.contains(name), "{name} is missing");
    }
    assert!(html.contains(r#"value="carol" autofocus"#), "the hinted person comes first by keyboard");
    assert!(!html.contains("<script"), "no script on this page");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let form = [("interaction", hidden(&html)), ("identifier", "alice".into()), ("password", "wrong".into())];
    let request = app.http.post(format!("{}/sign-in", app.tenant.endpoint())).header("cookie", &cookies);
    let refused = request.form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.unwrap().contains("Incorrect account or password."));
    let form = [
        ("interaction", hidden(&html)),
        ("identifier", "alice".into()),
        ("password", "Alice-Pass-2026".into()),
    ];
    let request = app.http.post(format!("{}/sign-in", app.tenant.endpoint())).header("cookie", &cookies);
    let accepted = request.form(&form).send().await.unwrap();
    assert_eq!(accepted.status(), 303);
    assert!(accepted.headers()["location"].to_str().unwrap().contains("/oidc/auth/"));
}

fn hidden(html: &str) -> String {
    html.split_once("name=\"interaction\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn two_tabs_do_not_interfere() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    // The first tab stays open at the sign-in page while the second goes through.
    assert!(browser.open(app.authorization(&[])).await.is_err());
    assert!(browser.sign_in(app.authorization(&[]), "alice").await.is_ok());
}

#[tokio::test]
async fn an_old_page_leads_nowhere() {
    let app = App::new().await;
    let response = app.http.get(format!("{}/sign-in", app.tenant.endpoint())).send().await.unwrap();
    let lost = format!("{}/unknown-session", app.tenant.endpoint());
    let location = response.headers()["location"].to_str().unwrap();
    assert_eq!((response.status().as_u16(), location), (302, lost.as_str()));
    let response = app.http.get(format!("{}/oidc/auth/gone", app.tenant.endpoint())).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let body: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["code"], "session.not_found");
    assert_eq!(body["error_description"], "authorization request has expired");
}

#[tokio::test]
async fn signing_out_at_one_application_ends_the_session_for_all() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    let callback = browser.sign_in(app.authorization(&[("prompt", "consent")]), "alice").await.unwrap();
    let (_, offline) = app.redeem(&callback).await;
    let callback = browser.open(app.authorization(&[])).await.unwrap();
    let (_, bound) = app.redeem(&callback).await;
    let end = format!(
        "{}/oidc/session/end?client_id={}&post_logout_redirect_uri=http://localhost:8000/&state=bye",
        app.tenant.endpoint(),
        ROCKET_APP_PLAIN.id
    );
    let home = browser.sign_out(&end).await.unwrap();
    assert_eq!(home.as_str(), "http://localhost:8000/?state=bye");
    let silent = browser.open(app.authorization(&[("prompt", "none")])).await.unwrap();
    assert_eq!(param(&silent, "error").as_deref(), Some("login_required"));
    assert_eq!(
        app.refresh(&text(&offline, "refresh_token"), &[]).await.0,
        200,
        "offline_access outlives the session"
    );
    assert_eq!(
        app.refresh(&text(&bound, "refresh_token"), &[]).await.0,
        400,
        "without it the token does not"
    );
    assert_eq!(app.tenant.journal().count(Endpoint::EndSession), 2);
}

#[tokio::test]
async fn form_post_carries_the_code_in_a_form() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let Err(Error::DeadEnd { status, .. }) =
        browser.open(app.authorization(&[("response_mode", "form_post")])).await
    else {
        panic!("a form is a page, not a redirect");
    };
    assert_eq!(status, 200);
    let fragment = browser.open(app.authorization(&[("response_mode", "fragment")])).await.unwrap();
    assert!(fragment.fragment().is_some_and(|fragment| fragment.starts_with("code=")));
}

#[tokio::test]
async fn an_expired_hint_signs_out_and_a_foreign_one_does_not() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let end = |hint: String| {
        let home = "post_logout_redirect_uri=http://localhost:8000/";
        format!("{}/oidc/session/end?id_token_hint={hint}&{home}", app.tenant.endpoint())
    };
    let claims = serde_json::json!({ "sub": "alice", "aud": app.client.id });
    let foreign =
        app.tenant.keys().sign_with_stranger(&serde_json::json!({ "alg": "ES384" }), &claims).unwrap();
    assert!(matches!(browser.sign_out(end(foreign)).await, Err(Error::DeadEnd { status: 400, .. })));
    assert!(
        browser.open(app.authorization(&[])).await.is_ok(),
        "a refused sign-out leaves the session alive"
    );
    let expired = app.tenant.id_token(Issue::user("alice").expired()).unwrap();
    assert_eq!(browser.sign_out(end(expired)).await.unwrap().as_str(), "http://localhost:8000/");
    assert!(browser.open(app.authorization(&[])).await.is_err());
}
