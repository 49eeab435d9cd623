//! The session that the guards by hand keep: a person's claims and three tokens, as large as the library's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use logto_benches::SESSION_BYTES;
use serde::{Deserialize, Serialize};

const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) roles: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    /// Seconds since the epoch.
    pub(crate) expires: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) audience: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) secret: String,
}

impl Session {
    pub(crate) fn new() -> Self {
        let mut session = Session {
            subject: "my178uc0p45q".to_owned(),
            name: "Alice Example".to_owned(),
            email: "alice@example.com".to_owned(),
            roles: vec!["shop-user".to_owned()],
            tokens: Vec::new(),
            expires: now() + LASTS.as_secs(),
        };
        for audience in ["", logto_benches::API, "urn:logto:organization:acme"] {
            session.tokens.push(Token {
                audience: audience.to_owned(),
                scopes: vec!["read:orders".to_owned(), "write:orders".to_owned()],
                secret: String::new(),
            });
        }
        let written = serde_json::to_string(&session).map_or(0, |json| json.len());
        let room = SESSION_BYTES.saturating_sub(written) / session.tokens.len();
        for token in &mut session.tokens {
            token.secret = "s".repeat(room);
        }
        session
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.expires > now()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
