//! The settings of an API alone: a server that accepts access tokens and that nobody signs in to.

use std::time::Duration;

use url::Url;

use super::WebAppConfig;
use super::model::RocketEnv;
use super::public_urls::PublicUrls;
use super::settings::Settings;
use crate::types::ResourceIndicator;

/// A server that has one of these is an application that users sign in to.
const OF_WEB_APPS: [&str; 3] = ["app_id", "app_secret", "app_secret_file"];

impl Settings {
    /// Whether users sign in to this server, as far as its settings say.
    pub(super) fn is_web_app(&self) -> bool {
        OF_WEB_APPS.iter().any(|key| self.has(key))
    }

    /// Refuses the settings that have no effect without sign-in, and an API that no token is for.
    pub(super) fn refuse_settings_of_web_apps(&mut self, resources: &[ResourceIndicator], env: &RocketEnv) {
        if !self.has("resources") && resources.is_empty() {
            self.problem(
                "app_id",
                "is missing, and so is `resources`",
                "set app_id and app_secret for an application that users sign in to, or resources = [\"https://..\"] for \
                 an API that only accepts access tokens",
            );
        } else if resources.is_empty() && !self.has_problem_with("resources") {
            self.problem(
                "resources",
                "is empty, so no access token is for this API",
                "set resources = [\"https://..\"] to the API's identifier in Logto",
            );
        }
        // Reading them from nothing tells which settings there are.
        let mut of_web_apps = Settings::open(None);
        WebAppConfig::read(&mut of_web_apps, env, Duration::ZERO);
        for key in self.learn(&of_web_apps) {
            if OF_PUBLIC_URL.contains(&key) {
                continue;
            }
            self.problem(
                key,
                "has no effect without `app_id`: this server accepts only access tokens",
                format!(
                    "remove {key}, or set app_id and app_secret to those of a traditional web application in Logto"
                ),
            );
        }
    }

    /// An API may say where it is reached, and need not. `None` where what it says is wrong.
    #[expect(clippy::option_option, reason = "a wrong setting is something else than none")]
    pub(super) fn public_urls_of_api(&mut self, env: &RocketEnv) -> Option<Option<PublicUrls>> {
        if OF_PUBLIC_URL.iter().any(|key| self.has(key)) {
            self.public_urls(env, false).map(Some)
        } else {
            Some(None)
        }
    }
}

/// The settings about the address that an API may have, too.
const OF_PUBLIC_URL: [&str; 2] = ["public_url", "public_urls"];

/// The protection space of challenges: the public host; else that of the API resource, or its whole identifier where
/// that has no host.
pub(super) fn realm(public: Option<&PublicUrls>, resources: &[ResourceIndicator]) -> String {
    if let Some(public) = public {
        return public.main().host().to_owned();
    }
    let Some(resource) = resources.first().map(ResourceIndicator::as_str) else { return String::new() };
    match Url::parse(resource) {
        Ok(url) => url.host_str().unwrap_or(resource).to_owned(),
        Err(_) => resource.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::*;
    use crate::config::{Config, ConfigError};

    const API: &str = "https://orders.example.com/api";

    /// In production, where nothing is guessed.
    fn read(more: &serde_json::Value) -> Result<Config, ConfigError> {
        let mut settings = serde_json::json!({ "endpoint": "https://t.logto.app", "resources": [API] });
        let all = settings.as_object_mut().expect("a table");
        for (key, value) in more.as_object().expect("a table") {
            all.insert(key.clone(), value.clone());
        }
        all.retain(|_, value| !value.is_null());
        let settings = Value::serialize(settings).expect("settings");
        Config::read(Some(&settings), &RocketEnv { debug: false, port: 8000 })
    }

    #[test]
    fn two_settings_are_enough_for_an_api() {
        let config = read(&serde_json::json!({})).expect("good settings");
        assert!(config.web_app.is_none() && config.app().is_none() && config.machine().is_none());
        assert_eq!((config.realm.as_str(), config.published.len()), ("orders.example.com", 0));
        for (more, realm) in [
            (serde_json::json!({ "resources": ["urn:orders"] }), "urn:orders"),
            (serde_json::json!({ "resources": ["https://[::1]:8443/x"] }), "[::1]"),
            (serde_json::json!({ "public_url": "https://public.example.com" }), "public.example.com"),
        ] {
            assert_eq!(read(&more).expect("good settings").realm, realm);
        }
    }

    #[test]
    fn an_api_has_credentials_of_its_own_for_what_needs_them() {
        let machine = serde_json::json!({ "machine_app_id": "m", "machine_app_secret": "s" });
        assert_eq!(read(&machine).expect("good settings").machine().expect("credentials").id, "m");
        let mut introspecting = machine;
        introspecting["introspection"] = true.into();
        introspecting["introspection_clients"] = serde_json::json!(["a"]);
        let introspection = read(&introspecting).expect("good settings").introspection.expect("it is on");
        assert_eq!((introspection.app.id.as_str(), introspection.clients), ("m", vec!["a".to_owned()]));
        for missing in ["machine_app_id", "machine_app_secret", "introspection_clients"] {
            let mut settings = introspecting.clone();
            settings.as_object_mut().expect("a table").remove(missing);
            let error = read(&settings).expect_err(missing);
            assert!(error.settings().any(|setting| setting == missing), "{missing}: {error}");
        }
        let nobody = serde_json::json!({ "introspection": true, "introspection_clients": ["a"] });
        assert!(read(&nobody).expect_err("no credentials").to_string().contains("machine_app_id"));
    }

    #[test]
    fn an_api_has_no_settings_of_sign_ins_and_sessions() {
        for (key, value) in [
            ("cookie_keys", serde_json::json!(["b5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4u"])),
            ("cookie_keys_file", "/nowhere".into()),
            ("session_store", "redis".into()),
            ("redis_url", "redis://localhost".into()),
            ("redis_url_file", "/nowhere".into()),
            ("session_idle", "1h".into()),
            ("prefix", "/auth".into()),
            ("callback_path", "/callback".into()),
            ("proxy_strips_path", true.into()),
            ("scopes", "email".into()),
            ("sign_in", serde_json::json!({ "first_screen": "register" })),
            ("cookie", serde_json::json!({ "name": "x" })),
            ("webhook_signing_keys", serde_json::json!(["0123456789abcdef0123456789abcdef"])),
            ("backchannel_logout", true.into()),
            ("trusted_origins", serde_json::json!(["https://a.example"])),
            ("hook_timeout", "1s".into()),
        ] {
            let error = read(&serde_json::json!({ key: value })).expect_err(key);
            assert_eq!(error.settings().collect::<Vec<_>>(), [key], "{error}");
            assert!(error.to_string().contains("has no effect without `app_id`"), "{error}");
        }
        let misspelt = read(&serde_json::json!({ "cookie_key": "x" })).expect_err("no setting");
        assert!(misspelt.to_string().contains("did you mean `cookie_keys`?"), "{misspelt}");
    }

    #[test]
    fn half_of_the_credentials_is_an_error_and_makes_no_api() {
        for (given, missing) in [("app_id", "app_secret"), ("app_secret", "app_id")] {
            let error = read(&serde_json::json!({ given: "x" })).expect_err(given);
            assert!(error.settings().any(|setting| setting == missing), "{error}");
            assert!(error.settings().any(|setting| setting == "cookie_keys"), "{error}");
        }
    }

    #[test]
    fn an_api_without_a_resource_does_not_launch() {
        for (resources, named) in [
            (serde_json::Value::Null, "app_id"),
            (serde_json::json!([]), "resources"),
            (serde_json::json!(["orders"]), "resources"),
        ] {
            let error = read(&serde_json::json!({ "resources": resources })).expect_err("no resource");
            assert_eq!(error.settings().collect::<Vec<_>>(), [named], "{error}");
            assert!(error.to_string().contains("resources"), "{error}");
        }
    }

    #[test]
    fn f23_an_api_publishes_its_resources_with_and_without_a_public_url() {
        let published = |more: serde_json::Value| {
            let config = read(&more).map_err(|error| error.to_string())?;
            Ok::<_, String>(config.published.into_iter().map(|one| one.url).collect::<Vec<_>>())
        };
        let url = "https://orders.example.com/.well-known/oauth-protected-resource/api".to_owned();
        assert_eq!(published(serde_json::json!({ "resource_metadata": true })), Ok(vec![url.clone()]));
        let below =
            serde_json::json!({ "resource_metadata": true, "public_url": "https://orders.example.com" });
        assert_eq!(published(below), Ok(vec![url]));
        let elsewhere =
            serde_json::json!({ "resource_metadata": true, "public_url": "https://other.example.com" });
        assert!(published(elsewhere).expect_err("none is below").contains("public_url"));
        let urn = serde_json::json!({ "resource_metadata": true, "resources": ["urn:orders"] });
        assert!(published(urn).expect_err("no URL").contains("can have metadata"));
        let wrong = serde_json::json!({ "public_url": "http://orders.example.com" });
        assert!(published(wrong).expect_err("not https").contains("public_url"));
    }
}
