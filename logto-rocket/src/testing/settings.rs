//! The settings of an application under test: its own, with the tenant of the tests in place of any other.

use std::sync::LazyLock;

use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};
use rocket::Config;

use super::keys::opaque;
use super::tenant::ENDPOINT;

/// Names the tenant of the tests in the settings.
const SETTING: &str = "testing";
/// Says that the application is an API alone.
const API_SETTING: &str = "testing_api";

/// The value of the setting. It is random, and known in this process alone: no file and no environment variable can
/// switch a server to the tenant of the tests.
static MARK: LazyLock<String> = LazyLock::new(opaque);

/// Settings that are replaced: they lead to a real tenant, to other servers, or are secrets of a deployment.
const REPLACED: [&str; 15] = [
    "endpoint",
    "internal_endpoint",
    "app_secret",
    "app_secret_file",
    "machine_app_secret",
    "machine_app_secret_file",
    "cookie_keys",
    "cookie_keys_file",
    "redis_url",
    "redis_url_file",
    "redis_prefix",
    "audit_key",
    "audit_key_file",
    SETTING,
    API_SETTING,
];
const WEBHOOK_KEYS_FILE: &str = "webhook_signing_keys_file";

/// The system picks the port.
pub(super) const PORT_OF_SYSTEM: u16 = 0;

/// The id of an application that has none in its settings.
const APP_ID: &str = "application-under-test";

/// The setting that names the tenant of the tests, in every profile.
pub(super) fn marked(figment: Figment, is_api: bool) -> Figment {
    let figment = figment.merge(Serialized::global(&format!("logto.{SETTING}"), MARK.as_str()));
    if is_api { figment.merge(Serialized::global(&format!("logto.{API_SETTING}"), true)) } else { figment }
}

/// The same, with a port that the system picks.
pub(super) fn with_port_of_system(figment: Figment) -> Figment {
    figment.merge(Serialized::global(Config::PORT, PORT_OF_SYSTEM))
}

/// The settings with which the application runs, if `settings` name the tenant of the tests.
pub(super) fn under_test(settings: &Value) -> Option<Value> {
    let Value::Dict(tag, dict) = settings else { return None };
    if dict.get(SETTING)?.as_str()? != *MARK {
        return None;
    }
    Some(Value::Dict(*tag, replaced(dict)))
}

/// The application's id in the settings with which it runs. Empty for an API alone.
pub(super) fn app_id_of(settings: &Value) -> String {
    let app_id = settings.find_ref("app_id").and_then(Value::as_str);
    app_id.unwrap_or_default().to_owned()
}

fn replaced(own: &Dict) -> Dict {
    let is_api = own.contains_key(API_SETTING) || own.contains_key("endpoint") && !own.contains_key("app_id");
    let mut dict = own.clone();
    dict.retain(|name, _| !REPLACED.contains(&name.as_str()));
    dict.insert("endpoint".to_owned(), Value::from(ENDPOINT));
    if is_api {
        dict.remove("app_id");
    } else {
        let mut set = |name: &str, value: Value| dict.insert(name.to_owned(), value);
        set("app_id", own.get("app_id").cloned().unwrap_or_else(|| Value::from(APP_ID)));
        set("app_secret", Value::from(opaque()));
    }
    if own.contains_key("machine_app_id") {
        dict.insert("machine_app_secret".to_owned(), Value::from(opaque()));
    }
    if own.get("session_store").and_then(Value::as_str) == Some("redis") {
        dict.insert("session_store".to_owned(), Value::from("memory"));
    }
    // The route for webhooks stays mounted. A key that stands in the settings themselves stays, so that a test can sign a
    // delivery with it.
    if own.contains_key(WEBHOOK_KEYS_FILE) {
        dict.remove(WEBHOOK_KEYS_FILE);
        dict.insert("webhook_signing_keys".to_owned(), Value::from(vec![opaque()]));
    }
    dict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under_test_with(toml: &[(&str, &str)]) -> Option<Value> {
        let own = toml.iter().fold(Figment::new(), |figment, (name, value)| {
            figment.merge(Serialized::default(&format!("logto.{name}"), value))
        });
        under_test(&marked(own, false).find_value("logto").expect("settings"))
    }

    #[test]
    fn nothing_of_a_real_tenant_is_left() {
        let own = [
            ("endpoint", "https://real.logto.app"),
            ("internal_endpoint", "http://logto.internal"),
            ("app_id", "shop"),
            ("app_secret", "production-secret"),
            ("app_secret_file", "/run/secrets/app"),
            ("cookie_keys_file", "/run/secrets/keys"),
            ("audit_key", "production-audit-key"),
            ("webhook_signing_keys_file", "/run/secrets/webhooks"),
            ("session_store", "redis"),
            ("redis_url", "redis://production"),
            ("prefix", "/auth"),
        ];
        let settings = under_test_with(&own).expect("the tenant of the tests");
        let text = |name: &str| settings.find_ref(name).and_then(Value::as_str).map(str::to_owned);
        assert_eq!(text("endpoint").as_deref(), Some(ENDPOINT));
        assert_eq!((text("app_id").as_deref(), text("prefix").as_deref()), (Some("shop"), Some("/auth")));
        assert_eq!(text("session_store").as_deref(), Some("memory"));
        let printed = format!("{settings:?}");
        for secret in ["real", "internal", "production", "/run/secrets"] {
            assert!(!printed.contains(secret), "{secret}");
        }
    }

    #[test]
    fn an_application_without_an_id_is_an_api_if_it_names_a_tenant() {
        let app_id = |own: &[(&str, &str)]| app_id_of(&under_test_with(own).expect("under test"));
        assert_eq!(app_id(&[]), APP_ID);
        assert_eq!(app_id(&[("endpoint", "https://real.logto.app")]), "");
        let api = marked(Figment::new(), true).find_value("logto").expect("settings");
        assert_eq!(app_id_of(&under_test(&api).expect("under test")), "");
    }

    #[test]
    fn only_this_process_can_name_the_tenant_of_the_tests() {
        for guess in ["true", "1", "", "testing"] {
            let figment = Figment::new().merge(("logto.testing", guess));
            let settings = figment.find_value("logto").expect("settings");
            assert!(under_test(&settings).is_none(), "{guess}");
        }
    }
}
