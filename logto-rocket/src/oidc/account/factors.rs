//! Factors of multi-factor authentication.

use std::fmt;
use std::time::SystemTime;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::read;
use super::error::AccountError;
use crate::clock::UnixTime;
use crate::types::Secret;

/// A factor of multi-factor authentication that the user has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MfaFactor {
    /// Its id, fit for a form's field.
    pub id: String,
    /// What it is.
    pub kind: MfaFactorKind,
    /// The name that the user gave it.
    pub name: Option<String>,
    /// How many backup codes are left.
    pub remaining_codes: Option<u32>,
    /// When it was set up.
    pub created_at: Option<SystemTime>,
}

/// The kind of a factor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MfaFactorKind {
    /// An authenticator app (TOTP).
    Totp,
    /// Backup codes.
    BackupCode,
    /// A passkey (WebAuthn).
    WebAuthn,
    /// A kind that this version does not know, by Logto's name.
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFactor {
    id: String,
    r#type: String,
    name: Option<String>,
    remain_codes: Option<u32>,
    created_at: Option<String>,
}

/// The factors in a response.
pub(crate) fn mfa_factors_in(body: &[u8]) -> Result<Vec<MfaFactor>, AccountError> {
    let factors: Vec<WireFactor> = read(body)?;
    Ok(factors.into_iter().map(MfaFactor::from).collect())
}

impl From<WireFactor> for MfaFactor {
    fn from(wire: WireFactor) -> Self {
        let kind = match wire.r#type.as_str() {
            "Totp" => MfaFactorKind::Totp,
            "BackupCode" => MfaFactorKind::BackupCode,
            "WebAuthn" => MfaFactorKind::WebAuthn,
            _ => MfaFactorKind::Other(wire.r#type),
        };
        MfaFactor {
            id: wire.id,
            kind,
            name: wire.name,
            remaining_codes: wire.remain_codes,
            created_at: wire.created_at.as_deref().and_then(date),
        }
    }
}

/// The secret of an authenticator app (TOTP, RFC 6238), which nothing knows yet but the application and its user.
/// [`Account::add_totp`](crate::Account::add_totp) sets it up, once the user has entered a code of the app.
///
/// Between these two requests it belongs in [`SessionData`](crate::SessionData).
#[derive(Clone, Serialize, Deserialize)]
pub struct TotpSecret {
    secret: Secret,
}

impl TotpSecret {
    /// The secret in Base32, for users who type it into their app.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// The address for a QR code that authenticator apps read, `otpauth://totp/..`. `issuer` is the name of the
    /// application or of its company, `account` that of the user, such as the e-mail address: the app shows both.
    ///
    /// ```
    /// # fn example(secret: &logto_rocket::TotpSecret) -> String {
    /// secret.address("Example Shop", "alice@example.com")
    /// # }
    /// ```
    #[must_use]
    pub fn address(&self, issuer: &str, account: &str) -> String {
        let [issuer, account] = [issuer, account].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
        format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", self.secret())
    }

    /// The secret in a response.
    pub(crate) fn in_body(body: &[u8]) -> Result<Self, AccountError> {
        read(body)
    }

    /// The body that sets it up.
    pub(crate) fn confirmed_by(&self, code: &str) -> Value {
        json!({ "type": "Totp", "secret": self.secret(), "code": code })
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret([REDACTED])")
    }
}

/// New backup codes, which replace a factor that the user has lost. Each can be used once.
/// [`Account::add_backup_codes`](crate::Account::add_backup_codes) sets them up, once the user has written them down.
///
/// Between these two requests they belong in [`SessionData`](crate::SessionData).
#[derive(Clone, Serialize, Deserialize)]
pub struct BackupCodes {
    codes: Vec<Secret>,
}

impl BackupCodes {
    /// The codes, to be shown to the user.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.codes.iter().map(Secret::expose)
    }

    /// The codes in a response.
    pub(crate) fn in_body(body: &[u8]) -> Result<Self, AccountError> {
        read(body)
    }

    /// The body that sets them up.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "type": "BackupCode", "codes": self.codes })
    }
}

impl fmt::Debug for BackupCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupCodes({})", self.codes.len())
    }
}

/// A backup code that has been set up.
#[derive(Clone)]
pub struct BackupCode {
    code: Secret,
    used_at: Option<SystemTime>,
}

impl BackupCode {
    /// The code, to be shown to the user.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.expose()
    }

    /// When it was used. `None` if it is left.
    #[must_use]
    pub fn used_at(&self) -> Option<SystemTime> {
        self.used_at
    }
}

impl fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupCode").field("used_at", &self.used_at).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct ListedCodes {
    codes: Vec<WireCode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCode {
    code: Secret,
    used_at: Option<String>,
}

/// The backup codes in a response.
pub(crate) fn backup_codes_in(body: &[u8]) -> Result<Vec<BackupCode>, AccountError> {
    let ListedCodes { codes } = read(body)?;
    let read =
        |wire: WireCode| BackupCode { code: wire.code, used_at: wire.used_at.as_deref().and_then(date) };
    Ok(codes.into_iter().map(read).collect())
}

fn date(text: &str) -> Option<SystemTime> {
    let date = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    Some(UnixTime(date.unix_timestamp()).to_system_time())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_read_from_what_logto_sends() {
        let body = br#"[{"id":"n8","createdAt":"2026-11-28T10:20:25.968Z","type":"Totp"},
            {"id":"ee","createdAt":"odd","type":"BackupCode","remainCodes":10},{"id":"o","type":"Smoke"}]"#;
        let factors = mfa_factors_in(body).expect("factors");
        assert_eq!((&factors[0].kind, factors[1].remaining_codes), (&MfaFactorKind::Totp, Some(10)));
        assert_eq!(factors[0].created_at, Some(UnixTime(1_795_861_225).to_system_time()));
        assert_eq!(factors[1].created_at, None);
        assert_eq!(factors[2].kind, MfaFactorKind::Other("Smoke".to_owned()));
    }

    #[test]
    fn a_secret_is_read_shown_and_not_printed() {
        let secret = TotpSecret::in_body(br#"{"secret":"FAND6BACDJ7E6X37"}"#).expect("a secret");
        assert_eq!(secret.secret(), "FAND6BACDJ7E6X37");
        assert_eq!(
            secret.address("A: b&c", "a@b.example"),
            "otpauth://totp/A%3A%20b%26c:a%40b%2Eexample?secret=FAND6BACDJ7E6X37&issuer=A%3A%20b%26c"
        );
        let body = secret.confirmed_by("123456");
        assert_eq!(body, json!({ "type": "Totp", "secret": "FAND6BACDJ7E6X37", "code": "123456" }));
        let kept = serde_json::to_string(&secret).expect("JSON");
        let found: TotpSecret = serde_json::from_str(&kept).expect("a secret");
        assert_eq!(found.secret(), secret.secret());
        assert!(!format!("{secret:?}").contains("FAND6"));
        TotpSecret::in_body(b"{}").expect_err("no secret");
    }

    #[test]
    fn backup_codes_are_read_shown_and_not_printed() {
        let codes = BackupCodes::in_body(br#"{"codes":["1618d5fc23","290bf402d6"]}"#).expect("codes");
        assert_eq!(codes.iter().collect::<Vec<_>>(), ["1618d5fc23", "290bf402d6"]);
        assert_eq!(codes.to_json()["codes"][1], "290bf402d6");
        let used =
            br#"{"codes":[{"code":"1618d5fc23","usedAt":"2026-11-28T10:20:26.010Z"},{"code":"290bf402d6"}]}"#;
        let listed = backup_codes_in(used).expect("codes");
        assert_eq!((listed[0].code(), listed[1].code()), ("1618d5fc23", "290bf402d6"));
        assert!(listed[0].used_at().is_some() && listed[1].used_at().is_none());
        let printed = format!("{codes:?} {listed:?}");
        assert!(!printed.contains("1618d") && !printed.contains("290bf"), "{printed}");
    }
}
