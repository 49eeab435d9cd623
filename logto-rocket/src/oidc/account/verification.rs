//! Proofs: that a user has just shown who they are, and that an address is theirs.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::read;
use super::error::AccountError;
use crate::clock::UnixTime;
use crate::types::Secret;

/// How long Logto keeps a record, where it does not say.
const LIFE: Duration = Duration::from_secs(600);

/// The proof that the user has just shown who they are, by their password or by a code. It is valid for ten minutes and
/// for as many calls as that takes.
///
/// It belongs to the user and to no session in particular: **whoever has it and an access token of the user can change
/// the password**. To keep it between two requests, put it into [`SessionData`](crate::SessionData), and not into a form.
#[derive(Clone, Serialize, Deserialize)]
pub struct Verification {
    id: Secret,
    expires: UnixTime,
}

impl Verification {
    /// When it expires, by Logto's clock.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires.to_system_time()
    }

    pub(super) fn id(&self) -> &Secret {
        &self.id
    }

    pub(super) fn exposed(&self) -> &str {
        self.id.expose()
    }

    /// The record in a response.
    pub(crate) fn in_body(body: &[u8], now: UnixTime) -> Result<Self, AccountError> {
        let record: Record = read(body)?;
        Ok(Verification {
            id: record.verification_record_id,
            expires: expiry(record.expires_at.as_deref(), now),
        })
    }

    #[cfg(test)]
    pub(super) fn for_test(id: &str) -> Self {
        Verification { id: Secret::new(id), expires: UnixTime(0) }
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification").field("expires", &self.expires_at()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    verification_record_id: Secret,
    expires_at: Option<String>,
}

fn expiry(text: Option<&str>, now: UnixTime) -> UnixTime {
    let told = text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    told.map_or_else(|| now.plus(LIFE), |told| UnixTime(told.unix_timestamp()))
}

/// Where a verification code is sent.
///
/// ```
/// use logto_rocket::AccountIdentifier;
///
/// let address = AccountIdentifier::Email("alice@example.com".to_owned());
/// assert_eq!(address.value(), "alice@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccountIdentifier {
    /// An e-mail address.
    Email(String),
    /// A phone number, in digits with the country code and without a plus sign.
    Phone(String),
}

impl AccountIdentifier {
    /// The address or the number.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            AccountIdentifier::Email(value) | AccountIdentifier::Phone(value) => value,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let kind = match self {
            AccountIdentifier::Email(_) => "email",
            AccountIdentifier::Phone(_) => "phone",
        };
        json!({ "type": kind, "value": self.value() })
    }
}

/// A verification code that Logto has sent. Like a [`Verification`], it belongs in
/// [`SessionData`](crate::SessionData) between two requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentCode {
    to: AccountIdentifier,
    record: Verification,
}

impl SentCode {
    /// Where it was sent.
    #[must_use]
    pub fn to(&self) -> &AccountIdentifier {
        &self.to
    }

    /// When it expires, by Logto's clock.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.record.expires_at()
    }

    pub(crate) fn new(to: AccountIdentifier, record: Verification) -> Self {
        SentCode { to, record }
    }

    /// What the user has entered, for Logto to check.
    pub(crate) fn answer(&self, code: &str) -> Value {
        json!({
            "identifier": self.to.to_json(),
            "verificationId": self.record.exposed(),
            "code": code,
        })
    }

    /// The same record, once the code was right.
    pub(crate) fn verified(&self) -> Verification {
        self.record.clone()
    }
}

impl Verification {
    /// The body that makes a verified address the user's.
    pub(crate) fn identifier_body(&self, address: &AccountIdentifier) -> Value {
        let name = match address {
            AccountIdentifier::Email(_) => "email",
            AccountIdentifier::Phone(_) => "phone",
        };
        json!({ name: address.value(), "newIdentifierVerificationRecordId": self.exposed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_from_what_logto_sends() {
        let body =
            br#"{"verificationRecordId":"9dqwl1quvoljrm1aa5hsk","expiresAt":"2026-11-28T10:30:23.451Z"}"#;
        let record = Verification::in_body(body, UnixTime(0)).expect("a record");
        assert_eq!((record.exposed(), record.expires), ("9dqwl1quvoljrm1aa5hsk", UnixTime(1_795_861_823)));
        let body = br#"{"verificationRecordId":"9dqwl1quvoljrm1aa5hsk"}"#;
        assert_eq!(Verification::in_body(body, UnixTime(7)).expect("a record").expires, UnixTime(607));
        for bad in [&b"{}"[..], b"[]", b"", br#"{"verificationRecordId":7}"#] {
            assert_eq!(Verification::in_body(bad, UnixTime(0)).expect_err("bad").code(), "logto_unavailable");
        }
    }

    #[test]
    fn a_verification_survives_the_session_and_prints_nothing() {
        let record = Verification::for_test("the-record");
        let kept = serde_json::to_string(&record).expect("JSON");
        let found: Verification = serde_json::from_str(&kept).expect("a verification");
        assert_eq!(found.exposed(), "the-record");
        let sent = SentCode::new(AccountIdentifier::Email("a@example.com".to_owned()), record);
        assert!(!format!("{sent:?}").contains("the-record"));
    }
}
