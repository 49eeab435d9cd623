//! What `{:?}` of the library's types tells: Rocket prints the errors of guards by it, and people print the rest.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, ALICE, ROCKET_APP, SHOPPING_API};
use logto_rocket::{
    AccessToken, AuthFailure, Error, Identity, Logto, MaybeUser, OrgToken, User, require_auth,
    with_access_token, with_org_token,
};
use logto_tests::{App, Browser, settings};
use rocket::http::Status;
use rocket::{Request, State, catch, catchers, get, routes};

use crate::alone;

const COOKIE_KEY: &str = "the-cookie-key-of-the-debug-test-0123456789";

/// Everything that was printed.
static PRINTED: Mutex<String> = Mutex::new(String::new());

fn print(what: &impl Debug) {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).push_str(&format!("{what:?}\n{what:#?}\n"));
}

#[with_access_token(resource = SHOPPING_API)]
#[get("/token")]
fn token(token: AccessToken, who: Identity, user: User, maybe: MaybeUser, logto: &State<Logto>) -> String {
    print(&token);
    print(&who);
    print(&user);
    print(&maybe);
    print(&logto);
    token.secret().to_owned()
}

#[with_org_token]
#[get("/orgs/<org_id>/token")]
fn org_token(org_id: &str, token: OrgToken) -> String {
    print(&token);
    print(&org_id);
    token.secret().to_owned()
}

/// Fetches what only Logto knows; its trouble is printed as an application would.
#[require_auth(via = "session")]
#[get("/info")]
async fn info(user: User) -> Result<String, Error> {
    match user.info().await {
        Ok(claims) => Ok(claims.sub),
        Err(error) => {
            print(&error);
            PRINTED.lock().unwrap_or_else(PoisonError::into_inner).push_str(&error.to_string());
            Err(error)
        }
    }
}

#[catch(default)]
fn refused(status: Status, request: &Request<'_>) -> String {
    let failure = AuthFailure::of(request);
    print(&failure);
    format!("{status}")
}

#[rocket::async_test]
async fn o02_nothing_prints_a_secret() {
    let _turn = alone().await;
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = settings(&tenant).merge(("logto.cookie_keys", [COOKIE_KEY]));
    print(&Logto::fairing());
    let rocket = rocket::custom(figment)
        .attach(Logto::fairing())
        .register("/", catchers![refused])
        .mount("/", routes![token, org_token, info]);
    let app = App::serve(rocket).await;
    let mut alice = Browser::new(&app);
    let mut secrets: BTreeSet<String> = [ROCKET_APP.secret, COOKIE_KEY].map(str::to_owned).into();
    alice.sign_in(&tenant, "alice").await;
    for path in ["/token".to_owned(), format!("/orgs/{ACME}/token")] {
        let answer = alice.fetch(path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        secrets.insert(answer.body.rsplit_once('.').unwrap().1.to_owned());
        secrets.insert(answer.body);
    }
    assert_eq!(alice.fetch("/info").await.body, ALICE);
    tenant.users().revoke_everything("alice").unwrap();
    assert_eq!(alice.fetch("/info").await.status, 401);
    assert_eq!(Browser::new(&app).fetch("/token").await.status, 401);
    for entry in tenant.journal().entries() {
        for name in ["code", "code_verifier", "refresh_token"] {
            secrets.extend(entry.param(name).map(str::to_owned));
        }
        secrets.extend(entry.header("authorization").map(str::to_owned));
    }
    secrets.extend(alice.jar.0.into_values().filter(|value| value.len() > 16));
    let printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(secrets.len() > 6 && printed.lines().count() > 30, "{printed}");
    for secret in &secrets {
        assert!(!printed.contains(secret.as_str()), "{secret} in {printed}");
    }
}
