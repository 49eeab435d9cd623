//! The settings that connect an application with the tenant.

use std::fmt;

use crate::Application;

/// The settings that an application needs to use the tenant: the endpoint, the client id and the client secret.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// let tenant = logto_dev::Tenant::recorded().start().await?;
/// for settings in tenant.applications().settings() {
///     println!("# {}\n{}", settings.name(), settings.toml());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApplicationSettings {
    endpoint: String,
    client_id: String,
    name: String,
    /// None for a single-page application.
    secret: Option<String>,
}

impl ApplicationSettings {
    pub(super) fn new(endpoint: &str, application: &Application, now: i64) -> Self {
        let mut secrets = application.secrets.iter();
        let valid = secrets.find(|secret| secret.expires_at.is_none_or(|at| at > now));
        Self {
            endpoint: endpoint.to_owned(),
            client_id: application.client_id.clone(),
            name: application.name.clone(),
            secret: valid.map(|secret| secret.value.clone()),
        }
    }

    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The name of the application; the client id if it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The settings for `Rocket.toml`: a table `default.logto` with `endpoint`, `app_id` and `app_secret`, **with the
    /// secret**.
    pub fn toml(&self) -> String {
        let rows = self.pairs().map(|(name, value)| format!("{name} = {}\n", quoted(value)));
        format!("[default.logto]\n{}", rows.collect::<String>())
    }

    /// The same as an assignment for a POSIX shell: `ROCKET_LOGTO='{…}'`.
    pub fn environment(&self) -> String {
        let pairs: Vec<String> =
            self.pairs().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        format!("ROCKET_LOGTO='{{{}}}'", pairs.join(",").replace('\'', r"'\''"))
    }

    fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let first = [("endpoint", self.endpoint.as_str()), ("app_id", self.client_id.as_str())];
        first.into_iter().chain(self.secret.as_deref().map(|secret| ("app_secret", secret)))
    }
}

/// A string in TOML. The escapes of JSON are valid in it; only DEL needs one that JSON does not.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Without the secret.
impl fmt::Debug for ApplicationSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ApplicationSettings");
        shown.field("endpoint", &self.endpoint).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::ApplicationSettings;
    use crate::Application;

    #[test]
    fn settings_survive_any_character() {
        let secret = "it's \"quoted\" \\ \u{7f}\n";
        let application = Application::traditional("shop").secret(secret).redirect_uri("http://localhost/");
        let settings = ApplicationSettings::new("http://localhost:3001", &application, 0);
        let read: toml::Table = settings.toml().parse().unwrap();
        assert_eq!(read["default"]["logto"]["app_secret"].as_str(), Some(secret));
        assert_eq!(read["default"]["logto"]["app_id"].as_str(), Some("shop"));
        let environment = settings.environment();
        let quoted =
            environment.strip_prefix("ROCKET_LOGTO='").and_then(|rest| rest.strip_suffix('\'')).unwrap();
        let read: toml::Table = format!("logto = {}", quoted.replace(r"'\''", "'")).parse().unwrap();
        assert_eq!(read["logto"]["app_secret"].as_str(), Some(secret));
        assert!(!format!("{settings:?}").contains("quoted"));
    }
}
