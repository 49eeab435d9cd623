//! Third-party applications, with a consent page.

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, GLOBEX, THIRD_PARTY_APP};

use crate::app::{App, param, text};

const SCOPES: &str = "openid offline_access profile urn:logto:scope:organizations read:orders invite:member";

async fn app() -> App {
    App::with(Tenant::recorded(), THIRD_PARTY_APP).await
}

#[tokio::test]
async fn allowing_gives_tokens_in_the_chosen_organizations() {
    let app = app().await;
    let url = app.authorization(&[("scope", SCOPES), ("prompt", "consent")]);
    let callback = app.tenant.sign_in(&url, "carol").await.unwrap();
    let refresh = text(&app.redeem(&callback).await.1, "refresh_token");
    for organization in [ACME, GLOBEX] {
        let (status, tokens) = app.refresh(&refresh, &[("organization_id", organization)]).await;
        assert_eq!((status, tokens["scope"].as_str()), (200, Some("invite:member")));
    }
}

#[tokio::test]
async fn cancelling_the_consent_screen_leads_to_the_bare_callback() {
    let app = app().await;
    let url = app.authorization(&[("scope", SCOPES), ("prompt", "consent")]);
    let mut browser = app.tenant.browser();
    browser.sign_in(&url, "alice").await.unwrap();
    let callback = browser.cancel(&url).await.unwrap();
    assert_eq!(callback.as_str(), crate::app::CALLBACK);
}

#[tokio::test]
async fn a_scope_that_is_not_enabled_is_an_error_with_its_name() {
    let app = app().await;
    let url = app.authorization(&[("scope", "openid phone")]);
    let callback = app.tenant.sign_in(&url, "alice").await.unwrap();
    assert_eq!(param(&callback, "error").as_deref(), Some("invalid_scope"));
    assert_eq!(param(&callback, "scope").as_deref(), Some("phone"));
}
