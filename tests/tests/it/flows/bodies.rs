//! What the answers say, beyond their status.

use logto_dev::recorded::{ACME, ALICE, BOB, CAROL, GLOBEX, M2M_APP, SHOPPING_API};
use logto_dev::{Endpoint, Issue};
use logto_tests::{Ask, Bench};
use serde_json::{Value, json};

/// The order of scopes says nothing.
fn sorted(scopes: &Value) -> Value {
    let mut scopes = scopes.as_array().cloned().unwrap_or_default();
    scopes.sort_by_key(Value::to_string);
    Value::Array(scopes)
}

#[rocket::async_test]
async fn whoami_tells_person_credential_and_scopes() {
    let bench = Bench::storefront().await;
    let everything = json!(["delete:orders", "read:orders", "write:orders"]);
    for (user, id, scopes) in [
        ("alice", ALICE, everything.clone()),
        ("bob", BOB, json!([])),
        // Logto puts what an organization role gives into the plain token too.
        ("carol", CAROL, json!(["read:orders"])),
    ] {
        let mut whoami = bench.signed_in(user).await.fetch("/api/whoami").await.json();
        whoami["scopes"] = sorted(&whoami["scopes"]);
        let expected =
            json!({ "sub": id, "kind": "user", "via": "session", "scopes": scopes, "organization": null });
        assert_eq!(whoami, expected);
    }
    let machine = bench.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    let mut whoami = bench.call(Ask::get("/api/whoami").bearer(&machine)).await.json();
    whoami["scopes"] = sorted(&whoami["scopes"]);
    let expected = json!({ "sub": M2M_APP.id, "kind": "machine", "via": "bearer", "scopes": everything, "organization": null });
    assert_eq!(whoami, expected);
}

#[rocket::async_test]
async fn orders_are_placed_listed_and_deleted() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let placed =
        Ask::post("/api/orders").script().body("application/json", r#"{"item":"Sencha","quantity":2}"#);
    let order = alice.send(placed).await;
    assert_eq!((order.status, order.json()["item"].as_str()), (201, Some("Sencha")));
    let listed = alice.fetch("/api/orders").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 4);
    assert_eq!(alice.send(Ask::new("DELETE", "/api/orders/4").script()).await.status, 204);
    assert_eq!(alice.fetch("/api/orders").await.json().as_array().unwrap().len(), 3);
}

/// Rocket turns a form's `_method` into the method: the guard of the route that results must answer.
#[rocket::async_test]
async fn a_form_that_deletes_is_guarded_as_a_deletion() {
    let bench = Bench::storefront().await;
    let form = || {
        Ask::post("/api/orders/1").navigation().body("application/x-www-form-urlencoded", "_method=DELETE")
    };
    let mut bob = bench.signed_in("bob").await;
    assert_eq!(bob.send(form()).await.status, 403);
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.send(form()).await.status, 204);
    assert_eq!(alice.fetch("/api/orders").await.json().as_array().unwrap().len(), 2);
}

#[rocket::async_test]
async fn m05_a_body_is_not_read_for_who_may_not_send_it() {
    let bench = Bench::storefront().await;
    let broken = Ask::post("/api/orders").script().body("application/json", "{");
    assert_eq!(bench.call(broken.clone()).await.status, 401);
    assert_eq!(bench.signed_in("bob").await.send(broken.clone()).await.status, 403);
    assert_eq!(bench.signed_in("alice").await.send(broken).await.status, 400);
}

#[rocket::async_test]
async fn upstream_is_called_with_the_persons_own_token() {
    let bench = Bench::storefront().await;
    let answer = bench.signed_in("alice").await.fetch("/api/upstream").await.json();
    assert_eq!(answer["audience"], SHOPPING_API);
    assert_eq!(sorted(&answer["scopes"]), json!(["delete:orders", "read:orders", "write:orders"]));
    assert_eq!(
        (&answer["upstream"]["status"], &answer["upstream"]["body"][0]["item"]),
        (&json!(200), &json!("Teapot"))
    );
    let answer = bench.signed_in("bob").await.fetch("/api/upstream").await.json();
    assert_eq!((&answer["scopes"], &answer["upstream"]["status"]), (&json!([]), &json!(403)));
}

#[rocket::async_test]
async fn organization_routes_tell_the_organization_and_its_scopes() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let members = alice.fetch(format!("/orgs/{ACME}/members")).await.json();
    assert_eq!(members["organization"], ACME);
    let scopes: Vec<&str> = members["scopes"].as_array().unwrap().iter().filter_map(|s| s.as_str()).collect();
    assert!(scopes.contains(&"invite:member") && scopes.contains(&"manage:billing"), "{scopes:?}");
    let mut carol = bench.signed_in("carol").await;
    for organization in [ACME, GLOBEX] {
        let invited = carol.send(Ask::post(format!("/orgs/{organization}/invites")).script()).await.json();
        assert_eq!(
            invited,
            json!({ "organization": organization, "invited": true, "scopes": ["invite:member"] })
        );
        let orders = carol.fetch(format!("/orgs/{organization}/orders")).await.json();
        assert_eq!(orders[0]["organization"], organization);
    }
}

#[rocket::async_test]
async fn userinfo_is_asked_of_logto_and_pages_know_names() {
    let bench = Bench::storefront().await;
    let mut alice = bench.signed_in("alice").await;
    let info = alice.fetch("/api/userinfo").await.json();
    assert_eq!((&info["sub"], &info["custom_data"]["plan"]), (&json!(ALICE), &json!("gold")));
    assert_eq!(info["organization_data"][0]["name"], "Acme");
    assert_eq!(bench.count(Endpoint::UserInfo), 1);
    let home = alice.open("/").await.body;
    assert!(home.contains("Hello Alice Example") && home.contains("Organization Acme"), "{home}");
    let profile = alice.open("/profile").await.body;
    assert!(profile.contains("alice@example.com"), "{profile}");
    let carol = bench.signed_in("carol").await.open("/profile").await.body;
    assert!(carol.contains("Carol Ünïcode 😀"), "{carol}");
    // Bob has neither a name nor an address: the user name has to do.
    let bob = bench.signed_in("bob").await.open("/").await.body;
    assert!(bob.contains("Hello bob"), "{bob}");
}

#[rocket::async_test]
async fn the_user_endpoint_tells_claims_and_no_token() {
    let bench = Bench::storefront().await;
    let nobody = bench.call(Ask::get("/logto/user").script()).await;
    assert_eq!(nobody.json(), json!({ "isAuthenticated": false }));
    let answer = bench.signed_in("alice").await.fetch("/logto/user").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let user = answer.json();
    assert_eq!((&user["isAuthenticated"], &user["claims"]["sub"]), (&json!(true), &json!(ALICE)));
    assert_eq!(user["claims"]["email"], "alice@example.com");
    for protocol in ["iss", "aud", "exp", "iat", "nonce", "id_token", "access_token", "refresh_token"] {
        assert!(user["claims"].get(protocol).is_none(), "{protocol} in {user}");
    }
}
