//! Access tokens of a session: fetched once, renewed in time, never mixed up, and no cause to sign anybody out.

mod answers;
mod cached;
mod denied;
mod ended;
mod id_tokens;
mod lives;
mod many;
mod organizations;
mod outage;
mod parallel;
mod rotation;
mod trouble;
mod userinfo;

use std::time::Duration;

use logto_tests::{Answer, Bench, Browser};
use rocket::figment::Figment;

/// As long as a token for the shop's API lives.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Longer than requests of one session share a failure of Logto's.
pub(crate) const A_MOMENT: Duration = Duration::from_secs(2);

/// Settings for sessions that outlive everything a test does.
pub(crate) fn patient(figment: Figment) -> Figment {
    figment.merge(("logto.session_idle", "60d")).merge(("logto.session_absolute", "90d"))
}

pub(crate) fn refreshes(bench: &Bench) -> usize {
    bench.grants("refresh_token").len()
}

/// A browser whose session holds a token that has just expired.
pub(crate) async fn with_expired_token(bench: &Bench) -> Browser {
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    bench.tenant.clock().advance(HOUR);
    alice
}

/// Demands that Logto's trouble is told as such, and that the person stays signed in.
pub(crate) async fn is_unavailable(browser: &mut Browser, answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{what}: {answer:?}");
    assert!(answer.header("retry-after").is_some_and(|value| value.parse::<u32>().is_ok()), "{what}");
    assert!(answer.header("location").is_none() && answer.header("www-authenticate").is_none(), "{what}");
    assert!(answer.cookies().iter().all(|cookie| !cookie.is_deletion()), "{what}: {answer:?}");
    assert!(!browser.jar.session().is_empty(), "{what}");
    assert_eq!(browser.fetch("/known").await.status, 200, "{what}: still signed in");
}
