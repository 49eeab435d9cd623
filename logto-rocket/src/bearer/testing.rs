//! What the tests of token verification share.

use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use figment::value::Value as Setting;
use logto_dev::{Issue, Tenant, recorded};
use serde_json::{Value, json};

use super::{AccessTokens, BearerRules, LogoutTokens};
use crate::clock::Clock;
use crate::config::{Config, IntrospectionSettings, RocketEnv};
use crate::error::{Error, InvalidToken};
use crate::oidc::{Provider, RelyingParty};

pub(super) const LEEWAY: Duration = Duration::from_secs(60);

/// A tenant on a clock that stands still, and this application's view of it.
pub(super) struct Stand {
    pub(super) tenant: Tenant,
    config: Arc<Config>,
    pub(super) provider: Arc<Provider>,
    pub(super) clock: Clock,
}

impl Stand {
    pub(super) async fn new() -> Self {
        Stand::ahead_of_logto(0).await
    }

    /// Where this server's clock goes wrong by so many seconds.
    pub(super) async fn ahead_of_logto(seconds: i64) -> Self {
        let tenant = Tenant::recorded().start().await.expect("a tenant");
        tenant.clock().freeze();
        let settings = json!({
            "request_timeout": "1s",
            "resources": [recorded::SHOPPING_API],
            "endpoint": tenant.endpoint(),
            "app_id": recorded::ROCKET_APP.id,
            "app_secret": recorded::ROCKET_APP.secret,
        });
        let settings = Setting::serialize(settings).expect("settings");
        let config = Config::read(Some(&settings), &RocketEnv { debug: true, port: 8000 }).expect("good");
        let theirs = tenant.clock().clone();
        let clock = Clock::new(move || {
            let off = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 { theirs.now() - off } else { theirs.now() + off }
        });
        let config = Arc::new(config);
        let provider = Arc::new(Provider::new(Arc::clone(&config), clock.clone()).expect("a provider"));
        Stand { tenant, config, provider, clock }
    }

    pub(super) fn relying_party(&self) -> RelyingParty {
        RelyingParty::new(Arc::clone(&self.provider), Arc::clone(self.config.for_web_app()))
    }

    pub(super) fn access_tokens(&self) -> AccessTokens {
        self.access_tokens_of(None)
    }

    /// With these applications' opaque tokens.
    pub(super) fn access_tokens_of(&self, introspected: Option<&[&str]>) -> AccessTokens {
        let introspection = introspected.map(|clients| IntrospectionSettings {
            app: self.config.for_web_app().app.clone(),
            clients: clients.iter().map(|&client| client.to_owned()).collect(),
        });
        let rules = BearerRules { leeway: LEEWAY, introspection };
        AccessTokens::new(Arc::clone(&self.provider), rules, self.clock.clone())
    }

    pub(super) fn logout_tokens(&self) -> LogoutTokens {
        LogoutTokens::new(Arc::clone(&self.provider), recorded::ROCKET_APP.id, LEEWAY, self.clock.clone())
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.tenant.clock().advance(Duration::from_secs(seconds));
    }

    /// A token of this user for the shop's API.
    pub(super) fn token_of(&self, user: &str) -> String {
        self.tenant.access_token(Issue::user(user).resource(recorded::SHOPPING_API)).expect("a token")
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

/// Demands that a token was refused, for this reason.
pub(super) fn refused<T: Debug>(verified: Result<T, Error>, reason: InvalidToken, what: &str) {
    match verified {
        Err(Error::InvalidToken(found) | Error::InvalidIdToken(found)) => assert_eq!(found, reason, "{what}"),
        other => panic!("{what}: {other:?}"),
    }
}

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key for ES384 that signs whatever it is given.
pub(super) struct Forge {
    pub(super) kid: String,
    pair: EcdsaKeyPair,
}

impl Forge {
    pub(super) fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
        Forge { kid: kid.to_owned(), pair }
    }

    /// x and y, one after the other.
    pub(super) fn coordinates(&self) -> &[u8] {
        &self.pair.public_key().as_ref()[1..]
    }

    pub(super) fn jwk(&self) -> Value {
        let (x, y) = self.coordinates().split_at(48);
        json!({ "kty": "EC", "crv": "P-384", "x": b64(x), "y": b64(y), "kid": self.kid, "alg": "ES384", "use": "sig" })
    }

    pub(super) fn header(&self) -> Value {
        json!({ "alg": "ES384", "kid": self.kid })
    }

    /// Header and claims as they print: JSON values, or texts that no JSON value prints as.
    pub(super) fn sign(&self, header: impl Display, claims: impl Display) -> String {
        self.sign_bytes(header.to_string().as_bytes(), claims.to_string().as_bytes())
    }

    pub(super) fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        let signed = format!("{}.{}", b64(header), b64(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", b64(signature))
    }
}
