//! Settings that name what is registered in the tenant: applications, API resources, scopes, webhooks.

use figment::value::Value;

use super::Settings;
use crate::config::AppCredentials;
use crate::syntax::{is_resource_indicator, is_scope_token};
use crate::types::{ResourceIndicator, Scopes, Secret};

/// Logto's webhook keys have 32 characters.
const MIN_SIGNING_KEY: usize = 16;

impl Settings {
    /// Both or neither: an id without its secret is a mistake.
    pub(in crate::config) fn machine_app(
        &mut self,
        id_key: &'static str,
        secret_key: &'static str,
    ) -> Option<AppCredentials> {
        let given = (self.take(id_key).is_some(), self.take(secret_key).is_some());
        let (missing, of) = match given {
            (false, false) => return None,
            (true, true) => {
                let (id, secret) = (self.optional_text(id_key), self.optional_text(secret_key));
                return Some(AppCredentials { id: id?, secret: Secret::new(secret?) });
            }
            (true, false) => (secret_key, id_key),
            (false, true) => (id_key, secret_key),
        };
        self.error.push(
            missing,
            format!("is missing, and {of} is set"),
            "set both, from the page of the machine-to-machine application in Logto, or neither",
        );
        None
    }

    pub(in crate::config) fn resources(&mut self, key: &'static str) -> Vec<ResourceIndicator> {
        let mut resources: Vec<ResourceIndicator> = Vec::new();
        for text in self.list(key) {
            if !is_resource_indicator(&text) {
                self.error.push(
                    key,
                    format!("`{text}` is not an absolute URI without a fragment"),
                    "write the API identifier exactly as it is registered in Logto",
                );
                continue;
            }
            let resource = ResourceIndicator::new(text);
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        resources
    }

    pub(in crate::config) fn scopes(&mut self, key: &'static str) -> Scopes {
        let mut scopes = Scopes::default();
        for text in self.list(key) {
            for scope in text.split_whitespace() {
                if is_scope_token(scope) {
                    scopes.insert(scope);
                } else {
                    self.error.push(
                        key,
                        format!("`{}` is not a scope", scope.escape_debug()),
                        "see RFC 6749, section 3.3",
                    );
                }
            }
        }
        scopes
    }

    pub(in crate::config) fn prompt(&mut self, key: &'static str) -> String {
        const DEFAULT: &str = "consent";
        if self.take(key).is_none() {
            return DEFAULT.to_owned();
        }
        let Some(text) = self.optional_text(key) else { return DEFAULT.to_owned() };
        if text.split(' ').all(|word| matches!(word, "consent" | "login")) {
            if !text.split(' ').any(|word| word == DEFAULT) {
                self.warnings.push(format!(
                    "{key} = \"{text}\" lacks `consent`: Logto then grants no `offline_access`, so a sign-in brings no \
                     lasting refresh token and no further tokens can be fetched\n      fix: \
                     write {key} = \"{text} consent\"; first-party applications show nothing for it"
                ));
            }
            return text;
        }
        self.error.push(
            key,
            "knows `consent` and `login`",
            "write prompt = \"consent\" or \"login consent\"",
        );
        DEFAULT.to_owned()
    }

    pub(in crate::config) fn signing_keys(&mut self, key: &'static str) -> Vec<Secret> {
        let keys = self.list(key);
        if keys.iter().any(|text| text.trim() != text || text.len() < MIN_SIGNING_KEY) {
            self.error.push(
                key,
                format!(
                    "holds something shorter than {MIN_SIGNING_KEY} characters, or with spaces around it"
                ),
                "copy the signing key from the webhook's page in Logto",
            );
        }
        keys.into_iter().map(Secret::new).collect()
    }

    /// Ids of applications. One that is empty, or has spaces around it, would be no application's.
    pub(in crate::config) fn clients(&mut self, key: &'static str) -> Vec<String> {
        let clients = self.list(key);
        if clients.iter().any(|client| client.is_empty() || client.trim() != client) {
            self.error.push(
                key,
                "holds an empty text, or one with spaces around it",
                "write the app id from the application's page in Logto",
            );
        }
        clients
    }

    /// The applications whose access tokens are taken. An empty list names none, and so takes any application's.
    pub(in crate::config) fn bearer_clients(&mut self, key: &'static str) -> Vec<String> {
        let is_given = self.take(key).is_some();
        let clients = self.clients(key);
        if is_given && clients.is_empty() {
            self.warnings.push(format!(
                "{key} is empty, so tokens of any application are taken\n      fix: name the applications, or leave \
                 {key} out"
            ));
        }
        clients
    }

    /// Whether opaque tokens are taken, and from which applications besides this one.
    pub(in crate::config) fn introspection(&mut self, app_id: Option<&str>) -> Option<Vec<String>> {
        const SWITCH: &str = "introspection";
        const CLIENTS: &str = "introspection_clients";
        let is_on = match self.take(SWITCH) {
            None => false,
            Some(Value::Bool(_, is_on)) => *is_on,
            Some(_) => {
                self.error.push(SWITCH, "is neither true nor false", "write introspection = true");
                false
            }
        };
        let clients = self.clients(CLIENTS);
        if !is_on && !clients.is_empty() {
            self.error.push(CLIENTS, "is without effect alone", "add introspection = true");
        }
        is_on.then(|| app_id.map(str::to_owned).into_iter().chain(clients).collect())
    }
}
