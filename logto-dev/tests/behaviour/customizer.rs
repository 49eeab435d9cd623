//! JWT customizers: custom claims in access tokens, and denials.

use logto_dev::recorded::{ACME, ALICE, GLOBEX, M2M_APP, ROCKET_APP, SHOPPING_API};
use logto_dev::{JwtCustomizer, Tenant};
use serde_json::{Value, json};

use crate::app::{App, decoded, text};

async fn machine_token(app: &App) -> (u16, Value) {
    let request = app.http.post(format!("{}/oidc/token", app.tenant.endpoint()));
    let form = [("grant_type", "client_credentials"), ("resource", SHOPPING_API)];
    let response = request.basic_auth(M2M_APP.id, Some(M2M_APP.secret)).form(&form).send().await.unwrap();
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn field_e_custom_claims_replace_organization_id_and_no_registered_claim() {
    let evil = json!({
        "sub": "evil", "iss": "evil", "aud": "evil", "exp": 1, "iat": 1, "scope": "admin", "client_id": "evil",
        "jti": "x", "organization_id": GLOBEX, "roles": ["r1"], "act": { "sub": "x" }, "nbf": 9_999_999_999_i64,
        "sid": "s", "plan": "gold",
    });
    let tenant = Tenant::recorded().access_token_customizer(JwtCustomizer::claims(evil.clone()));
    let app = App::with(tenant, ROCKET_APP).await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    let form = [("organization_id", ACME), ("resource", SHOPPING_API)];
    for wanted in [&form[..], &form[..1], &form[1..]] {
        let (status, tokens) = app.refresh(&refresh, wanted).await;
        assert_eq!(status, 200, "{tokens}");
        let claims = decoded(&text(&tokens, "access_token")).1;
        assert_eq!((&claims["sub"], &claims["client_id"]), (&ALICE.into(), &ROCKET_APP.id.into()));
        for registered in ["sub", "iss", "aud", "exp", "iat", "scope", "client_id", "jti"] {
            assert_ne!(claims[registered], evil[registered], "{registered}");
        }
        for custom in ["organization_id", "roles", "act", "nbf", "sid", "plan"] {
            assert_eq!(claims[custom], evil[custom], "{custom}");
        }
        assert!(decoded(&text(&tokens, "id_token")).1.get("plan").is_none());
    }
    let opaque = text(&app.refresh(&refresh, &[]).await.1, "access_token");
    let (_, description) = app.post("/oidc/token/introspection", &[("token", &opaque)]).await;
    assert_eq!(
        (&description["sub"], &description["plan"]),
        (&"evil".into(), &"gold".into()),
        "of an opaque token even the subject"
    );
    assert_eq!(description["client_id"], ROCKET_APP.id);
    assert_eq!(app.userinfo(&opaque).await, 200);
}

#[tokio::test]
async fn field_e_a_denial_uses_up_the_code_and_keeps_the_refresh_token() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    let callback = app.tenant.sign_in(app.authorization(&[]), "alice").await.unwrap();
    app.tenant.set_access_token_customizer(JwtCustomizer::deny("plan has ended"));
    let denied = |(status, body): (u16, Value)| {
        assert_eq!((status, &body["error"]), (400, &"access_denied".into()), "{body}");
        assert_eq!(
            (&body["code"], &body["message"]),
            (&"oidc.access_denied".into(), &"Access denied.".into())
        );
        body["error_description"].as_str().unwrap().to_owned()
    };
    assert_eq!(denied(app.redeem(&callback).await), "plan has ended");
    for form in [&[][..], &[("resource", SHOPPING_API)], &[("organization_id", ACME)]] {
        assert_eq!(denied(app.refresh(&refresh, form).await), "plan has ended");
    }
    assert_eq!(machine_token(&app).await.0, 200, "machines have a customizer of their own");
    app.tenant.set_access_token_customizer(JwtCustomizer::deny(logto_dev::DenyAccess::default()));
    assert_eq!(denied(app.refresh(&refresh, &[]).await), "Access denied");
    app.tenant.set_access_token_customizer(None);
    assert_eq!(app.redeem(&callback).await.1["error"], "invalid_grant", "the code is burnt");
    assert_eq!(app.refresh(&refresh, &[]).await.0, 200, "the refresh token is good");

    app.tenant.set_client_credentials_customizer(JwtCustomizer::deny("machine blocked"));
    assert_eq!(denied(machine_token(&app).await), "machine blocked");
    assert_eq!(app.refresh(&refresh, &[]).await.0, 200);
    app.tenant.set_client_credentials_customizer(JwtCustomizer::claims(json!({ "machine": true })));
    let claims = decoded(&text(&machine_token(&app).await.1, "access_token")).1;
    assert_eq!(claims["machine"], true);
}

#[tokio::test]
async fn a_script_decides_by_what_the_token_is_for() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    app.tenant.set_access_token_customizer(JwtCustomizer::new(|token| {
        if token.organization_id.as_deref() == Some(ACME) && token.audience.as_deref() == Some(SHOPPING_API) {
            return Err("not this organization".into());
        }
        Ok(json!({
            "plan": token.user["customData"]["plan"], "roles": token.user["roles"], "gty": token.grant_type,
        }))
    }));
    let (status, body) =
        app.refresh(&refresh, &[("resource", SHOPPING_API), ("organization_id", ACME)]).await;
    assert_eq!((status, &body["error_description"]), (400, &"not this organization".into()));
    let (_, tokens) = app.refresh(&refresh, &[("organization_id", ACME)]).await;
    let claims = decoded(&text(&tokens, "access_token")).1;
    assert_eq!((&claims["plan"], &claims["roles"][0]["name"]), (&"gold".into(), &"shop-user".into()));
    assert_eq!(claims["gty"], "authorization_code refresh_token");
    for ignored in [json!("text"), json!(["list"]), Value::Null] {
        app.tenant.set_access_token_customizer(JwtCustomizer::claims(ignored));
        let (_, tokens) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
        let claims = decoded(&text(&tokens, "access_token")).1;
        assert_eq!(claims.as_object().unwrap().len(), 8, "{claims}");
    }
}

#[tokio::test]
async fn a_customizer_is_described_in_toml_too() {
    let file = r#"
        [[api_resource]]
        indicator = "https://api.example"
        [[application]]
        client_id = "machine"
        kind = "machine_to_machine"
        secret = "secret"
        [access_token_customizer]
        deny_access = "closed"
        [client_credentials_customizer]
        claims = { plan = "gold" }
    "#;
    let client = logto_dev::recorded::Credentials { id: "machine", secret: "secret" };
    let app = App::with(Tenant::from_toml(file).unwrap(), client).await;
    let form = [("grant_type", "client_credentials"), ("resource", "https://api.example")];
    let (_, tokens) = app.post("/oidc/token", &form).await;
    assert_eq!(decoded(&text(&tokens, "access_token")).1["plan"], "gold");
    let both = Tenant::from_toml(
        "[access_token_customizer]\n[[access_token_customizer.rule]]\nclaims = {}\ndeny_access = \"\"",
    );
    assert!(both.is_err_and(|error| error.to_string().contains("deny_access")));
    let both = Tenant::from_toml("access_token_customizer = { claims = {}, deny_access = \"closed\" }");
    assert!(both.is_err_and(|error| error.to_string().contains("deny_access")));
}

#[tokio::test]
async fn a_customizer_in_toml_tells_users_and_applications_apart() {
    let file = r#"
        [[application]]
        client_id = "shop"
        secret = "secret"
        redirect_uris = ["http://localhost:8000/logto/callback"]
        always_issue_refresh_token = true
        [[api_resource]]
        indicator = "https://shopping.your-app.com/api"
        [[user]]
        username = "alice"
        [[user]]
        username = "bob"
        id = "bobs-id"
        [[user]]
        username = "mallory"
        [access_token_customizer]
        claims = { plan = "free", tenant = "lab" }
        [[access_token_customizer.rule]]
        user = "alice"
        claims = { plan = "gold" }
        [[access_token_customizer.rule]]
        user = "bobs-id"
        client_id = "shop"
        claims = { seats = 5 }
        [[access_token_customizer.rule]]
        user = "alice"
        client_id = "another"
        deny_access = "never"
        [[access_token_customizer.rule]]
        user = "mallory"
        deny_access = "the plan has ended"
    "#;
    let client = logto_dev::recorded::Credentials { id: "shop", secret: "secret" };
    let app = App::with(Tenant::from_toml(file).unwrap(), client).await;
    let authorization = app.authorization(&[("scope", "openid offline_access"), ("prompt", "consent")]);
    for (user, plan, seats) in [("alice", "gold", Value::Null), ("bob", "free", json!(5))] {
        let callback = app.tenant.sign_in(authorization.clone(), user).await.unwrap();
        let refresh = text(&app.redeem(&callback).await.1, "refresh_token");
        let (_, tokens) = app.refresh(&refresh, &[("resource", SHOPPING_API)]).await;
        let claims = decoded(&text(&tokens, "access_token")).1;
        assert_eq!((&claims["plan"], &claims["seats"]), (&json!(plan), &seats), "{user}");
        assert_eq!(claims["tenant"], "lab", "{user}");
    }
    let callback = app.tenant.sign_in(authorization, "mallory").await.unwrap();
    let (status, body) = app.redeem(&callback).await;
    assert_eq!((status, &body["error_description"]), (400, &"the plan has ended".into()), "{body}");
}
