//! Settings that name what is registered in the tenant: applications, API resources, scopes, webhooks.

use figment::value::Value;

use super::Settings;
use crate::config::{AppCredentials, IntrospectionSettings};
use crate::syntax::{is_resource_indicator, is_scope_token};
use crate::types::{ResourceIndicator, Scopes, Secret};

/// Logto's signing keys have 32 characters. A key shorter than this is a mistake.
const MIN_SIGNING_KEY: usize = 16;

impl Settings {
    /// The application that users sign in to.
    pub(in crate::config) fn app(
        &mut self,
        id_key: &'static str,
        secret_key: &'static str,
        secret_file_key: &'static str,
    ) -> Option<AppCredentials> {
        self.read_secret(secret_key, secret_file_key);
        let id = self.text(id_key, "the application's id, from its page in Logto");
        let secret = self.text(secret_key, "the application's secret, from its page in Logto");
        Some(AppCredentials { id: id?, secret: Secret::new(secret?) })
    }

    /// Both or neither: an id without its secret is a mistake.
    pub(in crate::config) fn machine_app(
        &mut self,
        id_key: &'static str,
        secret_key: &'static str,
        secret_file_key: &'static str,
    ) -> Option<AppCredentials> {
        self.read_secret(secret_key, secret_file_key);
        let (missing, of) = match (self.is_given(id_key), self.is_given(secret_key)) {
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
            format!("is missing, but {of} is set"),
            "set both to the values on the machine-to-machine application's page in Logto, or set neither",
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
                    "write the API identifier exactly as registered in Logto",
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
                        format!("`{}` is not a valid scope", scope.escape_debug()),
                        "use only the characters that RFC 6749 §3.3 allows",
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
                    "{key} = \"{text}\" does not contain `consent`. Logto then does not grant `offline_access`, so sessions \
                     have no lasting refresh token and cannot request further access tokens\n      fix: \
                     write {key} = \"{text} consent\"; first-party applications show no consent page"
                ));
            }
            return text;
        }
        self.error.push(
            key,
            "must be `consent`, `login` or `login consent`",
            "write prompt = \"consent\" or \"login consent\"",
        );
        DEFAULT.to_owned()
    }

    pub(in crate::config) fn signing_keys(
        &mut self,
        key: &'static str,
        file_key: &'static str,
    ) -> Vec<Secret> {
        self.read_secrets(key, file_key);
        let keys = self.list(key);
        if keys.iter().any(|text| text.trim() != text || text.len() < MIN_SIGNING_KEY) {
            self.error.push(
                key,
                format!(
                    "contains a key that is shorter than {MIN_SIGNING_KEY} characters or has spaces around it"
                ),
                "copy the signing key from the webhook's page in Logto",
            );
        }
        keys.into_iter().map(Secret::new).collect()
    }

    /// Reads application ids. An id that is empty or has spaces around it would match no application.
    pub(in crate::config) fn clients(&mut self, key: &'static str) -> Vec<String> {
        let clients = self.list(key);
        if clients.iter().any(|client| client.is_empty() || client.trim() != client) {
            self.error.push(
                key,
                "contains an id that is empty or has spaces around it",
                "write the app id from the application's page in Logto",
            );
        }
        clients
    }

    /// The applications whose access tokens are accepted. An empty list means every application.
    pub(in crate::config) fn bearer_clients(&mut self, key: &'static str) -> Vec<String> {
        let is_given = self.take(key).is_some();
        let clients = self.clients(key);
        if is_given && clients.is_empty() {
            self.warnings.push(format!(
                "{key} is empty, so access tokens issued to any application are accepted\n      fix: list the \
                 applications, or remove {key}"
            ));
        }
        clients
    }

    /// Whether opaque tokens are accepted, from which applications, and who asks Logto about them: the application that
    /// users sign in to, whose own tokens are accepted then; else the machine-to-machine application.
    pub(in crate::config) fn introspection(
        &mut self,
        app: Option<&AppCredentials>,
        machine_app: Option<&AppCredentials>,
    ) -> Option<IntrospectionSettings> {
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
            self.error.push(CLIENTS, "has no effect without `introspection`", "add introspection = true");
        }
        if !is_on {
            return None;
        }
        if let Some(app) = app {
            let clients = std::iter::once(app.id.clone()).chain(clients).collect();
            return Some(IntrospectionSettings { app: app.clone(), clients });
        }
        // An application with wrong credentials is told as such.
        if self.is_web_app() {
            return None;
        }
        if clients.is_empty() {
            self.error.push(
                CLIENTS,
                "is missing, so `introspection` accepts the tokens of no application",
                "list the applications whose opaque tokens are accepted: introspection_clients = [\"..\"]",
            );
        }
        let Some(app) = machine_app else {
            if !self.has_problem_with("machine_app_id") && !self.has_problem_with("machine_app_secret") {
                self.error.push(
                    "machine_app_id",
                    "is missing, and `introspection` needs credentials at Logto",
                    "set machine_app_id and machine_app_secret to those of a machine-to-machine application in Logto",
                );
            }
            return None;
        };
        Some(IntrospectionSettings { app: app.clone(), clients })
    }
}
