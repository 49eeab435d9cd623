//! The session that the others keep: a person's claims and three tokens, about as large as the library's.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{API, SESSION_BYTES};

const CLAIMS: [&str; 8] =
    ["name", "email", "picture", "given_name", "family_name", "locale", "zoneinfo", "preferred_username"];
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// Who is signed in.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub subject: String,
    /// What the ID token says about the person.
    pub claims: BTreeMap<String, String>,
    /// The person's roles.
    pub roles: Vec<String>,
    /// Access tokens.
    pub tokens: Vec<Token>,
    /// When it ends, in seconds since the epoch.
    pub expires: u64,
}

/// An access token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Token {
    /// Where it is good.
    pub audience: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// The token.
    pub secret: String,
}

impl Session {
    /// A session that has just begun.
    #[must_use]
    pub fn begin() -> Self {
        let mut session = Session {
            subject: "my178uc0p45q".to_owned(),
            claims: CLAIMS
                .iter()
                .map(|name| ((*name).to_owned(), "of Alice, at example.com".to_owned()))
                .collect(),
            roles: vec!["shop-user".to_owned()],
            tokens: Vec::new(),
            expires: now() + LASTS.as_secs(),
        };
        for audience in ["", API, "urn:logto:organization:acme"] {
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

    /// Whether it has not ended.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.expires > now()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
