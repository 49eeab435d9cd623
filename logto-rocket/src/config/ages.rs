//! How old roles and scopes may be when they decide.

use std::time::Duration;

use super::model::AuthorizationAges;
use super::settings::Settings;
use crate::types::Secret;

/// Of roles, unless it is set.
const ROLES: Duration = Duration::from_secs(300);
/// Times are told in whole seconds: nothing can be younger.
const LEAST: Duration = Duration::from_secs(1);

impl Settings {
    pub(super) fn authorization_ages(&mut self, key: &'static str) -> AuthorizationAges {
        if self.take(key).is_none() {
            return AuthorizationAges { roles: ROLES, scopes: None };
        }
        let set = self.duration(key, ROLES).max(LEAST);
        AuthorizationAges { roles: set, scopes: Some(set) }
    }

    /// A switch that does nothing unless Logto's webhooks arrive.
    pub(super) fn needs_webhooks(&mut self, key: &'static str, signing_keys: &[Secret]) -> bool {
        let on = self.switch(key);
        if on && signing_keys.is_empty() {
            self.problem(
                key,
                "is without effect alone",
                "set webhook_signing_keys, and register the webhook in Logto",
            );
        }
        on
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::*;

    fn ages(json: serde_json::Value) -> Option<AuthorizationAges> {
        let value = Value::serialize(json).expect("a value");
        let mut settings = Settings::open(Some(&value));
        let ages = settings.authorization_ages("authorization_max_age");
        settings.finish().ok().map(|_| ages)
    }

    #[test]
    fn field_04_the_setting_bounds_roles_and_scopes_and_its_default_roles_alone() {
        let of = |seconds, scopes| Some(AuthorizationAges { roles: Duration::from_secs(seconds), scopes });
        assert_eq!(ages(serde_json::json!({})), of(300, None));
        for (set, seconds) in [("90s", 90), ("2m", 120), ("1h", 3600), ("500ms", 1)] {
            let set = ages(serde_json::json!({ "authorization_max_age": set }));
            assert_eq!(set, of(seconds, Some(Duration::from_secs(seconds))));
        }
        for bad in [
            serde_json::json!("soon"),
            serde_json::json!(0),
            serde_json::json!(true),
            serde_json::json!("-1m"),
        ] {
            assert_eq!(ages(serde_json::json!({ "authorization_max_age": bad })), None, "{bad}");
        }
    }
}
