//! What the tests of token verification share.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use figment::value::Value as Setting;
use logto_dev::{Tenant, recorded};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::config::{Config, Surroundings};
use crate::oidc::Provider;

pub(super) const LEEWAY: Duration = Duration::from_secs(60);

/// A tenant on a clock that stands still, and this application's view of it.
pub(super) struct Stand {
    pub(super) tenant: Tenant,
    pub(super) provider: Arc<Provider>,
    pub(super) clock: Clock,
}

impl Stand {
    pub(super) async fn new() -> Self {
        let tenant = Tenant::recorded().start().await.expect("a tenant");
        tenant.clock().freeze();
        let settings = json!({
            "endpoint": tenant.endpoint(),
            "app_id": recorded::ROCKET_APP.id,
            "app_secret": recorded::ROCKET_APP.secret,
        });
        let settings = Setting::serialize(settings).expect("settings");
        let config = Config::read(Some(&settings), &Surroundings { debug: true, port: 8000 }).expect("good");
        let theirs = tenant.clock().clone();
        let clock = Clock::new(move || theirs.now());
        let provider = Arc::new(Provider::new(Arc::new(config), clock.clone()).expect("a provider"));
        Stand { tenant, provider, clock }
    }

    pub(super) fn now(&self) -> i64 {
        let now = self.tenant.clock().now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        i64::try_from(now).expect("before the end of time")
    }

    pub(super) fn header(&self, typ: &str) -> Value {
        json!({ "alg": "ES384", "typ": typ, "kid": self.tenant.keys().ids()[0] })
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.tenant.keys().sign(header, claims).expect("a signature")
    }
}

/// `claims` with `change` made to them: a member set, or taken out where the value is `None`.
pub(super) fn with(claims: &Value, name: &str, value: Option<Value>) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().expect("an object");
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    claims
}
