//! Claims about the person that are not what they should be: each is left out for itself.

use logto_dev::recorded::ALICE;
use serde_json::{Value, json};

use super::{Stage, response};

fn good() -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!("Alice Example")),
        ("username", json!("alice")),
        ("picture", json!("https://example.com/alice.png")),
        ("email", json!("alice@example.com")),
        ("email_verified", json!(true)),
        ("phone_number", json!("12025550101")),
        ("roles", json!(["shop-user"])),
        ("organizations", json!(["acme"])),
        ("organization_roles", json!(["acme:admin"])),
    ]
}

#[rocket::async_test]
async fn field_17_one_odd_claim_takes_no_other_with_it() {
    let odd = [
        ("email_verified", json!("true")),
        ("email_verified", json!(1)),
        ("name", json!(7)),
        ("name", json!({ "first": "Alice" })),
        ("username", json!(["alice"])),
        ("picture", json!(false)),
        ("email", json!(["alice@example.com"])),
        ("phone_number", json!(12_025_550_101_u64)),
        ("roles", json!("shop-user")),
        ("roles", json!({ "shop-user": true })),
        ("organizations", json!("acme")),
        ("organization_roles", json!({ "acme": ["admin"] })),
        ("address", json!("1 rue de Test")),
        ("updated_at", json!("yesterday")),
    ];
    for (name, value) in odd {
        let stage = Stage::new().await;
        let mut returned = stage.returned().await;
        let mut claims = stage.claims(&returned.nonce);
        for (good, value) in good() {
            claims[good] = value;
        }
        claims[name] = value.clone();
        let body = response(&stage.sign(&stage.header(), &claims)).to_string();
        stage.answer(&mut returned, body).await;
        let typed = returned.browser.fetch("/claims").await.json();
        for (good, expected) in good() {
            let nothing = if expected.is_array() { json!([]) } else { Value::Null };
            let expected = if good == name { nothing } else { expected };
            assert_eq!(typed[good], expected, "{good} beside {name}: {value}");
        }
        let called = if name == "name" { "alice" } else { "Alice Example" };
        assert_eq!(typed["display_name"], json!(called), "{name}: {value}");
        let told = returned.browser.fetch("/logto/user").await.json();
        assert_eq!(told["claims"]["sub"], json!(ALICE), "{name}");
        assert_eq!(told["claims"][name], value, "as it came");
    }
}
