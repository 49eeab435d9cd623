//! Settings that launch and are hardly meant, and what is said where the fairing is missing.

use logto_dev::Tenant;
use logto_rocket::{AuthFailure, Identity, Logto, MaybeUser, User, Webhook, public, require_auth};
use logto_tests::{App, Browser, LogCapture, settings};
use rocket::local::asynchronous::Client;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, catch, catchers, get, post, routes};

use crate::{ENOUGH, alone, refused, toml};

async fn launch(settings: &str) -> &'static str {
    refused(rocket::custom(toml(settings)).attach(Logto::fairing())).await
}

/// The one message that holds all of these texts.
fn message(log_capture: &LogCapture, texts: &[&str]) -> String {
    let lines = log_capture.lines();
    let found: Vec<&str> = lines
        .iter()
        .map(|line| line.text.as_str())
        .filter(|line| texts.iter().all(|text| line.contains(text)))
        .collect();
    assert_eq!(found.len(), 1, "{texts:?}: {found:?}");
    found[0].to_owned()
}

#[rocket::async_test]
async fn field_22_a_prompt_without_consent_is_warned_about() {
    let log_capture = LogCapture::listen();
    for prompt in ["login", "login login"] {
        assert_eq!(launch(&format!("{ENOUGH}prompt = \"{prompt}\"")).await, "nothing");
        let said = message(log_capture, &[&format!("prompt = \"{prompt}\"")]);
        for part in ["refresh token", "consent", "fix: write prompt = \"", "consent\""] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
        let level = log_capture.lines().iter().find(|line| line.text == said).map(|line| line.level);
        assert_eq!(level, Some(log::Level::Warn));
    }
    for prompt in ["consent", "login consent", "consent login"] {
        assert_eq!(launch(&format!("{ENOUGH}prompt = \"{prompt}\"")).await, "nothing");
        assert!(!log_capture.heard(&[&format!("prompt = \"{prompt}\" lacks")]), "{prompt}");
    }
}

#[rocket::async_test]
async fn field_22_a_port_that_the_system_picks_needs_a_public_url() {
    let log_capture = LogCapture::listen();
    let picked = |settings: &str| toml(settings).merge(("port", 0));
    let fairing = |settings: &str| rocket::custom(picked(settings)).attach(Logto::fairing());
    let marked = format!("{ENOUGH}no_such_setting_but_this = 1");
    assert_eq!(refused(fairing(&marked)).await, "fairings");
    let said = message(log_capture, &["no_such_setting_but_this"]);
    for part in ["public_url: is missing", "`port` is 0", "ROCKET_PORT", "set public_url = "] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let with_url = format!("{ENOUGH}public_url = \"http://localhost:8000\"");
    assert_eq!(refused(fairing(&with_url)).await, "nothing");
    // No address with port 0 can be reached, wherever it stands.
    for (setting, value) in [
        ("public_url", "http://localhost:0"),
        ("public_url", "https://app.example.com:0"),
        ("post_sign_out_url", "http://localhost:0/bye"),
        ("internal_endpoint", "http://logto:0"),
    ] {
        assert_eq!(launch(&format!("{ENOUGH}{setting} = \"{value}\"")).await, "fairings", "{setting}");
    }
}

#[rocket::async_test]
async fn field_22_what_redis_needs_is_told_in_one_launch() {
    let log_capture = LogCapture::listen();
    let settings = format!("{ENOUGH}session_store = \"redis\"\nno_such_setting_for_redis = 1");
    assert_eq!(launch(&settings).await, "fairings");
    let said = message(log_capture, &["no_such_setting_for_redis"]);
    for part in ["redis_url: is missing", "set cookie_keys"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let settings = format!("{ENOUGH}redis_url = \"redis:/nowhere\"\nno_such_setting_for_the_address = 1");
    assert_eq!(launch(&settings).await, "fairings");
    let said = message(log_capture, &["no_such_setting_for_the_address"]);
    let is_built = cfg!(feature = "redis");
    assert_eq!(said.contains("redis_url: is not a Redis URL"), is_built, "{said}");
    assert_eq!(said.contains("features = [\"redis\"]"), !is_built, "{said}");
}

#[get("/field/optional")]
fn field_optional(user: Option<User>, admin: Result<FieldAdmin, AuthFailure>) -> String {
    format!("{} {}", user.is_some(), admin.is_ok())
}

#[rocket::async_test]
async fn field_03_a_launch_that_is_denied_names_the_optional_guards() {
    let log_capture = LogCapture::listen();
    let settings = format!("{ENOUGH}resources = [\"https://shop.example/api\"]\nunguarded = \"deny\"");
    let rocket = rocket::custom(toml(&settings)).attach(Logto::fairing());
    assert_eq!(refused(rocket.mount("/denied", routes![field_optional])).await, "sentinels");
    let said = message(log_capture, &["/denied/", "no guard"]);
    for part in ["GET /denied/field/optional (optional: User, FieldAdmin)", "admits everybody", "#[public]"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}

#[rocket::async_test]
async fn field_09_the_setting_names_applications() {
    for wrong in ["[\"\"]", "[\" spa\"]", "[7]", "true"] {
        assert_eq!(launch(&format!("{ENOUGH}bearer_clients = {wrong}")).await, "fairings", "{wrong}");
    }
    for good in ["[]", "[\"spa\", \"m2m\"]", "\"spa\""] {
        assert_eq!(launch(&format!("{ENOUGH}bearer_clients = {good}")).await, "nothing", "{good}");
    }
    assert!(LogCapture::listen().heard(&["bearer_clients is empty", "any application", "fix: "]));
}

#[require_auth(scopes = "read:orders")]
struct FieldAdmin(Identity);

#[require_auth]
#[get("/field/attribute")]
fn field_attribute() {}

#[get("/field/maybe")]
fn field_maybe(user: MaybeUser) -> String {
    format!("{user:?}")
}

#[get("/field/identity")]
fn field_identity(who: Option<Identity>) -> String {
    who.is_some().to_string()
}

#[get("/field/struct")]
fn field_struct(admin: FieldAdmin) -> String {
    admin.0.subject().to_owned()
}

#[post("/field/hook", data = "<hook>")]
fn field_hook(hook: Webhook) -> String {
    hook.event().to_owned()
}

#[public]
#[get("/field/public")]
fn field_public() {}

const ATTACH: &str = ".attach(Logto::fairing())";

#[rocket::async_test]
async fn field_35_without_the_fairing_one_message_names_every_handler() {
    let log_capture = LogCapture::listen();
    let mounted =
        routes![field_public, field_maybe, field_attribute, field_identity, field_struct, field_hook];
    let rocket = rocket::custom(toml("")).mount("/together", mounted);
    assert_eq!(refused(rocket).await, "sentinels");
    let said = message(log_capture, &["/together/", "fairing is missing"]);
    for part in [
        "the fairing is missing",
        ATTACH,
        "GET /together/field/maybe: `field_maybe` with a parameter of type `MaybeUser`",
        "GET /together/field/attribute: `field_attribute` with `#[require_auth]` on `",
        "GET /together/field/identity: `field_identity` with a parameter of type `Identity`",
        "GET /together/field/struct: `field_struct` with `#[require_auth]` on `",
        "::FieldAdmin` (",
        "POST /together/field/hook: `field_hook` with a parameter of type `Webhook`",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    assert!(!said.contains("field_public"), "it needs nothing: {said}");
    for inside in ["#[MaybeUser]", "#[Identity]", "#[Webhook]", "guard/user.rs", "guard/identity.rs"] {
        assert!(!said.contains(inside), "{inside} stands in {said}");
    }
}

/// Alone, each guard says the same of its handler.
#[rocket::async_test]
async fn field_35_every_guard_names_its_handler() {
    let log_capture = LogCapture::listen();
    for (base, handler, routes) in [
        ("/one", "field_maybe", routes![field_maybe]),
        ("/two", "field_attribute", routes![field_attribute]),
        ("/three", "field_identity", routes![field_identity]),
        ("/four", "field_struct", routes![field_struct]),
        ("/five", "field_hook", routes![field_hook]),
    ] {
        assert_eq!(refused(rocket::custom(toml("")).mount(base, routes)).await, "sentinels", "{handler}");
        let said = message(log_capture, &[&format!(" {base}/field"), handler, "fairing is missing"]);
        assert!(said.contains("the fairing is missing") && said.contains(ATTACH), "{said}");
    }
}

/// A guard of the application's own, which no launch check sees.
macro_rules! custom_guard {
    ($name:ident, $asked:ty) => {
        struct $name;

        #[rocket::async_trait]
        impl<'r> FromRequest<'r> for $name {
            type Error = ();

            async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
                match request.guard::<$asked>().await {
                    Outcome::Success(_) => Outcome::Success($name),
                    Outcome::Error((status, _)) => Outcome::Error((status, ())),
                    Outcome::Forward(status) => Outcome::Forward(status),
                }
            }
        }
    };
}

custom_guard!(AsksUser, User);
custom_guard!(AsksMaybe, MaybeUser);
custom_guard!(AsksIdentity, Identity);
custom_guard!(AsksStruct, FieldAdmin);

#[get("/custom/user")]
fn custom_user(_guard: AsksUser) {}

#[get("/custom/maybe")]
fn custom_maybe(_guard: AsksMaybe) {}

#[get("/custom/identity")]
fn custom_identity(_guard: AsksIdentity) {}

#[get("/custom/struct")]
fn custom_struct(_guard: AsksStruct) {}

#[catch(404)]
async fn curious(request: &Request<'_>) -> String {
    request.guard::<User>().await.is_success().to_string()
}

#[rocket::async_test]
async fn field_35_a_custom_guard_without_the_fairing_is_told_as_well() {
    let log_capture = LogCapture::listen();
    let client = {
        let _alone = alone().await;
        let rocket = rocket::custom(toml(""))
            .mount("/", routes![custom_user, custom_maybe, custom_identity, custom_struct])
            .register("/", catchers![curious]);
        Client::untracked(rocket).await.unwrap()
    };
    for (path, handler, guard) in [
        ("/custom/user", "custom_user", "`User`"),
        ("/custom/maybe", "custom_maybe", "`MaybeUser`"),
        ("/custom/identity", "custom_identity", "`Identity`"),
        ("/custom/struct", "custom_struct", "::FieldAdmin`"),
    ] {
        let _alone = alone().await;
        assert_eq!(client.get(path).dispatch().await.status().code, 500, "{path}");
        let said = message(log_capture, &[&format!("GET {path}"), "fairing"]);
        for part in ["the fairing is missing", handler, guard, ATTACH] {
            assert!(said.contains(part), "{part} is missing in {said}");
        }
    }
    let _alone = alone().await;
    assert_eq!(client.get("/nowhere").dispatch().await.into_string().await.as_deref(), Some("false"));
    assert!(message(log_capture, &["the fairing is missing", "a catcher"]).contains(ATTACH));
}

/// With the fairing, and without the API resource that the scopes belong to: no launch check has looked at the guard.
#[rocket::async_test]
async fn field_35_a_guard_that_no_launch_check_sees_says_what_it_lacks() {
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = settings(&tenant).merge(("logto.resources", [""; 0]));
    let app = {
        let _alone = alone().await;
        let rocket = rocket::custom(figment).attach(Logto::fairing());
        App::serve(rocket.mount("/unseen", routes![custom_struct])).await
    };
    let mut browser = Browser::new(&app);
    browser.sign_in(&tenant, "alice").await;
    let _alone = alone().await;
    assert_eq!(browser.fetch("/unseen/custom/struct").await.status, 500);
    let said = message(log_capture, &["FieldAdmin", "no API resource is configured"]);
    assert!(said.contains("fix: set `resources = "), "{said}");
}

#[rocket::async_test]
async fn field_35_missing_signing_keys_name_the_handler() {
    let log_capture = LogCapture::listen();
    let rocket = rocket::custom(toml(ENOUGH)).attach(Logto::fairing()).mount("/keyless", routes![field_hook]);
    assert_eq!(refused(rocket).await, "sentinels");
    let said = message(log_capture, &["/keyless/", "signing_keys"]);
    for part in ["`webhook_signing_keys` is not set", "field_hook", "fix: "] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}

/// What the failure of a guard without the fairing says to a catcher.
#[rocket::async_test]
async fn field_35_the_failure_is_a_misconfiguration() {
    #[catch(500)]
    fn why(request: &Request<'_>) -> &'static str {
        AuthFailure::of(request).map_or("", |failure| failure.code())
    }
    let client = {
        let _alone = alone().await;
        let rocket =
            rocket::custom(toml("")).mount("/why", routes![custom_user]).register("/", catchers![why]);
        Client::untracked(rocket).await.unwrap()
    };
    let answer = client.get("/why/custom/user").dispatch().await;
    assert_eq!(answer.into_string().await.as_deref(), Some("misconfigured"));
}
