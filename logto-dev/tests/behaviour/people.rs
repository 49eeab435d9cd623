//! Changing users while they are signed in.

use logto_dev::recorded::{ACME, ROCKET_APP, SHOPPING_API};
use logto_dev::{Tenant, User};
use serde_json::json;

use crate::app::{App, decoded, param, text};

#[tokio::test]
async fn a_removed_role_is_gone_at_the_next_refresh() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.users().take_role("alice", "shop-user").unwrap();
    app.tenant.users().leave("alice", ACME).unwrap();
    let (_, tokens) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
    assert_eq!(tokens["scope"], "");
}

#[tokio::test]
async fn a_role_assigned_later_needs_a_new_authorization() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    let callback = browser.sign_in(app.authorization(&[]), "bob").await.unwrap();
    let refresh = text(&app.redeem(&callback).await.1, "refresh_token");
    app.tenant.users().give_role("bob", "shop-user").unwrap();
    let (_, before) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
    assert_eq!(before["scope"], "");
    let callback = browser.open(app.authorization(&[])).await.unwrap();
    let refresh = text(&app.redeem(&callback).await.1, "refresh_token");
    let (_, after) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
    assert_eq!(after["scope"], "read:orders write:orders");
}

#[tokio::test]
async fn organizations_are_looked_up_at_every_refresh() {
    let app = App::new().await;
    let refresh = text(&app.tokens("bob").await, "refresh_token");
    let organization = [("organization_id", ACME)];
    assert_eq!(app.refresh(&refresh, &organization).await.0, 403);
    app.tenant.users().join("bob", ACME, ["admin"]).unwrap();
    let (status, tokens) = app.refresh(&refresh, &organization).await;
    assert_eq!((status, tokens["scope"].as_str()), (200, Some("manage:billing invite:member")));
    app.tenant.users().leave("bob", ACME).unwrap();
    let (status, refused) = app.refresh(&refresh, &organization).await;
    assert_eq!((status, refused["error"].as_str()), (403, Some("access_denied")));
    assert_eq!(app.refresh(&refresh, &[]).await.0, 200, "the refresh token itself stays good");
}

#[tokio::test]
async fn suspension_ends_everything_and_reactivation_brings_nothing_back() {
    let app = App::new().await;
    let mut browser = app.tenant.browser();
    let callback = browser.sign_in(app.authorization(&[("prompt", "consent")]), "alice").await.unwrap();
    let (_, tokens) = app.redeem(&callback).await;
    app.tenant.users().suspend("alice").unwrap();
    assert_eq!(app.refresh(&text(&tokens, "refresh_token"), &[]).await.1["error"], "invalid_grant");
    assert_eq!(app.userinfo(&text(&tokens, "access_token")).await, 401);
    let silent = browser.open(app.authorization(&[("prompt", "none")])).await.unwrap();
    assert_eq!(param(&silent, "error").as_deref(), Some("login_required"));
    assert!(browser.sign_in(app.authorization(&[]), "alice").await.is_err());
    app.tenant.users().reactivate("alice").unwrap();
    assert_eq!(app.refresh(&text(&tokens, "refresh_token"), &[]).await.0, 400);
    assert!(app.tenant.sign_in(app.authorization(&[]), "alice").await.is_ok());
}

#[tokio::test]
async fn a_changed_profile_shows_in_the_next_id_token() {
    let app = App::new().await;
    let refresh = text(&app.tokens("bob").await, "refresh_token");
    app.tenant.users().change("bob", |bob| bob.name("Robert")).unwrap();
    let (_, tokens) = app.refresh(&refresh, &[]).await;
    assert_eq!(crate::app::decoded(&text(&tokens, "id_token")).1["name"], "Robert");
}

/// `organization_id` proves the membership, not that the permission comes from the organization.
#[tokio::test]
async fn field_e_a_token_for_an_api_in_an_organization_has_the_scopes_of_tenant_roles_too() {
    let app = App::new().await;
    app.tenant.users().give_role("carol", "shop-user").unwrap();
    let refresh = text(&app.tokens("carol").await, "refresh_token");
    let form = [("organization_id", ACME), ("resource", SHOPPING_API)];
    assert_eq!(app.refresh(&refresh, &form).await.1["scope"], "read:orders write:orders");
    app.tenant.users().set_organization_roles("carol", ACME, [""; 0]).unwrap();
    assert_eq!(app.refresh(&refresh, &form).await.1["scope"], "read:orders write:orders");
    app.tenant.users().take_role("carol", "shop-user").unwrap();
    assert_eq!(app.refresh(&refresh, &form).await.1["scope"], "");
}

#[tokio::test]
async fn field_e_a_deleted_organization_leaves_the_refresh_token_valid() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.organizations().delete(ACME).unwrap();
    for form in [&[("organization_id", ACME)][..], &[("organization_id", ACME), ("resource", SHOPPING_API)]] {
        let (status, body) = app.refresh(&refresh, form).await;
        assert_eq!((status, &body["error"]), (403, &"access_denied".into()));
    }
    let (_, tokens) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
    assert_eq!(tokens["scope"], "read:orders write:orders", "what the organization gave is gone");
    let claims = crate::app::decoded(&text(&tokens, "id_token")).1;
    assert_eq!((&claims["organizations"], &claims["organization_roles"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn field_e_scopes_go_with_their_roles_and_come_back_with_them() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    let scope = async || app.refresh(&refresh, &[("resource", SHOPPING_API)]).await.1["scope"].clone();
    app.tenant.users().leave("alice", ACME).unwrap();
    assert_eq!(scope().await, "read:orders write:orders");
    app.tenant.roles().take_scope("shop-user", SHOPPING_API, "write:orders").unwrap();
    assert_eq!(scope().await, "read:orders");
    app.tenant.roles().give_scopes("shop-user", SHOPPING_API, ["write:orders"]).unwrap();
    assert_eq!(scope().await, "read:orders write:orders");
    app.tenant.api_resources().delete_scope(SHOPPING_API, "write:orders").unwrap();
    assert_eq!(scope().await, "read:orders");
    app.tenant.roles().delete("shop-user").unwrap();
    assert_eq!(scope().await, "");
}

/// Recording 26: what userinfo returns is in ID tokens only where the tenant says so.
#[tokio::test]
async fn extended_claims_are_in_id_tokens_where_the_tenant_says_so() {
    let scope = "openid profile custom_data identities urn:logto:scope:organizations";
    let sso = json!([{ "issuer": "https://idp.example", "identityId": "42", "detail": { "name": "Alice" } }]);
    let alice = || {
        let sso = sso.clone();
        move |user: User| user.identities(json!({ "github": { "userId": "gh-1" } })).sso_identities(sso)
    };
    let extended = ["custom_data", "identities", "sso_identities", "organization_data"];
    for told in [&[][..], &extended] {
        let app = App::with(Tenant::recorded().id_token_claims(told.iter().copied()), ROCKET_APP).await;
        app.tenant.users().change("alice", alice()).unwrap();
        let callback = app.tenant.sign_in(app.authorization(&[("scope", scope)]), "alice").await.unwrap();
        let (_, tokens) = app.redeem(&callback).await;
        let claims = decoded(&text(&tokens, "id_token")).1;
        assert_eq!(claims["organizations"], json!([ACME]));
        for claim in extended {
            assert_eq!(claims.get(claim).is_some(), told.contains(&claim), "{claim}: {claims}");
        }
        let info = app.http.get(format!("{}/oidc/me", app.tenant.endpoint()));
        let info =
            info.bearer_auth(text(&tokens, "access_token")).send().await.unwrap().text().await.unwrap();
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        assert_eq!(info["sso_identities"], sso);
        assert_eq!(info["identities"]["github"]["userId"], "gh-1");
        assert!(told.is_empty() || info["organization_data"] == claims["organization_data"]);
    }
}
