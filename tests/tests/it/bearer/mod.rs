//! Bearer tokens: which are taken, which are not, and what is said to whoever sent them.

mod challenge;
mod claims;
mod clients;
mod forgery;
mod header;
mod health;
mod impersonation;
mod jwks;
mod keys;
mod opaque;
mod scopes;

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Issue, Tenant};
use logto_tests::{Answer, Ask, Bench};

/// A token of Alice for the shop's API, as Logto would issue it.
pub(crate) fn alice() -> Issue {
    Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders", "write:orders"])
}

pub(crate) fn good(tenant: &Tenant) -> String {
    tenant.access_token(alice()).unwrap()
}

/// Shows `token` to a route that asks for `read:orders`.
pub(crate) async fn show(bench: &Bench, token: &str) -> Answer {
    bench.call(Ask::get("/orders").bearer(token)).await
}

pub(crate) async fn accepted(bench: &Bench, token: &str, what: &str) {
    let answer = show(bench, token).await;
    assert_eq!(answer.status, 200, "{what}: {answer:?}");
}

/// Demands that `token` is refused as invalid for this reason, without a word about its contents.
pub(crate) async fn refused(bench: &Bench, token: &str, code: &str, what: &str) {
    let answer = show(bench, token).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, code), "{what}: {answer:?}");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""),
        "{what}: {challenge}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    for part in token.split('.').filter(|part| part.len() > 20) {
        assert!(!format!("{answer:?}").contains(part), "{what}: the token is told");
    }
}

/// Demands only that it is refused, with one of the statuses for what is wrong with a token.
pub(crate) async fn not_accepted(bench: &Bench, token: &str, what: &str) {
    let answer = show(bench, token).await;
    assert!(matches!(answer.status, 400 | 401), "{what}: {answer:?}");
}
