//! An API alone: what it cannot have, and what the launch says of it.

use logto_rocket::store::MemoryStore;
use logto_rocket::{
    AccessToken, Identity, Logto, LogtoFairing, MaybeUser, OrgToken, SessionData, SessionValue, User,
    Webhook, Welcome, guarded, public, require_auth, with_access_token, with_org_token,
};
use logto_tests::{App, LogCapture, rocket_settings};
use rocket::figment::providers::{Format, Toml};
use rocket::serde::{Deserialize, Serialize};
use rocket::{Route, get, post, routes};

use crate::{alone, refused, toml};

const API: &str = r#"
[default.logto]
endpoint = "http://localhost:3001"
resources = ["https://orders.example.com/api"]
"#;

#[derive(Serialize, Deserialize, Default)]
#[serde(crate = "rocket::serde")]
struct Cart {}

impl SessionValue for Cart {
    const NAME: &'static str = "cart";
}

#[require_auth]
#[get("/fine")]
fn fine(who: Identity) -> String {
    who.subject().to_owned()
}

#[get("/user")]
fn api_by_user(_user: User) {}

#[get("/perhaps")]
fn api_by_optional_user(_user: Option<User>) {}

#[get("/maybe")]
fn api_by_maybe(_user: MaybeUser) {}

#[get("/cart")]
fn api_with_data(_cart: SessionData<Cart>) {}

#[post("/events", data = "<_webhook>")]
fn api_with_webhook(_webhook: Webhook) {}

#[require_auth(via = "session")]
#[get("/session")]
fn api_via_session() {}

#[require_auth(roles = "editor")]
#[get("/roles")]
fn api_with_roles() {}

#[require_auth(organization = "session", scopes = "read:orders")]
#[get("/current")]
fn api_of_current_organization() {}

#[with_access_token]
#[get("/token")]
fn api_with_token(token: AccessToken) {
    drop(token);
}

#[with_org_token]
#[get("/orgs/<org_id>")]
fn api_with_org_token(org_id: &str, token: OrgToken) -> &str {
    drop(token);
    org_id
}

#[public(sign_in = "silent")]
#[get("/silent")]
fn api_silent() {}

#[require_auth]
struct SignedInPerson(User);

#[get("/struct")]
fn api_by_struct(person: SignedInPerson) -> String {
    person.0.subject().to_owned()
}

#[require_auth(via = "session")]
struct BySession;

#[get("/area")]
fn area() {}

#[rocket::async_test]
async fn two_settings_launch_an_api_in_production() {
    for profile in ["debug", "release"] {
        let figment = toml(API).merge(("secret_key", "a".repeat(88))).select(profile);
        let rocket = rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![fine]);
        assert_eq!(refused(rocket).await, "nothing", "{profile}");
    }
}

#[rocket::async_test]
async fn what_needs_a_session_does_not_launch_and_names_the_settings() {
    let log_capture = LogCapture::listen();
    let cases: [(&str, Vec<Route>); 13] = [
        ("api_by_user", routes![api_by_user]),
        ("api_by_optional_user", routes![api_by_optional_user]),
        ("api_by_maybe", routes![api_by_maybe]),
        ("api_with_data", routes![api_with_data]),
        ("api_with_webhook", routes![api_with_webhook]),
        ("api_via_session", routes![api_via_session]),
        ("api_with_roles", routes![api_with_roles]),
        ("api_of_current_organization", routes![api_of_current_organization]),
        ("api_with_token", routes![api_with_token]),
        ("api_with_org_token", routes![api_with_org_token]),
        ("api_silent", routes![api_silent]),
        ("SignedInPerson", routes![api_by_struct]),
        ("BySession", guarded::<BySession>(routes![area])),
    ];
    for (name, routes) in cases {
        let rocket =
            rocket::custom(toml(API)).attach(Logto::fairing()).mount("/", routes![fine]).mount("/", routes);
        assert_eq!(refused(rocket).await, "sentinels", "{name}");
        assert!(
            log_capture.heard(&[name, "set `app_id` and `app_secret`", "`public_url` and `cookie_keys`"]),
            "{name}"
        );
    }
}

#[rocket::async_test]
async fn what_the_fairing_cannot_have_does_not_launch_either() {
    let log_capture = LogCapture::listen();
    let cases: [(&str, LogtoFairing); 4] = [
        ("session_store(..)", Logto::fairing().session_store(MemoryStore::new())),
        ("on_sign_in(..)", Logto::fairing().on_sign_in(async |_, _| Ok(Welcome::back()))),
        ("on_sign_out(..)", Logto::fairing().on_sign_out(async |_, _| {})),
        ("on_session_end(..)", Logto::fairing().on_session_end(async |_| {})),
    ];
    for (name, fairing) in cases {
        let rocket = rocket::custom(toml(API)).attach(fairing).mount("/", routes![fine]);
        assert_eq!(refused(rocket).await, "fairings", "{name}");
        assert!(log_capture.heard(&[name, "accepts only access tokens", "set `app_id`"]), "{name}");
    }
}

#[rocket::async_test]
async fn settings_of_sign_ins_are_refused_by_name() {
    let log_capture = LogCapture::listen();
    let figment = toml(&format!("{API}cookie_keys = [\"planted-secret\"]\nsession_idle = \"1h\"\n"));
    assert_eq!(refused(rocket::custom(figment).attach(Logto::fairing())).await, "fairings");
    assert!(
        log_capture.heard(&["cookie_keys: has no effect without `app_id`", "session_idle: has no effect"])
    );
    assert!(!log_capture.heard(&["cannot launch", "planted-secret"]));
    // Half of the credentials is a mistake, and no API.
    for (given, missing) in [("app_id", "app_secret: is missing"), ("app_secret", "app_id: is missing")] {
        let figment = toml(&format!("{API}{given} = \"x\"\n"));
        assert_eq!(refused(rocket::custom(figment).attach(Logto::fairing())).await, "fairings");
        assert!(log_capture.heard(&["cannot launch", missing]), "{given}");
    }
}

#[rocket::async_test]
async fn the_launch_says_that_it_is_an_api() {
    let log_capture = LogCapture::listen();
    let figment = rocket_settings()
        .merge(("logto.endpoint", "http://localhost:3001"))
        .merge(("logto.resources", ["https://said.example.com/api"]));
    let _alone = alone().await;
    let _app = App::serve(rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![fine])).await;
    assert!(
        log_capture
            .heard(&["`app_id` is not set", "accepts only access tokens for https://said.example.com/api"])
    );
}

#[rocket::async_test]
async fn a_secret_comes_from_a_file_beside_the_settings() {
    let log_capture = LogCapture::listen();
    let directory = std::env::temp_dir().join(format!("logto-secret-files-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("app-secret"), "planted-secret\n").unwrap();
    let launch = async |file: &str| {
        let settings = format!(
            "[default.logto]\nendpoint = \"http://localhost:3001\"\napp_id = \"a\"\napp_secret_file = \"{file}\"\n"
        );
        let path = directory.join("Rocket.toml");
        std::fs::write(&path, settings).unwrap();
        let figment = toml("").merge(Toml::file(&path).nested());
        refused(rocket::custom(figment).attach(Logto::fairing())).await
    };
    assert_eq!(launch("app-secret").await, "nothing");
    assert_eq!(launch("no-such-secret").await, "fairings");
    let path = directory.join("no-such-secret");
    assert!(log_capture.heard(&["app_secret_file: ", path.to_str().unwrap()]));
    assert!(!log_capture.heard(&["planted-secret"]));
    std::fs::remove_dir_all(&directory).unwrap();
}
