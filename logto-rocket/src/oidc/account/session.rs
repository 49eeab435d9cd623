//! A user's sessions at Logto.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use serde::Deserialize;

use super::body::read;
use super::error::AccountError;
use crate::clock::UnixTime;

/// One of the user's sessions at Logto: a browser in which they are signed in there.
///
/// Logto sends the value of the session's cookie along. **It is never read here**: whoever has it is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSession {
    /// A name for it, fit for a form's field: it opens nothing.
    pub id: String,
    /// Whether this application's session began in it.
    pub is_current: bool,
    /// When the user signed in.
    pub signed_in_at: Option<SystemTime>,
    /// When it expires unless it is used.
    pub expires_at: Option<SystemTime>,
    /// The ids of the applications that the user is signed in to by it.
    pub application_ids: Vec<String>,
    /// The IP address of the sign-in.
    pub ip: Option<String>,
    /// The `User-Agent` of the browser, as the browser sent it.
    pub user_agent: Option<String>,
}

/// What becomes of the grants of a session that is ended: the refresh tokens of its applications.
///
/// A refresh token with `offline_access`, which this crate requests, outlives the session at Logto. Without its grant, an
/// application's own session ends with the next refresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeGrants {
    /// They stay: the user is still signed in to the applications.
    #[default]
    None,
    /// Those of first-party applications are revoked.
    FirstParty,
    /// All are revoked.
    All,
}

impl RevokeGrants {
    /// The query parameter.
    pub(crate) fn query(self) -> Option<(&'static str, &'static str)> {
        let target = match self {
            RevokeGrants::None => return None,
            RevokeGrants::FirstParty => "firstParty",
            RevokeGrants::All => "all",
        };
        Some(("revokeGrantsTarget", target))
    }
}

#[derive(Deserialize)]
struct Listed {
    sessions: Vec<Wire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    payload: Payload,
    last_submission: Option<Submission>,
    #[serde(default)]
    is_current: bool,
    expires_at: Option<f64>,
}

/// Not `jti`: it is the value of Logto's session cookie.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    uid: String,
    login_ts: Option<i64>,
    #[serde(default)]
    authorizations: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submission {
    sign_in_context: Option<BTreeMap<String, serde_json::Value>>,
}

/// The sessions in a response.
pub(crate) fn sessions_in(body: &[u8]) -> Result<Vec<AccountSession>, AccountError> {
    let Listed { sessions } = read(body)?;
    Ok(sessions.into_iter().map(AccountSession::from).collect())
}

impl From<Wire> for AccountSession {
    fn from(wire: Wire) -> Self {
        let mut context = wire.last_submission.and_then(|last| last.sign_in_context).unwrap_or_default();
        let mut text = |name: &str| match context.remove(name) {
            Some(serde_json::Value::String(text)) => Some(text),
            _ => None,
        };
        AccountSession {
            id: wire.payload.uid,
            is_current: wire.is_current,
            signed_in_at: wire.payload.login_ts.map(|seconds| UnixTime(seconds).to_system_time()),
            expires_at: wire.expires_at.map(millis),
            application_ids: wire.payload.authorizations.into_keys().collect(),
            ip: text("ip"),
            user_agent: text("userAgent"),
        }
    }
}

/// A time in milliseconds since 1970.
#[allow(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(super) fn millis(milliseconds: f64) -> SystemTime {
    UnixTime((milliseconds / 1000.0) as i64).to_system_time()
}

impl fmt::Display for AccountSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.user_agent.as_deref().unwrap_or("unknown browser"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o01_the_value_of_logtos_session_cookie_is_not_read() {
        let body = br#"{"sessions":[{"payload":{"exp":1797070820,"iat":1795861220,
            "jti":"8vccmzQ9bc2wHNOW_Pw4oeNw6jqd90n2dpu6uj6ETuc","uid":"BCuVoxOBaI66tC3UUH4KZbndjjZcKOslgOAkjlC_ojK",
            "kind":"Session","loginTs":1795861220,"accountId":"v0p8r5icnuze","authorizations":{"app":{"sid":"s",
            "grantId":"g","persistsLogout":true}}},"lastSubmission":{"interactionEvent":"SignIn",
            "signInContext":{"ip":"127.0.0.1","userAgent":"node","n":1}},"clientId":"app","accountId":"v0p8r5icnuze",
            "expiresAt":1797070820471,"isCurrent":true},{"payload":{"uid":"u"}}]}"#;
        let sessions = sessions_in(body).expect("sessions");
        assert!(!format!("{sessions:?}").contains("8vccmzQ9bc2w"));
        let [first, second] = &sessions[..] else { panic!("two sessions") };
        assert_eq!(first.id, "BCuVoxOBaI66tC3UUH4KZbndjjZcKOslgOAkjlC_ojK");
        assert_eq!((first.is_current, &first.application_ids[..]), (true, &["app".to_owned()][..]));
        assert_eq!((first.ip.as_deref(), first.to_string().as_str()), (Some("127.0.0.1"), "node"));
        assert_eq!(first.signed_in_at, Some(UnixTime(1_795_861_220).to_system_time()));
        assert_eq!(first.expires_at, Some(UnixTime(1_797_070_820).to_system_time()));
        assert_eq!((second.is_current, second.ip.as_ref()), (false, None));
        for bad in [&b"{}"[..], br#"{"sessions":[{}]}"#, b"nonsense"] {
            assert_eq!(sessions_in(bad).expect_err("bad").code(), "logto_unavailable");
        }
    }
}
