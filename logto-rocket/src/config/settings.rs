//! Reads the settings one by one and collects the problems.

use std::collections::BTreeSet;
use std::time::Duration;

use figment::value::{Dict, Value};
use url::Url;

use super::problems::ConfigError;
use super::{AppCredentials, CookieKeys, RedisSettings, RocketEnv, SessionStoreKind, Unguarded, WarmUp};
use crate::syntax::{is_local_path, is_resource_indicator, is_scope_token};
use crate::types::{ResourceIndicator, Scopes, Secret};

/// A shorter key could be guessed, and no generator makes one.
const MIN_COOKIE_KEY: usize = 32;

/// Logto's signing keys have 32 characters. A key shorter than this is a mistake.
const MIN_SIGNING_KEY: usize = 16;

pub(super) struct Settings {
    dict: Dict,
    known: BTreeSet<&'static str>,
    error: ConfigError,
    /// Settings that are valid but probably a mistake.
    warnings: Vec<String>,
}

impl Settings {
    pub(super) fn open(value: Option<&Value>) -> Self {
        let mut error = ConfigError::none();
        let dict = match value {
            Some(Value::Dict(_, dict)) => dict.clone(),
            Some(_) => {
                error.push(
                    "logto",
                    "is not a table",
                    "write ROCKET_LOGTO={endpoint=\"..\",app_id=\"..\",app_secret=\"..\"}",
                );
                Dict::new()
            }
            None => Dict::new(),
        };
        Settings { dict, known: BTreeSet::new(), error, warnings: Vec::new() }
    }

    /// Returns the warnings. Unknown settings are problems too: a misspelt setting would otherwise silently have no
    /// effect.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ConfigError> {
        self.refuse_unknown();
        if self.error.is_empty() { Ok(self.warnings) } else { Err(self.error) }
    }

    pub(super) fn into_error(mut self) -> ConfigError {
        self.refuse_unknown();
        self.error
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> =
            self.dict.keys().filter(|key| !self.known.contains(key.as_str())).cloned().collect();
        for key in unknown {
            let nearest = self.known.iter().min_by_key(|known| distance(known, &key));
            let fix = match nearest {
                Some(known) if distance(known, &key) <= 3 => format!("did you mean `{known}`?"),
                _ => {
                    format!("known settings: {}", self.known.iter().copied().collect::<Vec<_>>().join(", "))
                }
            };
            self.error.push(&key, "is not a setting of this library", fix);
        }
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&Value> {
        self.known.insert(key);
        self.dict.get(key)
    }

    pub(super) fn problem(&mut self, key: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.error.push(key, what, fix);
    }

    fn optional_text(&mut self, key: &'static str) -> Option<String> {
        let text = match self.take(key)? {
            Value::String(_, text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        if text.is_none() {
            self.error.push(key, "must be a string that is not empty", format!("write {key} = \"..\""));
        }
        text
    }

    pub(super) fn text(&mut self, key: &'static str, meaning: &str) -> Option<String> {
        if self.take(key).is_none() {
            self.error.push(key, "is missing", format!("set {key} = \"..\": {meaning}"));
            return None;
        }
        self.optional_text(key)
    }

    /// Both or neither: an id without its secret is a mistake.
    pub(super) fn machine_app(
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
            format!("is missing, but {of} is set"),
            "set both to the values on the machine-to-machine application's page in Logto, or set neither",
        );
        None
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<String> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(_, items)) => items.clone(),
            Some(single @ Value::String(..)) => vec![single.clone()],
            Some(_) => {
                self.error.push(key, "must be a list of strings", format!("write {key} = [\"..\"]"));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(_, text) => texts.push(text),
                _ => self.error.push(
                    key,
                    "contains an entry that is not a string",
                    format!("write {key} = [\"..\"]"),
                ),
            }
        }
        texts
    }

    fn url(&mut self, key: &'static str) -> Option<Url> {
        let text = self.optional_text(key)?;
        match Url::parse(&text) {
            Ok(url) if url.port() == Some(0) => {
                self.error.push(key, "has port 0, which cannot be reached", "write the actual port");
                None
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Some(url),
            _ => {
                self.error.push(
                    key,
                    "is not an absolute http or https URL",
                    "write the full address with its scheme, such as https://host",
                );
                None
            }
        }
    }

    pub(super) fn endpoint(&mut self, key: &'static str) -> Option<Url> {
        if self.take(key).is_none() {
            self.error.push(
                key,
                "is missing",
                "set endpoint = \"https://<tenant>.logto.app\", or the address of your own Logto",
            );
            return None;
        }
        let url = self.url(key)?;
        if url.query().is_some() || url.fragment().is_some() {
            self.error.push(key, "has a query or a fragment", "write only the tenant's address");
            return None;
        }
        if url.path().trim_end_matches('/').ends_with("/oidc") {
            self.error.push(
                key,
                "ends with /oidc",
                "write the address without /oidc; the issuer is derived from it",
            );
            return None;
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            self.error.push(
                key,
                "uses http for another host, so tokens would be sent unencrypted",
                "use https; for an address inside a cluster set `internal_endpoint`",
            );
            return None;
        }
        Some(url)
    }

    pub(super) fn internal_endpoint(&mut self, key: &'static str) -> Option<Url> {
        self.take(key)?;
        self.url(key)
    }

    pub(super) fn public_url(&mut self, key: &'static str, env: &RocketEnv) -> Option<Url> {
        if self.take(key).is_none() {
            if env.debug && env.port == 0 {
                self.error.push(
                    key,
                    "is missing, and Rocket's `port` is 0: the operating system picks the port at launch, too late for \
                     the redirect URI",
                    "set `port` (ROCKET_PORT) to a port that is registered in Logto, or set public_url = \
                     \"http://localhost:8000\", the address that browsers use",
                );
                return None;
            }
            if env.debug {
                return Url::parse(&format!("http://localhost:{}", env.port)).ok();
            }
            self.error.push(
                key,
                "is missing, and it is never derived from a request",
                "set public_url = \"https://app.example.com\", the address that browsers use",
            );
            return None;
        }
        let url = self.url(key)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            self.error.push(
                key,
                "is more than an origin",
                "write only scheme, host and port, such as https://app.example.com",
            );
            return None;
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            self.error.push(
                key,
                "uses http for another host than localhost, so cookies would be sent unencrypted",
                "serve the application over https",
            );
            return None;
        }
        Some(url)
    }

    pub(super) fn prefix(&mut self, key: &'static str, default: &str) -> String {
        if self.take(key).is_none() {
            return default.to_owned();
        }
        let Some(text) = self.optional_text(key) else { return default.to_owned() };
        let path = text.trim_end_matches('/');
        let fits = path.len() > 1
            && path.starts_with('/')
            && !path.contains("//")
            && path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
        if !fits {
            self.error.push(
                key,
                "is not a path such as /logto",
                "start with a slash, and use only letters, digits, `-`, `_` and `.`",
            );
            return default.to_owned();
        }
        path.to_owned()
    }

    pub(super) fn resources(&mut self, key: &'static str) -> Vec<ResourceIndicator> {
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

    pub(super) fn scopes(&mut self, key: &'static str) -> Scopes {
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

    pub(super) fn prompt(&mut self, key: &'static str) -> String {
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

    pub(super) fn cookie_keys(&mut self, key: &'static str, env: &RocketEnv) -> CookieKeys {
        const ADVICE: &str = "generate one with `openssl rand -base64 48`, and keep it out of the repository";
        if self.take(key).is_none() {
            if !env.debug {
                self.error.push(
                    key,
                    "is missing; sessions are sealed with it",
                    format!("set {key} = [\"..\"]; {ADVICE}"),
                );
            }
            return CookieKeys::Random;
        }
        let keys = self.list(key);
        if keys.is_empty() {
            self.error.push(key, "is empty", ADVICE);
        }
        for (index, text) in keys.iter().enumerate() {
            let distinct = text.bytes().collect::<BTreeSet<_>>().len();
            if text.len() < MIN_COOKIE_KEY {
                self.error.push(
                    key,
                    format!("key {} is shorter than {MIN_COOKIE_KEY} characters", index + 1),
                    ADVICE,
                );
            } else if distinct < 10 {
                self.error.push(key, format!("key {} uses too few different characters", index + 1), ADVICE);
            }
        }
        CookieKeys::Given(keys.into_iter().map(Secret::new).collect())
    }

    pub(super) fn signing_keys(&mut self, key: &'static str) -> Vec<Secret> {
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

    pub(super) fn switch(&mut self, key: &'static str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Bool(_, on)) => *on,
            Some(_) => {
                self.error.push(key, "is neither true nor false", format!("write {key} = true"));
                false
            }
        }
    }

    pub(super) fn duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let duration = self.any_duration(key, default);
        if duration.is_zero() {
            self.error.push(key, "is zero", format!("write {key} = \"30m\", or a number of seconds"));
            return default;
        }
        duration
    }

    pub(super) fn leeway(&mut self, key: &'static str, default: Duration) -> Duration {
        const MOST: Duration = Duration::from_secs(300);
        let duration = self.any_duration(key, default);
        if duration > MOST {
            self.error.push(
                key,
                "is more than five minutes",
                "synchronize the servers' clocks by NTP instead",
            );
            return default;
        }
        duration
    }

    fn any_duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let parsed = match self.take(key) {
            None => return default,
            Some(Value::String(_, text)) => parse_duration(text),
            Some(Value::Num(_, number)) => whole_number(*number).map(Duration::from_secs),
            Some(_) => None,
        };
        parsed.unwrap_or_else(|| {
            self.error.push(
                key,
                "is not a duration",
                format!("write {key} = \"30m\" (ms, s, m, h, d), or a number of seconds"),
            );
            default
        })
    }

    pub(super) fn session_store(&mut self, key: &'static str) -> SessionStoreKind {
        if self.take(key).is_none() {
            return SessionStoreKind::Cookie;
        }
        match self.optional_text(key).as_deref() {
            Some("cookie") | None => SessionStoreKind::Cookie,
            Some("memory") => SessionStoreKind::Memory,
            Some("redis") => SessionStoreKind::Redis,
            Some(_) => {
                self.error.push(
                    key,
                    "must be `cookie`, `memory` or `redis`",
                    "write session_store = \"redis\"; pass a store of your own to `Logto::fairing().session_store(..)`",
                );
                SessionStoreKind::Cookie
            }
        }
    }

    /// Redis is also used with sessions in cookies: there it holds the revocation marks that several processes share.
    pub(super) fn redis(
        &mut self,
        url: &'static str,
        prefix: &'static str,
        store: SessionStoreKind,
        keys: &CookieKeys,
        is_built: bool,
    ) -> Option<RedisSettings> {
        const DEFAULT_PREFIX: &str = "logto";
        let prefix = match self.take(prefix) {
            None => DEFAULT_PREFIX.to_owned(),
            Some(_) => self.optional_text(prefix).unwrap_or_else(|| DEFAULT_PREFIX.to_owned()),
        };
        let is_given = self.take(url).is_some();
        if !is_given && store != SessionStoreKind::Redis {
            return None;
        }
        if !is_built {
            self.error.push(
                if is_given { url } else { "session_store" },
                "needs Redis, but `logto-rocket` is built without the feature `redis`",
                "enable the feature in Cargo.toml: logto-rocket = { version = \"..\", features = [\"redis\"] }",
            );
        }
        if matches!(keys, CookieKeys::Random) {
            self.error.push(
                if is_given { url } else { "session_store" },
                "is shared by several processes, but each would seal with a random key of its own",
                "set cookie_keys to the same keys in all processes",
            );
        }
        if !is_given {
            self.error.push(url, "is missing", "set redis_url = \"redis://host:6379\"");
            return None;
        }
        let address = self.optional_text(url)?;
        if !is_redis_address(&address) {
            self.error.push(
                url,
                "is not a Redis URL",
                "write it as redis://:password@host:6379/0, with rediss:// for TLS",
            );
        }
        if store == SessionStoreKind::Memory {
            self.error.push(
                url,
                "has no effect while sessions are kept in memory",
                "write session_store = \"redis\", or remove this setting",
            );
        }
        Some(RedisSettings { url: Secret::new(address), prefix })
    }

    pub(super) fn warm_up(&mut self, key: &'static str) -> WarmUp {
        if self.take(key).is_none() {
            return WarmUp::Background;
        }
        match self.optional_text(key).as_deref() {
            Some("background") | None => WarmUp::Background,
            Some("required") => WarmUp::Required,
            Some(_) => {
                self.error.push(key, "must be `background` or `required`", "write warm_up = \"background\"");
                WarmUp::Background
            }
        }
    }

    /// Reads application ids. An id that is empty or has spaces around it would match no application.
    pub(super) fn clients(&mut self, key: &'static str) -> Vec<String> {
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
    pub(super) fn bearer_clients(&mut self, key: &'static str) -> Vec<String> {
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

    /// Whether opaque tokens are accepted, and from which applications besides this one.
    pub(super) fn introspection(&mut self, app_id: Option<&str>) -> Option<Vec<String>> {
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
        is_on.then(|| app_id.map(str::to_owned).into_iter().chain(clients).collect())
    }

    pub(super) fn unguarded(&mut self, key: &'static str) -> Unguarded {
        if self.take(key).is_none() {
            return Unguarded::Allow;
        }
        match self.optional_text(key).as_deref() {
            Some("allow") | None => Unguarded::Allow,
            Some("warn") => Unguarded::Warn,
            Some("deny") => Unguarded::Deny,
            Some(_) => {
                self.error.push(key, "must be `allow`, `warn` or `deny`", "write unguarded = \"deny\"");
                Unguarded::Allow
            }
        }
    }

    pub(super) fn local_path(&mut self, key: &'static str, default: &str) -> String {
        if self.take(key).is_none() {
            return default.to_owned();
        }
        match self.optional_text(key) {
            Some(path) if is_local_path(&path) => path,
            Some(_) => {
                self.error.push(
                    key,
                    "is not a path of this application",
                    "start with a single slash, such as /home",
                );
                default.to_owned()
            }
            None => default.to_owned(),
        }
    }

    pub(super) fn post_sign_out_url(&mut self, key: &'static str, public_url: Option<&Url>) -> Option<Url> {
        if self.take(key).is_none() {
            return public_url.cloned();
        }
        self.url(key)
    }

    pub(super) fn origins(&mut self, key: &'static str) -> Vec<String> {
        let mut origins = Vec::new();
        for text in self.list(key) {
            match Url::parse(&text) {
                Ok(url) if url.origin().is_tuple() && url.path() == "/" => {
                    origins.push(url.origin().ascii_serialization())
                }
                _ => self.error.push(
                    key,
                    format!("`{}` is not an origin", text.escape_debug()),
                    "write https://host[:port]",
                ),
            }
        }
        origins
    }
}

/// Whether the host is this machine, so that requests do not cross a network.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// TOML numbers are signed, those from the environment are not.
fn whole_number(number: figment::value::Num) -> Option<u64> {
    match (number.to_u128(), number.to_i128()) {
        (Some(number), _) => number.try_into().ok(),
        (_, Some(number)) => number.try_into().ok(),
        _ => None,
    }
}

#[cfg(feature = "redis")]
fn is_redis_address(text: &str) -> bool {
    redis::IntoConnectionInfo::into_connection_info(text).is_ok()
}

/// A build without Redis reports that as the problem.
#[cfg(not(feature = "redis"))]
fn is_redis_address(_: &str) -> bool {
    true
}

/// `500ms`, `90`, `90s`, `15m`, `12h`, `14d`.
fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "ms" => return digits.parse().ok().map(Duration::from_millis),
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor).map(Duration::from_secs)
}

/// Levenshtein distance, for "did you mean" suggestions.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("14d"), Some(Duration::from_secs(14 * 86400)));
        for bad in ["", "m", "1w", "-1s", "1.5h", "99999999999999999999d", "18446744073709551615d"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn field_22_everything_that_redis_needs_is_reported_together() {
        let problems = |store, url: Option<&str>, is_built| {
            let mut dict = Dict::new();
            if let Some(url) = url {
                dict.insert("redis_url".to_owned(), Value::from(url));
            }
            let mut settings = Settings::open(Some(&Value::from(dict)));
            let found = settings.redis("redis_url", "redis_prefix", store, &CookieKeys::Random, is_built);
            assert_eq!(found.is_some(), url.is_some());
            settings.into_error().to_string()
        };
        let needs = ["features = [\"redis\"]", "set cookie_keys", "set redis_url"];
        let named = |text: &str| needs.map(|need| text.contains(need));
        assert_eq!(named(&problems(SessionStoreKind::Redis, None, false)), [true, true, true]);
        assert_eq!(named(&problems(SessionStoreKind::Redis, None, true)), [false, true, true]);
        assert_eq!(named(&problems(SessionStoreKind::Redis, Some("redis://a"), false)), [true, true, false]);
        // With sessions in cookies, Redis holds the revocation marks and needs the same settings.
        assert_eq!(named(&problems(SessionStoreKind::Cookie, Some("redis://a"), false)), [true, true, false]);
        assert_eq!(named(&problems(SessionStoreKind::Cookie, None, false)), [false, false, false]);
        assert_eq!(named(&problems(SessionStoreKind::Memory, None, false)), [false, false, false]);
    }

    #[test]
    fn lookalikes_are_not_loopback() {
        for (url, expected) in [
            ("http://localhost:1", true),
            ("http://app.localhost", true),
            ("http://127.0.0.1", true),
            ("http://[::1]", true),
            ("http://localhost.evil.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).expect("url")), expected, "{url}");
        }
    }

    #[test]
    fn misspelt_settings_are_near() {
        assert_eq!(distance("endpoint", "endpont"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("a", "a"), 0);
    }
}
