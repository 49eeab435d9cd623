//! Codes of authenticator apps (TOTP, RFC 6238): six digits, SHA-1, thirty seconds, as Logto checks them.

use totp_rs::{Builder, Secret, Totp};

use crate::random;

/// 32 characters of Base32.
pub(crate) fn new_secret() -> String {
    Secret::from(random::totp_secret()).to_base32()
}

/// The code of an app with this secret at a time in milliseconds since 1970. `None` if the secret is not Base32.
pub(crate) fn code_at(secret: &str, now_ms: i64) -> Option<String> {
    Some(totp(secret)?.generate(seconds(now_ms)).to_string())
}

/// Whether an app with this secret shows the code at the time, or has half a minute before or after it.
pub(crate) fn accepts(secret: &str, code: &str, now_ms: i64) -> bool {
    totp(secret).is_some_and(|totp| totp.check(code, seconds(now_ms)).is_some())
}

fn totp(secret: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Builder::new().with_secret(secret).build().ok()
}

fn seconds(ms: i64) -> u64 {
    u64::try_from(ms / 1000).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B has eight digits; the last six are these.
        let secret = Secret::from(*b"12345678901234567890").to_base32();
        for (now, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            let after = |seconds| accepts(&secret, code, (now + seconds) * 1000);
            assert_eq!(code_at(&secret, now * 1000).as_deref(), Some(code));
            assert!(after(0) && after(30) && !after(90));
        }
    }

    #[test]
    fn a_secret_that_is_none_accepts_nothing() {
        let secret = new_secret();
        assert_eq!(secret.len(), 32);
        assert!(code_at(&secret, 0).is_some_and(|code| accepts(&secret, &code, 0)));
        for bad in ["", "not base32!", "AAAA"] {
            assert!(code_at(bad, 0).is_none() && !accepts(bad, "000000", 0), "{bad}");
        }
    }
}
