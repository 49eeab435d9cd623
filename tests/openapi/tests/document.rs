//! What an OpenAPI document says of guarded routes.
#![allow(clippy::unwrap_used, reason = "in a test")]

use logto_openapi_tests::described;
use logto_rocket::Logto;
use rocket::http::Status;
use rocket::local::blocking::Client;
use serde_json::{json, Value};

fn document() -> Value {
    serde_json::to_value(described().1).unwrap()
}

#[test]
fn a_route_names_its_credential_and_its_scopes() {
    let document = document();
    let security = |method: &str, path: &str| document["paths"][path][method]["security"].clone();
    assert_eq!(security("get", "/orders/{id}"), json!([{"logto": ["read:orders", "read:prices"]}]));
    assert_eq!(security("get", "/feed"), json!([{"logto_bearer": []}]));
    assert_eq!(security("get", "/upstream"), json!([{"logto_session": ["read:orders"]}]));
    assert_eq!(security("post", "/orgs/{org_id}/invites"), json!([{"logto_session": ["invite:member"]}]));
    assert_eq!(security("get", "/admin"), json!([{"logto": ["delete:orders"]}]));
    assert_eq!(security("get", "/me"), json!([{"logto_session": []}]));
    // What stands together is asked together: in a document, two entries would be a choice.
    assert_eq!(security("get", "/both"), json!([{"logto_session": ["a:b", "c:d"]}]));
    for open in ["/perhaps", "/"] {
        assert_eq!(security("get", open), Value::Null, "{open}");
    }
    assert!(document["paths"].get("/undescribed").is_none());
}

#[test]
fn the_credentials_are_described_once() {
    let schemes = &document()["components"]["securitySchemes"];
    assert_eq!(schemes.as_object().unwrap().len(), 3);
    for bearer in ["logto", "logto_bearer"] {
        assert_eq!(schemes[bearer]["type"], "http");
        assert_eq!(schemes[bearer]["scheme"], "bearer");
        assert_eq!(schemes[bearer]["bearerFormat"], "JWT");
    }
    assert_eq!(schemes["logto_session"]["type"], "apiKey");
    assert_eq!(schemes["logto_session"]["in"], "cookie");
}

#[test]
fn the_hidden_parameter_is_no_parameter_of_the_route() {
    let document = document();
    let order = &document["paths"]["/orders/{id}"]["get"];
    let names: Vec<(&str, &str)> = order["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("id", "path"), ("page", "query")]);
    assert_eq!(order["description"], "One order.");
    assert_eq!(order["tags"], json!(["orders"]));
    let invite = &document["paths"]["/orgs/{org_id}/invites"]["post"];
    assert_eq!(invite["parameters"].as_array().unwrap().len(), 1);
    assert!(
        invite["requestBody"]["content"].get("text/plain").is_some() || invite["requestBody"].is_object()
    );
}

#[test]
fn refusals_are_answers_too() {
    let document = document();
    let responses = &document["paths"]["/orders/{id}"]["get"]["responses"];
    for status in ["200", "401", "403", "503"] {
        assert!(responses[status].is_object(), "{status} in {responses}");
    }
    assert!(responses["403"]["content"]["application/problem+json"].is_object());
    let forbidden = responses["403"]["description"].as_str().unwrap();
    assert!(forbidden.contains("the scopes read:orders, read:prices"), "{forbidden}");
    assert!(forbidden.contains("one of the scopes shop, support"), "{forbidden}");
    let roles = document["paths"]["/both"]["get"]["responses"]["403"]["description"].as_str().unwrap();
    assert!(!roles.is_empty());
    assert!(document["paths"]["/"]["get"]["responses"].get("401").is_none());
}

#[test]
fn described_routes_are_guarded_all_the_same() {
    let figment = rocket::Config::figment()
        .merge(("log_level", "off"))
        .merge(("logto.endpoint", "http://127.0.0.1:9"))
        .merge(("logto.app_id", "an-app"))
        .merge(("logto.app_secret", "its-secret"))
        .merge(("logto.resources", ["https://shop.example/api"]));
    let rocket = rocket::custom(figment).attach(Logto::fairing()).mount("/", described().0);
    let client = Client::untracked(rocket).unwrap();
    let status = |path: &str| client.get(path.to_owned()).dispatch().status();
    for path in [
        "/orders/no-number",
        "/feed",
        "/upstream",
        "/both",
        "/admin",
        "/me",
        "/undescribed",
        "/undescribed/twice",
        "/local",
    ] {
        assert_eq!(status(path), Status::Unauthorized, "{path}");
    }
    assert_eq!(client.post("/orgs/a/invites").body("x").dispatch().status(), Status::Unauthorized);
    assert_eq!((status("/"), status("/perhaps")), (Status::Ok, Status::Ok));
}
