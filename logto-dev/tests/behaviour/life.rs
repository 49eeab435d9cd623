//! Starting, stopping, the clock and the keys.

use std::time::Duration;

use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};
use logto_dev::{Application, Error, Issue, Tenant, User};

use crate::app::{App, decoded, text};

#[tokio::test]
async fn a_port_in_use_is_an_error_and_a_stopped_tenant_frees_its_port() {
    let first = Tenant::builder().start().await.unwrap();
    let port = first.endpoint().rsplit_once(':').unwrap().1.parse().unwrap();
    let second = Tenant::builder().port(port).start().await;
    assert!(matches!(second, Err(Error::PortTaken(taken)) if taken == port));
    first.shutdown().await;
    assert!(Tenant::builder().port(port).start().await.is_ok());
}

#[tokio::test]
async fn a_tenant_is_described_in_toml_too() {
    let described = r#"
        organization_scopes = ["invite:member"]
        [[api_resource]]
        indicator = "https://api.example"
        scopes = ["read", "write"]
        [[role]]
        name = "reader"
        scopes = { "https://api.example" = ["read"] }
        [[organization_role]]
        name = "admin"
        organization_scopes = ["invite:member"]
        scopes = { "https://api.example" = ["write"] }
        [[organization]]
        id = "acme"
        name = "Acme"
        [[user]]
        username = "alice"
        profile = { locale = "fr-FR" }
        roles = ["reader"]
        organizations = { acme = ["admin"] }
        [[application]]
        client_id = "app"
        redirect_uris = ["http://localhost:8000/cb"]
    "#;
    let tenant = Tenant::from_toml(described).unwrap().start().await.unwrap();
    let claims = |issue: Issue| decoded(&tenant.access_token(issue).unwrap()).1;
    assert_eq!(claims(Issue::user("alice").resource("https://api.example"))["scope"], "read write");
    assert_eq!(claims(Issue::user("alice").organization("acme"))["scope"], "invite:member");
    let partner = r#"
        [[user]]
        username = "mallory"
        suspended = true
        [[application]]
        client_id = "partner"
        third_party_scopes = ["profile"]
        id_token_ttl = 60
        [[application]]
        client_id = "app"
        [[webhook]]
        url = "http://localhost:1/hook"
        signing_key = "k"
        headers = { "x-from" = "tenant" }
        timeout = 1
    "#;
    let tenant = Tenant::from_toml(partner).unwrap().start().await.unwrap();
    let claims = decoded(&tenant.id_token(Issue::user("mallory").client("partner")).unwrap()).1;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    let machine =
        "[[application]]\nclient_id = \"m\"\nkind = \"machine_to_machine\"\nthird_party_scopes = []";
    assert!(
        matches!(Tenant::from_toml(machine), Err(Error::Description(what)) if what.contains("third_party_scopes"))
    );
    let misspelt = Tenant::from_toml("organisation_scopes = []");
    assert!(matches!(misspelt, Err(Error::Description(what)) if what.contains("organisation_scopes")));
}

#[test]
fn a_tenant_needs_no_runtime_of_the_caller() {
    let tenant = Tenant::recorded().start_blocking().unwrap();
    assert!(tenant.issuer().ends_with("/oidc"));
}

#[tokio::test]
async fn an_inconsistent_description_is_refused() {
    let wrong = Tenant::builder().user(User::new("alice").role("nobody-defined-this")).start().await;
    assert!(matches!(wrong, Err(Error::Description(what)) if what.contains("nobody-defined-this")));
    let twice = Tenant::builder().user(User::new("a")).user(User::new("a")).start().await;
    assert!(matches!(twice, Err(Error::Description(_))));
    let unknown =
        Tenant::builder().application_redirect("nope", "http://localhost:1/", "http://localhost:1/");
    assert!(matches!(unknown.start().await, Err(Error::Unknown { .. })));
}

#[tokio::test]
async fn codes_and_refresh_tokens_expire_by_the_tenants_clock() {
    let app = App::new().await;
    let callback = app.tenant.sign_in(app.authorization(&[("prompt", "consent")]), "alice").await.unwrap();
    app.tenant.clock().advance(Duration::from_secs(61));
    assert_eq!(app.redeem(&callback).await.1["error"], "invalid_grant");
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.clock().advance(Duration::from_secs(14 * 86_400 - 5));
    let (_, rotated) = app.refresh(&refresh, &[]).await;
    assert_ne!(text(&rotated, "refresh_token"), refresh, "past 70 % of its life the token is replaced");
}

#[tokio::test]
async fn a_failed_refresh_replaces_nothing() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.clock().advance(Duration::from_secs(12 * 86_400));
    assert_eq!(app.refresh(&refresh, &[("organization_id", "nope")]).await.0, 403);
    app.tenant.clock().advance(Duration::from_secs(10));
    assert_eq!(app.refresh(&refresh, &[]).await.0, 200);
}

#[tokio::test]
async fn rotation_keeps_two_keys_and_may_change_the_algorithm() {
    let app = App::new().await;
    let first = app.tenant.keys().ids();
    let old = app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let rsa = app.tenant.keys().rotate_to_rsa().unwrap();
    assert_eq!(app.tenant.keys().ids(), [rsa.clone(), first[0].clone()]);
    let new = app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    assert_eq!(decoded(&new).0["alg"], "RS256");
    assert_eq!(decoded(&new).0["kid"], rsa.as_str());
    for token in [&old, &new] {
        verify(&app, token).unwrap();
    }
    let discovery = app.http.get(format!("{}/.well-known/openid-configuration", app.tenant.issuer()));
    let discovery: serde_json::Value = discovery.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        discovery["id_token_signing_alg_values_supported"],
        serde_json::json!(["PS256", "RS256", "ES384"])
    );
    app.tenant.keys().rotate().unwrap();
    assert!(verify(&app, &old).is_err(), "the first key is gone after the second rotation");
    verify(&app, &new).unwrap();
}

fn verify(app: &App, token: &str) -> Result<(), String> {
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(app.tenant.keys().jwks()).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).ok_or("unknown kid")?;
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.set_audience(&[SHOPPING_API]);
    validation.set_issuer(&[app.tenant.issuer()]);
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn several_secrets_work_until_one_expires() {
    let tenant = Tenant::recorded();
    let soon = std::time::SystemTime::now() + Duration::from_secs(60);
    let machine = Application::machine_to_machine("machine").secret("one").secret_until("two", soon);
    let client = |secret| logto_dev::recorded::Credentials { id: "machine", secret };
    let mut app = App::with(tenant.application(machine), client("two")).await;
    let form = [("grant_type", "client_credentials"), ("resource", SHOPPING_API)];
    assert_eq!(app.post("/oidc/token", &form).await.0, 200);
    app.tenant.clock().advance(Duration::from_secs(61));
    let (status, body) = app.post("/oidc/token", &form).await;
    assert_eq!((status, body["error_description"].as_str()), (400, Some("client secret has expired")));
    app.client = client("one");
    assert_eq!(app.post("/oidc/token", &form).await.0, 200);
    app.client = ROCKET_APP;
}

#[tokio::test]
async fn handles_and_futures_are_send() {
    fn is_send<T: Send>(thing: T) -> T {
        thing
    }
    fn shared<T: Send + Sync>() {}
    shared::<Tenant>();
    let tenant = is_send(Tenant::recorded().start()).await.unwrap();
    let mut browser = tenant.browser();
    let outcome = is_send(browser.open(format!("{}/sign-in", tenant.endpoint()))).await;
    assert!(matches!(outcome, Err(Error::DeadEnd { .. })));
}

#[tokio::test]
async fn starting_is_fast() {
    let began = std::time::Instant::now();
    for _ in 0..10 {
        Tenant::recorded().start().await.unwrap().shutdown().await;
    }
    assert!(began.elapsed() < Duration::from_secs(2), "ten tenants took {:?}", began.elapsed());
    println!("ten tenants took {:?}", began.elapsed());
}
