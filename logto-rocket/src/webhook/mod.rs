//! Logto's webhooks: signature, age and contents of a delivery.

mod effect;
mod event;
mod signature;

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(crate) use effect::{Effect, Effects};
pub use event::WebhookEvent;
pub(crate) use signature::{SIGNATURE_HEADER, Signature, SigningKeys};

use crate::clock::UnixTime;

/// Larger than any event of Logto, whose four lists of members have at most 5,000 ids each.
pub(crate) const MAX_BODY: usize = 1024 * 1024;
/// The maximum age of an event. Logto sends each event once and waits ten seconds for the response.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(300);

/// The members that every event has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope {
    pub(crate) hook_id: String,
    pub(crate) event: String,
    created_at: String,
}

impl Envelope {
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    pub(crate) fn created(&self) -> Option<UnixTime> {
        let time = OffsetDateTime::parse(&self.created_at, &Rfc3339).ok()?;
        Some(UnixTime(time.unix_timestamp()))
    }
}

/// Whether an event with this time is accepted. The time in the body is the only one that Logto signs, and anybody
/// who has seen a body can send it again.
pub(crate) fn is_fresh(created: UnixTime, now: UnixTime, leeway: Duration) -> bool {
    created <= now.plus(leeway) && now.since(created) <= MAX_AGE + leeway
}

/// How long a delivery must be remembered so that it is processed only once.
pub(crate) fn memory(leeway: Duration) -> Duration {
    MAX_AGE + leeway * 2
}

/// The idempotency key of a delivery. Logto gives deliveries no id, but a repeated delivery has the same body.
pub(crate) fn name_of(body: &[u8]) -> String {
    format!("webhook {}", URL_SAFE_NO_PAD.encode(digest(&SHA256, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEEWAY: Duration = Duration::from_secs(60);

    #[test]
    fn k20_an_event_is_accepted_for_five_minutes() {
        let fresh = |age: i64| is_fresh(UnixTime(10_000), UnixTime(10_000 + age), LEEWAY);
        assert!(fresh(0) && fresh(360) && fresh(-60));
        assert!(!fresh(361) && !fresh(-61));
    }

    #[test]
    fn k20_times_are_those_of_javascript() {
        let created = |text: &str| {
            let body = serde_json::json!({ "hookId": "h", "event": "e", "createdAt": text }).to_string();
            Envelope::read(body.as_bytes()).and_then(|envelope| envelope.created())
        };
        assert_eq!(created("2026-11-20T21:26:59.042Z"), Some(UnixTime(1_795_210_019)));
        assert_eq!(created("2026-11-20T23:26:59+02:00"), Some(UnixTime(1_795_210_019)));
        for bad in ["", "1795210019", "2026-11-20", "2026-13-20T00:00:00Z", "yesterday"] {
            assert_eq!(created(bad), None, "{bad}");
        }
        assert!(Envelope::read(br#"{"hookId":"h","event":"e","createdAt":1795210019}"#).is_none());
        assert!(Envelope::read(b"[]").is_none() && Envelope::read(b"").is_none());
    }
}
