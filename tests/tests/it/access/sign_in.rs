//! What the access report says of the scopes and API resources that a sign-in requests.

use logto_dev::recorded::SHOPPING_API;
use logto_rocket::{AccessReport, Logto};
use logto_tests::settings;
use rocket::local::asynchronous::Client;
use serde_json::{Value, json};

use super::{app, tenant};

async fn report() -> AccessReport {
    let tenant = tenant().await;
    let figment = settings(&tenant).merge(("logto.scopes", ["email", "read:orders"]));
    let client = Client::tracked(app(figment)).await.expect("launches");
    client.rocket().state::<Logto>().and_then(Logto::access_report).expect("a report").clone()
}

#[rocket::async_test]
async fn the_report_says_where_each_scope_and_resource_comes_from() {
    let json: Value = serde_json::from_str(&report().await.to_json()).expect("JSON");
    let sign_in = &json["sign_in"];
    let named = |list: &str, name: &str| {
        let all = sign_in[list].as_array().expect("a list");
        let mut found = all.iter().filter(|one| one["name"] == name);
        let one = found.next().unwrap_or_else(|| panic!("{name} is not in {sign_in}"));
        assert!(found.next().is_none(), "{name} stands twice in {sign_in}");
        let guards: Vec<String> = serde_json::from_value(one["guards"].clone()).expect("names");
        let guards = guards.iter().map(|item| item.rsplit("::").next().unwrap_or_default().to_owned());
        (one["built_in"].clone(), one["setting"].clone(), guards.collect::<Vec<_>>())
    };
    let nobody: Vec<String> = Vec::new();
    assert_eq!(named("scopes", "openid"), (json!(true), Value::Null, nobody.clone()));
    assert_eq!(named("scopes", "email"), (json!(false), json!("scopes"), nobody));
    assert_eq!(named("scopes", "delete:orders"), (json!(false), Value::Null, vec!["index".to_owned()]));
    let reader = (json!(false), json!("scopes"), vec!["Reader".to_owned()]);
    assert_eq!(named("scopes", "read:orders"), reader);
    let invite = (json!(false), Value::Null, vec!["invite".to_owned()]);
    assert_eq!(named("scopes", "invite:member"), invite);
    assert_eq!(named("scopes", "urn:logto:scope:organizations"), invite);
    assert_eq!(named("resources", "urn:logto:resource:organizations"), invite);
    let (_, setting, guards) = named("resources", SHOPPING_API);
    assert_eq!((setting, guards), (json!("resources"), vec!["index".to_owned(), "Reader".to_owned()]));
}

#[rocket::async_test]
async fn the_table_has_a_line_for_each() {
    let table = report().await.to_string();
    let (_, requested) = table.split_once("\na sign-in requests\n").expect("a part of its own");
    let line = |name: &str| {
        let line = requested.lines().find(|line| line.contains(&format!("  {name} ")));
        line.unwrap_or_else(|| panic!("{name} is missing in\n{table}")).to_owned()
    };
    assert!(line("openid").ends_with("  always"), "{table}");
    assert!(line("email").ends_with("  setting `scopes`"), "{table}");
    let orders = line("read:orders");
    assert!(orders.starts_with("scope ") && orders.contains("  setting `scopes`, for "), "{table}");
    assert!(orders.ends_with("::Reader"), "{table}");
    assert!(line(SHOPPING_API).starts_with("resource  "), "{table}");
}
