//! A new description for a running tenant.

use logto_dev::{
    Application, Error, Organization, OrganizationRole, Reloaded, Tenant, TenantBuilder, User, Webhook,
};
use serde_json::json;

use crate::app::{App, text};
use logto_dev::recorded::{Credentials, ROCKET_APP};

const OTHER: Credentials = Credentials { id: "other", secret: "another secret" };

fn described(users: &[&str], applications: &[Credentials]) -> TenantBuilder {
    let application = |client: &Credentials| {
        Application::traditional(client.id).secret(client.secret).redirect_uri(crate::app::CALLBACK)
    };
    let builder = users.iter().map(|user| User::new(*user)).fold(Tenant::builder(), TenantBuilder::user);
    let builder = builder.api_resource(logto_dev::ApiResource::new(logto_dev::recorded::SHOPPING_API));
    applications.iter().map(application).fold(builder, TenantBuilder::application)
}

async fn refresh(app: &App, token: &str) -> (u16, String) {
    let (status, body) = app.refresh(token, &[]).await;
    (status, body["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn people_who_are_still_there_keep_their_grants_and_keys() {
    let app = App::with(described(&["alice"], &[ROCKET_APP]), ROCKET_APP).await;
    let tokens = app.tokens("alice").await;
    let keys = app.tenant.keys().ids();
    let reloaded = app.tenant.reload(described(&["alice", "bob"], &[ROCKET_APP, OTHER])).unwrap();
    assert_eq!(
        (reloaded.added_users, reloaded.added_applications),
        (vec!["bob".to_owned()], vec!["other".to_owned()])
    );
    assert_eq!(reloaded.removed_users, Vec::<String>::new());
    assert_eq!(app.tenant.keys().ids(), keys);
    assert_eq!(refresh(&app, &text(&tokens, "refresh_token")).await.0, 200);
    assert_eq!(app.userinfo(&text(&tokens, "access_token")).await, 200);
    app.tokens("bob").await;
}

#[tokio::test]
async fn people_and_applications_that_are_gone_lose_their_grants() {
    let app = App::with(described(&["alice", "bob"], &[ROCKET_APP, OTHER]), ROCKET_APP).await;
    let (alice, bob) = (app.tokens("alice").await, app.tokens("bob").await);
    let reloaded = app.tenant.reload(described(&["bob"], &[ROCKET_APP])).unwrap();
    assert_eq!(
        (reloaded.removed_users, reloaded.removed_applications),
        (vec!["alice".to_owned()], vec!["other".to_owned()])
    );
    assert_eq!(refresh(&app, &text(&alice, "refresh_token")).await, (400, "invalid_grant".to_owned()));
    assert_eq!(app.userinfo(&text(&alice, "access_token")).await, 401);
    assert_eq!(refresh(&app, &text(&bob, "refresh_token")).await.0, 200);

    // She is somebody new when she comes back, with the same id.
    app.tenant.reload(described(&["alice", "bob"], &[ROCKET_APP])).unwrap();
    assert_eq!(refresh(&app, &text(&alice, "refresh_token")).await, (400, "invalid_grant".to_owned()));

    app.tenant.reload(described(&["bob"], &[OTHER])).unwrap();
    assert_eq!(refresh(&app, &text(&bob, "refresh_token")).await.1, "invalid_client");
    app.tenant.reload(described(&["bob"], &[ROCKET_APP])).unwrap();
    assert_eq!(refresh(&app, &text(&bob, "refresh_token")).await, (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_description_with_a_mistake_changes_nothing() {
    let app = App::with(described(&["alice"], &[ROCKET_APP]), ROCKET_APP).await;
    let tokens = app.tokens("alice").await;
    let wrong = described(&[], &[]).user(User::new("bob").role("no such role"));
    assert!(
        matches!(app.tenant.reload(wrong), Err(Error::Description(what)) if what.contains("no such role"))
    );
    assert!(app.tenant.users().id("bob").is_err());
    assert_eq!(refresh(&app, &text(&tokens, "refresh_token")).await.0, 200);
}

#[tokio::test]
async fn a_description_without_users_and_applications_changes_nothing() {
    let app = App::with(described(&["alice"], &[ROCKET_APP]), ROCKET_APP).await;
    let tokens = app.tokens("alice").await;
    for empty in [Tenant::builder(), described(&[], &[])] {
        let problem = app.tenant.reload(empty).unwrap_err().to_string();
        assert!(problem.contains("neither users nor applications"), "{problem}");
    }
    assert_eq!(refresh(&app, &text(&tokens, "refresh_token")).await.0, 200);
    // One of the two is enough for a description that is meant.
    let reloaded = app.tenant.reload(described(&[], &[ROCKET_APP])).unwrap();
    assert_eq!(reloaded.removed_users, ["alice"]);
    app.tenant.reload(Tenant::builder()).unwrap_err();
    app.tenant.reload(described(&["alice"], &[])).unwrap();
    app.tenant.reload(Tenant::builder()).unwrap_err();
}

#[tokio::test]
async fn a_tenant_without_users_and_applications_stays_without() {
    let tenant = Tenant::builder().start().await.unwrap();
    tenant.users().add(User::new("carol"));
    assert_eq!(tenant.reload(Tenant::builder()).unwrap(), Reloaded::default());
    assert!(tenant.users().id("carol").is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_tenant_at_another_loopback_address_is_signed_in_to_there() {
    let builder = described(&["alice"], &[ROCKET_APP]).address([127, 0, 0, 2].into());
    let app = App::with(builder, ROCKET_APP).await;
    assert!(app.tenant.endpoint().starts_with("http://127.0.0.2:"), "{}", app.tenant.endpoint());
    app.tokens("alice").await;
}

#[tokio::test]
async fn a_person_who_is_suspended_now_is_signed_out() {
    let app = App::with(described(&["alice"], &[ROCKET_APP]), ROCKET_APP).await;
    let tokens = app.tokens("alice").await;
    app.tenant.reload(described(&[], &[ROCKET_APP]).user(User::new("alice").suspended())).unwrap();
    assert_eq!(refresh(&app, &text(&tokens, "refresh_token")).await, (400, "invalid_grant".to_owned()));
    app.tenant.reload(described(&["alice"], &[ROCKET_APP])).unwrap();
    app.tokens("alice").await;
}

#[tokio::test]
async fn who_registered_on_the_page_stays_with_what_is_still_there() {
    let app = App::with(described(&["alice"], &[ROCKET_APP]), ROCKET_APP).await;
    app.tenant.users().add(User::new("carol"));
    let acme = || {
        let role = OrganizationRole::new("admin");
        described(&["alice"], &[ROCKET_APP])
            .organization_role(role)
            .organization(Organization::new("acme", "Acme"))
    };
    app.tenant.reload(acme()).unwrap();
    app.tenant.users().join("carol", "acme", ["admin"]).unwrap();
    let tokens = app.tokens("carol").await;
    app.tenant.reload(described(&["alice"], &[ROCKET_APP])).unwrap();
    assert_eq!(refresh(&app, &text(&tokens, "refresh_token")).await.0, 200);
    // The organization is gone, and so is her membership.
    app.tenant.reload(acme()).unwrap();
    assert!(app.tenant.users().set_organization_roles("carol", "acme", ["admin"]).is_err());
}

#[tokio::test]
async fn custom_claims_and_stamps_survive_and_events_are_sent() {
    let hook = || Webhook::new("http://127.0.0.1:9/webhook", "key");
    let app = App::with(described(&["alice", "bob"], &[ROCKET_APP]).webhook(hook()), ROCKET_APP).await;
    app.tenant.users().set_custom_claim("alice", "plan", json!("gold")).unwrap();
    app.tokens("alice").await;
    app.tenant.webhooks_delivered().await;
    let before = app.tenant.webhook_deliveries().len();
    let next = described(&["alice", "carol"], &[ROCKET_APP]).webhook(hook());
    app.tenant.reload(next).unwrap();
    app.tenant.webhooks_delivered().await;
    let sent: Vec<String> =
        app.tenant.webhook_deliveries()[before..].iter().map(|sent| sent.event.clone()).collect();
    assert_eq!(sent, ["User.Created", "User.Deleted"]);
    let issue = logto_dev::Issue::user("alice").resource(logto_dev::recorded::SHOPPING_API).customized();
    let (_, claims) = crate::app::decoded(&app.tenant.access_token(issue).unwrap());
    assert_eq!(claims["plan"], "gold");
}
