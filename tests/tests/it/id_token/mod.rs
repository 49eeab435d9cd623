//! A sign-in at a tenant that answers badly: ID tokens, token responses, discovery documents.

mod accepted;
mod claims;
mod discovery;
mod headers;
mod odd;
mod responses;

use std::time::UNIX_EPOCH;

use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_dev::{Endpoint, Fault};
use logto_tests::{Answer, Bench, Browser, param, path_of};
use serde_json::{Value, json};

/// An application whose tenant answers the code exchange as a test says.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
}

/// A sign-in up to the moment when the browser is back.
pub(crate) struct Returned {
    pub(crate) browser: Browser,
    pub(crate) callback: String,
    pub(crate) nonce: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let bench = Bench::probe_app().await;
        bench.tenant.clock().freeze();
        Stage { bench }
    }

    pub(crate) fn now(&self) -> i64 {
        let now = self.bench.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        i64::try_from(now).unwrap()
    }

    pub(crate) async fn returned(&self) -> Returned {
        let mut browser = self.bench.browser();
        let url = browser.begin("/known").await;
        let nonce = param(&url, "nonce").unwrap();
        let callback = path_of(&self.bench.tenant.sign_in(url, "alice").await.unwrap());
        Returned { browser, callback, nonce }
    }

    /// The claims of a good ID token.
    pub(crate) fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.bench.tenant.issuer(),
            "aud": ROCKET_APP.id,
            "sub": ALICE,
            "iat": self.now(),
            "exp": self.now() + 3600,
            "nonce": nonce,
            "name": "Alice Example",
        })
    }

    /// The header of a good ID token. Logto's carry no `typ`.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "ES384", "kid": self.bench.tenant.keys().ids()[0] })
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.bench.tenant.keys().sign(header, claims).unwrap()
    }

    /// Completes a sign-in with `body` as the answer of the token endpoint.
    pub(crate) async fn answer(&self, returned: &mut Returned, body: impl Into<String>) -> Answer {
        self.bench.tenant.faults().clear();
        self.bench.tenant.journal().clear();
        self.bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.into()));
        returned.browser.open(&returned.callback).await
    }

    /// Completes a sign-in with the ID token that `make` makes of a good header and good claims.
    pub(crate) async fn with_token(&self, make: impl FnOnce(Value, Value) -> String) -> (Returned, Answer) {
        let mut returned = self.returned().await;
        let id_token = make(self.header(), self.claims(&returned.nonce));
        let answer = self.answer(&mut returned, response(&id_token).to_string()).await;
        (returned, answer)
    }

    pub(crate) async fn accepts(&self, what: &str, make: impl FnOnce(Value, Value) -> String) {
        let (mut returned, answer) = self.with_token(make).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/known")), "{what}: {answer:?}");
        assert_eq!(returned.browser.open("/known").await.body, ALICE, "{what}");
    }

    /// Demands a refusal of the ID token: one call, no session, the pending sign-in over, nothing asked of userinfo.
    pub(crate) async fn refuses(&self, what: &str, make: impl FnOnce(Value, Value) -> String) {
        let (mut returned, answer) = self.with_token(make).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "sign_in_id_token"), "{what}: {answer:?}");
        self.left_nothing(&mut returned, &answer, what).await;
    }

    /// Nobody is signed in, and the pending sign-in is over. Only where the answer says that Logto is unavailable can the
    /// callback be repeated, so there the pending sign-in is kept.
    pub(crate) async fn left_nothing(&self, returned: &mut Returned, answer: &Answer, what: &str) {
        assert!(returned.browser.jar.session().is_empty(), "{what}");
        let is_kept = answer.code() == "logto_unavailable";
        assert_eq!(returned.browser.jar.pending_sign_ins().len(), usize::from(is_kept), "{what}");
        assert_eq!(self.bench.count(Endpoint::Token), 1, "{what}");
        assert_eq!(self.bench.count(Endpoint::UserInfo), 0, "{what}");
        assert_eq!(returned.browser.fetch("/known").await.status, 401, "{what}");
    }

    /// The same for good header and claims but for one claim.
    pub(crate) async fn refuses_claim(&self, name: &str, value: Value) {
        let what = format!("{name}: {value:.100}");
        self.refuses(&what, |header, mut claims| {
            claims[name] = value;
            self.sign(&header, &claims)
        })
        .await;
    }

    pub(crate) async fn refuses_without(&self, name: &str) {
        self.refuses(&format!("without {name}"), |header, mut claims| {
            claims.as_object_mut().unwrap().remove(name);
            self.sign(&header, &claims)
        })
        .await;
    }
}

/// A good token response with this ID token.
pub(crate) fn response(id_token: &str) -> Value {
    json!({
        "access_token": "an-opaque-access-token-of-43-characters-xx",
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": "a-refresh-token-that-is-good-for-nothing-xx",
        "scope": "openid offline_access profile",
        "id_token": id_token,
    })
}
