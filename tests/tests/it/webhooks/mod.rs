//! Webhooks: what they end, and what is not taken for one.

mod ends;
mod everybody;
mod guard;
mod others;
mod outage;
mod refused;

use aws_lc_rs::hmac;
use logto_dev::{Tenant, Webhook};
use logto_tests::{Ask, Bench};
use rocket::figment::Figment;
use serde_json::{Map, Value};

pub(crate) const PATH: &str = "/logto/webhook";
pub(crate) const KEY: &str = "the signing key of this test's webhook";
pub(crate) const OLD_KEY: &str = "the signing key that it had before that";

pub(crate) fn hooked(figment: Figment) -> Figment {
    figment.merge(("logto.webhook_signing_keys", [KEY, OLD_KEY]))
}

/// An application that the tenant tells of everything.
pub(crate) async fn bench_with(change: impl FnOnce(Figment) -> Figment) -> Bench {
    let bench = Bench::probe_app_with(|figment| change(hooked(figment))).await;
    bench.tenant.add_webhook(Webhook::new(format!("http://{}{PATH}", bench.app.address()), KEY));
    bench
}

pub(crate) async fn bench() -> Bench {
    bench_with(|figment| figment).await
}

pub(crate) fn signature(key: &str, body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A webhook with this body, signed by this key.
pub(crate) fn signed(path: &str, key: &str, body: &str) -> Ask {
    Ask::post(path).header("logto-signature-sha-256", signature(key, body)).body("application/json", body)
}

/// An event of this moment.
pub(crate) fn event(tenant: &Tenant, name: &str, more: Value) -> Map<String, Value> {
    let Value::Object(mut event) = more else { panic!("an object") };
    event.insert("hookId".into(), "hook".into());
    event.insert("event".into(), name.into());
    event.insert("createdAt".into(), tenant.clock().now_iso().into());
    event
}

pub(crate) fn text(event: Map<String, Value>) -> String {
    Value::Object(event).to_string()
}
