//! The maximum age of roles and scopes when a request is authorized.

use std::time::Duration;

use super::model::AuthorizationAges;
use super::settings::Settings;
use crate::types::Secret;

/// The default for roles.
const DEFAULT_ROLES_AGE: Duration = Duration::from_secs(300);
/// Ages are compared in whole seconds, so a smaller limit could never be met.
const MIN_AGE: Duration = Duration::from_secs(1);

impl Settings {
    pub(super) fn authorization_ages(&mut self, key: &'static str) -> AuthorizationAges {
        if self.take(key).is_none() {
            return AuthorizationAges { roles: DEFAULT_ROLES_AGE, scopes: None };
        }
        let set = self.duration(key, DEFAULT_ROLES_AGE).max(MIN_AGE);
        AuthorizationAges { roles: set, scopes: Some(set) }
    }

    /// A switch that has no effect without webhooks.
    pub(super) fn needs_webhooks(&mut self, key: &'static str, signing_keys: &[Secret]) -> bool {
        let on = self.switch(key);
        if on && signing_keys.is_empty() {
            self.problem(
                key,
                "has no effect without webhooks",
                "set `webhook_signing_keys`, and register the webhook in Logto",
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
