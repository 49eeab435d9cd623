//! 38: JWT customizers.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ACME, ROCKET_APP, SHOPPING_API};
use logto_dev::{DenyAccess, JwtCustomizer, Tenant, User};
use serde_json::{Value, json};

use crate::compare;
use crate::replay::{ORGANIZATIONS, Replay, field};

const SCOPES: &str =
    "openid offline_access profile urn:logto:scope:organizations read:orders write:orders invite:member";
/// The recorder cut the token that it got.
const CUT: usize = 52;

#[tokio::test]
async fn recording_38_jwt_customizer() {
    let person = User::new("tmp_0a6d83")
        .id("cx40hotpz9nj")
        .created_at(UNIX_EPOCH + Duration::from_millis(1_795_861_010_611))
        .custom_data(json!({ "plan": "gold" }))
        .role("shop-user")
        .member_of(ACME, ["member"]);
    let mut replay = Replay::with("38-jwt-customizer", Tenant::recorded().user(person)).await;
    let recorded = |replay: &Replay, index: usize, name: &str| field(replay.exchange(index), name).unwrap();
    let tokens = replay.tokens(ROCKET_APP, "tmp_0a6d83", SCOPES, &[SHOPPING_API, ORGANIZATIONS]).await;
    let refresh = recorded(&replay, 7, "refresh_token");
    replay.know(&refresh, tokens["refresh_token"].as_str().unwrap());
    let bearer = replay.exchange(23)["request"]["headers"]["authorization"].as_str().unwrap().to_owned();
    replay.know(bearer.strip_prefix("Bearer ").unwrap(), tokens["access_token"].as_str().unwrap());
    for index in 0..replay.len() {
        if let Some(script) = replay.exchange(index)["script"].as_str().map(str::to_owned) {
            let customizer = customizer(index, &script);
            let url = replay.exchange(index)["url"].as_str().unwrap();
            if url.ends_with("/client-credentials") {
                replay.tenant.set_client_credentials_customizer(customizer);
            } else if url.ends_with("/access-token") {
                replay.tenant.set_access_token_customizer(customizer);
            }
        }
        if index == 35 || index == 59 {
            replay.tenant.set_access_token_customizer(None);
        }
        if !replay.exchange(index)["request"].is_object() || index == CUT {
            continue;
        }
        let code = field(replay.exchange(index), "code").filter(|code| !replay.knows(code));
        if let Some(code) = code {
            let challenge = compare::challenge(&recorded(&replay, index, "code_verifier"));
            let resources = [SHOPPING_API, ORGANIZATIONS];
            let url =
                replay.authorization(ROCKET_APP.id, SCOPES, &resources, Some("consent"), Some(challenge));
            let callback = replay.tenant.sign_in(url, "tmp_0a6d83").await.unwrap();
            replay.know(&code, compare::query(&callback, "code").unwrap());
        }
        replay.one(index).await;
    }
}

/// A script, written anew. What `seen` has been given is not compared.
fn customizer(index: usize, script: &str) -> JwtCustomizer {
    let says = |text: &str| assert!(script.contains(text), "38[{index}]: {script}");
    match index {
        2 => JwtCustomizer::new(|token| {
            Ok(json!({
                "plan": token.user["customData"]["plan"], "tier": "one", "n": 7, "list": [1, "a"],
                "nested": { "a": { "b": true } }, "nothing": null, "seen": {},
            }))
        }),
        11 => JwtCustomizer::claims(json!({
            "sub": "evil", "iss": "evil", "aud": "evil", "exp": 1, "iat": 1, "scope": "admin", "client_id": "evil",
            "jti": "x", "organization_id": "evil", "roles": ["r1"], "act": { "sub": "x" }, "nbf": 9_999_999_999_i64,
            "sid": "s", "https://example.com/c": 1,
        })),
        15 => JwtCustomizer::deny("plan has ended"),
        26 => JwtCustomizer::deny(DenyAccess::default()),
        28 => JwtCustomizer::new(|token| match token.audience {
            Some(_) => Err("not for this API".into()),
            None => Ok(json!({})),
        }),
        32 => JwtCustomizer::new(|token| match token.organization_id.as_deref() {
            Some(ACME) => Err("not this organization".into()),
            _ => Ok(json!({ "ok": true })),
        }),
        39 => JwtCustomizer::claims(json!("text")),
        41 => JwtCustomizer::claims(json!(["list"])),
        47 => JwtCustomizer::claims(json!({ "fetched": "hello" })),
        49 => JwtCustomizer::claims(
            json!({ "p": "object", "rq": "undefined", "f": "function", "g": "function" }),
        ),
        56 => JwtCustomizer::claims(json!({ "machine": true, "seen": {} })),
        60 => {
            says("machine blocked");
            JwtCustomizer::deny("machine blocked")
        }
        // Whatever throws, returns nothing or does not end adds nothing.
        _ => JwtCustomizer::claims(Value::Null),
    }
}
