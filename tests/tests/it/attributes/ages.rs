//! How old the roles and scopes may be that decide.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ACME, ALICE, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_rocket::{AccessToken, Clock, Identity, Logto, User, require_auth, with_access_token};
use logto_tests::{App, Browser, SharedStore, param, path_of, settings};
use rocket::figment::Figment;
use rocket::{get, routes};
use serde_json::{Value, json};

/// A little more than what the setting allows when nobody sets it.
const TOO_OLD: Duration = Duration::from_secs(301);

#[require_auth(roles = "shop-user")]
#[get("/alone")]
fn alone() -> &'static str {
    "in"
}

#[require_auth(any_role = "owner shop-user")]
#[get("/any")]
fn any() -> &'static str {
    "in"
}

#[require_auth(roles = "shop-user")]
#[get("/identity")]
fn identity(_who: Identity) -> &'static str {
    "in"
}

#[require_auth(roles = "shop-user")]
#[get("/user")]
fn user(_user: User) -> &'static str {
    "in"
}

#[require_auth(roles = "shop-user")]
struct Customer(Identity);

#[get("/struct")]
fn named(customer: Customer) -> &'static str {
    assert!(!customer.0.subject().is_empty());
    "in"
}

#[with_access_token(roles = "shop-user", resource = SHOPPING_API)]
#[get("/token")]
fn token(token: AccessToken) -> &'static str {
    assert!(!token.secret().is_empty());
    "in"
}

#[require_auth(roles = "admin", organization = "<org_id>")]
#[get("/orgs/<org_id>")]
fn admins(org_id: &str) -> &'static str {
    assert_eq!(org_id, ACME);
    "in"
}

#[require_auth(scopes = "write:orders")]
#[get("/scope")]
fn scope() -> &'static str {
    "in"
}

const PATHS: [&str; 6] = ["/alone", "/any", "/identity", "/user", "/struct", "/token"];

fn keyed(figment: Figment) -> Figment {
    figment.merge(("logto.cookie_keys", ["a key that outlives the application, 32 or more"]))
}

async fn serve(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> App {
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let routes = routes![alone, any, identity, user, named, token, admins, scope];
    let figment = change(keyed(settings(tenant)));
    App::serve(rocket::custom(figment).attach(fairing).mount("/", routes)).await
}

async fn alice_at(tenant: &Tenant, app: &App) -> Browser {
    let mut alice = Browser::new(app);
    alice.sign_in(tenant, "alice").await;
    alice
}

async fn says(browser: &mut Browser, path: &str) -> (u16, String) {
    let answer = browser.fetch(path).await;
    (answer.status, answer.code())
}

fn refused() -> (u16, String) {
    (403, "missing_role".to_owned())
}

#[rocket::async_test]
async fn field_04_a_removed_role_does_not_decide_after_five_minutes() {
    for store in ["cookie", "memory"] {
        for path in PATHS {
            let tenant = Tenant::recorded().start().await.unwrap();
            let app = serve(&tenant, |figment| figment.merge(("logto.session_store", store))).await;
            let mut alice = alice_at(&tenant, &app).await;
            assert_eq!(says(&mut alice, path).await.0, 200, "{store} {path}");
            tenant.users().take_role("alice", "shop-user").unwrap();
            tenant.clock().advance(TOO_OLD);
            assert_eq!(says(&mut alice, path).await, refused(), "{store} {path}: the first request");
            assert_eq!(says(&mut alice, path).await, refused(), "{store} {path}: and the next");
            tenant.users().give_role("alice", "shop-user").unwrap();
            tenant.clock().advance(TOO_OLD);
            assert_eq!(says(&mut alice, path).await.0, 200, "{store} {path}: given back");
        }
    }
}

#[rocket::async_test]
async fn field_04_a_role_that_was_taken_in_an_organization_does_not_decide_either() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = serve(&tenant, |figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = alice_at(&tenant, &app).await;
        let path = format!("/orgs/{ACME}");
        assert_eq!(says(&mut alice, &path).await.0, 200, "{store}");
        tenant.users().join("alice", ACME, ["member"]).unwrap();
        tenant.clock().advance(TOO_OLD);
        assert_eq!(says(&mut alice, &path).await, refused(), "{store}");
    }
}

/// The cookie is as old as what it says.
#[rocket::async_test]
async fn field_04_an_older_cookie_brings_no_role_back_after_a_restart() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let in_cookies = |figment: Figment| figment.merge(("logto.session_store", "cookie"));
    let app = serve(&tenant, in_cookies).await;
    let mut alice = alice_at(&tenant, &app).await;
    assert_eq!(says(&mut alice, "/identity").await.0, 200);
    let older = alice.clone();
    tenant.users().take_role("alice", "shop-user").unwrap();
    tenant.clock().advance(TOO_OLD);
    assert_eq!(says(&mut alice, "/identity").await, refused());
    drop(app);
    let app = serve(&tenant, in_cookies).await;
    for path in PATHS {
        assert_eq!(says(&mut older.at(&app), path).await, refused(), "{path}");
    }
}

#[rocket::async_test]
async fn field_04_while_logto_is_down_old_roles_do_not_decide_and_nobody_is_signed_out() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = serve(&tenant, |figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = alice_at(&tenant, &app).await;
        assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store}");
        for endpoint in [Endpoint::Token, Endpoint::UserInfo] {
            tenant.faults().on(endpoint).status(503);
        }
        assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store}: they are young enough");
        tenant.clock().advance(TOO_OLD);
        let unavailable = (503, "logto_unavailable".to_owned());
        assert_eq!(says(&mut alice, "/alone").await, unavailable, "{store}");
        assert!(!alice.jar.session().is_empty(), "{store}: still signed in");
        tenant.faults().clear();
        tenant.clock().advance(Duration::from_secs(30));
        assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store}");
    }
}

#[rocket::async_test]
async fn field_04_the_setting_bounds_roles_and_scopes() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let change = |figment: Figment| {
            figment.merge(("logto.session_store", store)).merge(("logto.authorization_max_age", "1m"))
        };
        let app = serve(&tenant, change).await;
        let mut alice = alice_at(&tenant, &app).await;
        for path in ["/alone", "/scope"] {
            assert_eq!(says(&mut alice, path).await.0, 200, "{store} {path}");
        }
        tenant.users().leave("alice", ACME).unwrap();
        tenant.users().take_role("alice", "shop-user").unwrap();
        tenant.clock().advance(Duration::from_secs(30));
        for path in ["/alone", "/scope"] {
            assert_eq!(says(&mut alice, path).await.0, 200, "{store} {path}: within the minute");
        }
        tenant.clock().advance(Duration::from_secs(31));
        assert_eq!(says(&mut alice, "/alone").await, refused(), "{store}");
        assert_eq!(says(&mut alice, "/scope").await, (403, "insufficient_scope".to_owned()), "{store}");
    }
}

/// Without the setting, scopes are those of the token for as long as it lives.
#[rocket::async_test]
async fn field_04_one_refresh_in_five_minutes_is_enough_for_roles_and_none_for_scopes() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = serve(&tenant, |figment| figment).await;
    let mut alice = alice_at(&tenant, &app).await;
    assert_eq!(says(&mut alice, "/scope").await.0, 200);
    tenant.clock().advance(TOO_OLD);
    let before = tenant.journal().count(Endpoint::Token);
    for _ in 0..3 {
        assert_eq!(says(&mut alice, "/scope").await.0, 200);
    }
    assert_eq!(tenant.journal().count(Endpoint::Token), before);
    for _ in 0..3 {
        assert_eq!(says(&mut alice, "/alone").await.0, 200);
    }
    assert_eq!(tenant.journal().count(Endpoint::Token), before + 1);
}

/// A refresh in the very request shows that the role is gone, although it is young enough to decide.
#[rocket::async_test]
async fn field_04_what_a_request_learns_by_a_refresh_counts_for_that_request() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let change = |figment: Figment| {
            figment.merge(("logto.session_store", store)).merge(("logto.authorization_max_age", "5h"))
        };
        let app = serve(&tenant, change).await;
        let mut alice = alice_at(&tenant, &app).await;
        for path in ["/identity", "/struct", "/token"] {
            assert_eq!(says(&mut alice, path).await.0, 200, "{store} {path}");
        }
        tenant.users().take_role("alice", "shop-user").unwrap();
        // The access token has ended: an `Identity` needs another one for its scopes.
        tenant.clock().advance(Duration::from_secs(3601));
        for path in ["/identity", "/struct", "/token"] {
            let mut copy = alice.clone();
            if store == "cookie" {
                assert_eq!(says(&mut copy, path).await, refused(), "{store} {path}");
            }
        }
        assert_eq!(says(&mut alice, "/identity").await, refused(), "{store}");
    }
}

/// Signs alice in with an ID token that has these claims besides those that it must have, and an opaque token that
/// is good for the userinfo endpoint.
async fn alice_with(tenant: &Tenant, app: &App, claims: Value, refresh_token: Option<&str>) -> Browser {
    let mut alice = Browser::new(app);
    let at_logto = alice.begin("/alone").await;
    let now = tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut all = json!({
        "iss": tenant.issuer(), "aud": ROCKET_APP.id, "sub": ALICE, "iat": now, "exp": now + 3600,
        "nonce": param(&at_logto, "nonce").unwrap(),
    });
    let (members, claims) = (all.as_object_mut().unwrap(), claims.as_object().unwrap().clone());
    members.extend(claims);
    let header = json!({ "alg": "ES384", "kid": tenant.keys().ids()[0] });
    let mut body = json!({
        "access_token": tenant.access_token(Issue::user("alice").scopes(["openid", "roles"])).unwrap(),
        "token_type": "Bearer", "expires_in": 3600, "scope": "openid roles",
        "id_token": tenant.keys().sign(&header, &all).unwrap(),
    });
    if let Some(refresh_token) = refresh_token {
        body["refresh_token"] = refresh_token.into();
    }
    let callback = path_of(&tenant.sign_in(at_logto, "alice").await.unwrap());
    tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::StatusWithBody(200, body.to_string()));
    alice.open(callback).await;
    tenant.faults().clear();
    alice
}

/// A tenant may keep roles out of ID tokens, and a sign-in may bring no refresh token.
#[rocket::async_test]
async fn field_04_roles_of_the_userinfo_endpoint_are_bounded_as_well() {
    for store in ["cookie", "memory"] {
        for (claims, refresh_token) in [
            (json!({}), Some("none-that-is-good")),
            (json!({ "roles": ["shop-user"] }), None),
            (json!({ "roles": null }), None),
        ] {
            let tenant = Tenant::recorded().start().await.unwrap();
            let app = serve(&tenant, |figment| figment.merge(("logto.session_store", store))).await;
            let mut alice = alice_with(&tenant, &app, claims.clone(), refresh_token).await;
            assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store} {claims}");
            tenant.users().take_role("alice", "shop-user").unwrap();
            tenant.clock().advance(Duration::from_secs(290));
            assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store} {claims}: young enough");
            tenant.clock().advance(Duration::from_secs(11));
            tenant.faults().on(Endpoint::UserInfo).status(503);
            assert_eq!(
                says(&mut alice, "/alone").await,
                (503, "logto_unavailable".to_owned()),
                "{store} {claims}"
            );
            tenant.faults().clear();
            tenant.clock().advance(Duration::from_secs(10));
            assert_eq!(says(&mut alice, "/alone").await, refused(), "{store} {claims}");
        }
    }
}

/// What lies in the future is of no known age.
#[rocket::async_test]
async fn field_04_a_clock_that_is_set_back_makes_no_role_younger() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = serve(&tenant, |figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = alice_at(&tenant, &app).await;
        assert_eq!(says(&mut alice, "/alone").await.0, 200, "{store}");
        tenant.users().take_role("alice", "shop-user").unwrap();
        tenant.clock().turn_back(Duration::from_secs(40));
        assert_eq!(says(&mut alice, "/alone").await, refused(), "{store}");
    }
}

#[rocket::async_test]
async fn field_04_processes_that_share_a_store_share_what_was_learnt() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let store = SharedStore::new();
    let mut apps = Vec::new();
    for _ in 0..2 {
        let clock = tenant.clock().clone();
        let fairing = Logto::fairing().clock(Clock::new(move || clock.now())).session_store(store.clone());
        let rocket = rocket::custom(keyed(settings(&tenant))).attach(fairing);
        apps.push(App::serve(rocket.mount("/", routes![alone])).await);
    }
    let mut alice = alice_at(&tenant, &apps[0]).await;
    let mut there = alice.at(&apps[1]);
    tenant.users().take_role("alice", "shop-user").unwrap();
    tenant.clock().advance(TOO_OLD);
    assert_eq!(says(&mut alice, "/alone").await, refused());
    let before = tenant.journal().count(Endpoint::Token);
    assert_eq!(says(&mut there, "/alone").await, refused());
    assert_eq!(tenant.journal().count(Endpoint::Token), before, "one refresh for both");
}
