//! Settings about where sessions live, and what seals them.

use std::collections::BTreeSet;

use super::Settings;
use crate::config::{CookieKeys, RedisSettings, RocketEnv, SessionStoreKind};
use crate::types::Secret;

/// A shorter key could be guessed, and no generator makes one.
const MIN_KEY: usize = 32;
/// Fewer different characters than any generator makes.
const MIN_DISTINCT: usize = 10;
const KEY_ADVICE: &str = "make one with `openssl rand -base64 48`, and keep it out of the repository";

/// What is wrong with a key, if anything is.
fn weakness_of(key: &str) -> Option<String> {
    let distinct = key.bytes().collect::<BTreeSet<_>>().len();
    if key.len() < MIN_KEY {
        Some(format!("is shorter than {MIN_KEY} characters"))
    } else if distinct < MIN_DISTINCT {
        Some("uses too few different characters".to_owned())
    } else {
        None
    }
}

impl Settings {
    pub(in crate::config) fn cookie_keys(
        &mut self,
        key: &'static str,
        file_key: &'static str,
        env: &RocketEnv,
    ) -> CookieKeys {
        self.read_secrets(key, file_key);
        if !self.is_given(key) {
            if !env.debug {
                self.error.push(
                    key,
                    "is missing; sessions are sealed with it",
                    format!("set {key} = [\"..\"]; {KEY_ADVICE}"),
                );
            }
            return CookieKeys::Random;
        }
        if self.withheld.contains(key) {
            return CookieKeys::Given(Vec::new());
        }
        let keys = self.list(key);
        if keys.is_empty() {
            self.error.push(key, "is empty", KEY_ADVICE);
        }
        for (index, text) in keys.iter().enumerate() {
            if let Some(weakness) = weakness_of(text) {
                self.error.push(key, format!("key {} {weakness}", index + 1), KEY_ADVICE);
            }
        }
        CookieKeys::Given(keys.into_iter().map(Secret::new).collect())
    }

    /// The key of the hashes of subjects in audit events.
    pub(in crate::config) fn audit_key(
        &mut self,
        key: &'static str,
        file_key: &'static str,
    ) -> Option<Secret> {
        self.read_secret(key, file_key);
        let text = self.optional_text(key)?;
        if let Some(weakness) = weakness_of(&text) {
            self.error.push(key, weakness, KEY_ADVICE);
        }
        Some(Secret::new(text))
    }

    pub(in crate::config) fn session_store(&mut self, key: &'static str) -> SessionStoreKind {
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
    pub(in crate::config) fn redis(
        &mut self,
        store: SessionStoreKind,
        keys: &CookieKeys,
        is_built: bool,
    ) -> Option<RedisSettings> {
        const DEFAULT_PREFIX: &str = "logto";
        let (url, prefix) = ("redis_url", "redis_prefix");
        self.read_secret(url, "redis_url_file");
        let prefix = match self.take(prefix) {
            None => DEFAULT_PREFIX.to_owned(),
            Some(_) => self.optional_text(prefix).unwrap_or_else(|| DEFAULT_PREFIX.to_owned()),
        };
        let is_given = self.is_given(url);
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
                "write it as redis://:password@host:6379/0, with rediss:// for TLS, or redis+sentinel://host:26379,host:26379/name",
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
}

#[cfg(feature = "redis")]
fn is_redis_address(text: &str) -> bool {
    crate::config::RedisAddress::parse(text).is_some()
}

/// A build without Redis reports that as the problem.
#[cfg(not(feature = "redis"))]
fn is_redis_address(_: &str) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use figment::value::{Dict, Value};

    use super::*;

    #[test]
    fn field_22_everything_that_redis_needs_is_reported_together() {
        let problems = |store, url: Option<&str>, is_built| {
            let mut dict = Dict::new();
            if let Some(url) = url {
                dict.insert("redis_url".to_owned(), Value::from(url));
            }
            let mut settings = Settings::open(Some(&Value::from(dict)));
            let found = settings.redis(store, &CookieKeys::Random, is_built);
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
}
