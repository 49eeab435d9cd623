//! The ID token that comes along with a refresh (OpenID Connect Core §12.2): what ends the session, and what is
//! dropped together with its whole answer.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ALICE, BOB, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Answer, Bench, Browser, param, path_of};
use serde_json::{Value, json};

use super::{A_MOMENT, HOUR, is_unavailable};

/// A person whose access token has just expired, and the nonce of their sign-in.
struct Signed {
    bench: Bench,
    alice: Browser,
    nonce: String,
}

impl Signed {
    async fn new(store: &'static str) -> Signed {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = bench.browser();
        let url = alice.begin("/known").await;
        let nonce = param(&url, "nonce").expect("a nonce");
        let callback = bench.tenant.browser().sign_in(url, "alice").await.unwrap();
        assert_eq!(alice.open(path_of(&callback)).await.location(), "/known");
        assert_eq!(alice.fetch("/token").await.status, 200);
        bench.tenant.clock().advance(HOUR);
        Signed { bench, alice, nonce }
    }

    fn claims(&self) -> Value {
        let now = self.bench.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({
            "iss": self.bench.tenant.issuer(), "aud": ROCKET_APP.id, "sub": ALICE, "iat": now,
            "exp": now + 3600, "name": "Mallory",
        })
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES384", "kid": self.bench.tenant.keys().ids()[0] })
    }

    fn sign(&self, claims: &Value) -> String {
        self.bench.tenant.keys().sign(&self.header(), claims).unwrap()
    }

    /// The answer to `/token` when Logto gives a good access token and this ID token; and that access token.
    async fn refreshed_with(&mut self, id_token: String) -> (Answer, String) {
        let access_token =
            self.bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
        let body = json!({
            "access_token": access_token, "token_type": "Bearer", "expires_in": 3600,
            "scope": "read:orders", "id_token": id_token,
        });
        self.bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
        let answer = self.alice.fetch("/token").await;
        self.bench.tenant.faults().clear();
        (answer, access_token)
    }

    async fn name(&mut self) -> Value {
        self.alice.fetch("/logto/user").await.json()["claims"]["name"].clone()
    }
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

/// Logto's signature vouches for every claim: a token that names somebody or something else is proof that the
/// answer belongs to another sign-in.
#[rocket::async_test]
async fn field_10_a34_a35_a36_d25_a_refreshed_id_token_of_another_sign_in_ends_the_session() {
    for store in ["cookie", "memory"] {
        for (name, value, code) in [
            ("sub", json!(BOB), "token_subject"),
            ("iss", json!("https://evil.example/oidc"), "token_issuer"),
            ("aud", json!("another"), "token_audience"),
            ("aud", json!([ROCKET_APP.id, "another"]), "token_audience"),
            ("aud", json!([]), "token_audience"),
            ("azp", json!("another"), "token_authorized_party"),
            ("nonce", json!("of another sign-in"), "token_nonce"),
            ("nonce", json!(""), "token_nonce"),
        ] {
            let mut signed = Signed::new(store).await;
            let token = signed.sign(&with(&signed.claims(), name, value.clone()));
            let (answer, access_token) = signed.refreshed_with(token).await;
            let what = format!("{store}, {name}: {value} ({code})");
            assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended"), "{what}: {answer:?}");
            assert!(!answer.body.contains(&access_token), "{what}");
            assert!(signed.alice.jar.session().is_empty(), "{what}");
            assert_eq!(signed.alice.fetch("/known").await.status, 401, "{what}");
        }
    }
}

/// What cannot be checked, or is out of its time, proves nothing about the person: nobody is signed out for it. The
/// access token beside it is not used either.
#[rocket::async_test]
async fn field_10_i14_an_id_token_that_cannot_be_believed_takes_its_whole_answer_along() {
    for store in ["cookie", "memory"] {
        let mut signed = Signed::new(store).await;
        let (claims, header) = (signed.claims(), signed.header());
        let now = claims["iat"].as_u64().unwrap();
        let keys = signed.bench.tenant.keys();
        let without = |name: &str| {
            let mut claims = claims.clone();
            claims.as_object_mut().unwrap().remove(name);
            claims
        };
        let tokens = [
            ("a stranger's signature", keys.sign_with_stranger(&header, &claims).unwrap()),
            ("a stranger's token of somebody else", {
                keys.sign_with_stranger(&header, &with(&claims, "sub", json!(BOB))).unwrap()
            }),
            ("an unknown key", keys.sign(&with(&header, "kid", json!("unknown")), &claims).unwrap()),
            ("another algorithm", keys.sign(&with(&header, "alg", json!("RS256")), &claims).unwrap()),
            ("another type", keys.sign(&with(&header, "typ", json!("at+jwt")), &claims).unwrap()),
            ("no token", "not.a.token".to_owned()),
            ("an opaque text", "opaque".to_owned()),
            ("expired", signed.sign(&with(&claims, "exp", json!(now - 3600)))),
            ("from the future", signed.sign(&with(&claims, "iat", json!(now + 1800)))),
            ("no subject", signed.sign(&without("sub"))),
            ("no audience", signed.sign(&without("aud"))),
            (
                "another access token's",
                signed.sign(&with(&claims, "at_hash", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
            ),
        ];
        for (what, token) in tokens {
            let (answer, access_token) = signed.refreshed_with(token).await;
            let what = format!("{store}: {what}");
            is_unavailable(&mut signed.alice, &answer, &what).await;
            assert!(!answer.body.contains(&access_token), "{what}");
            assert_ne!(signed.name().await, "Mallory", "{what}");
            signed.bench.tenant.clock().advance(A_MOMENT);
        }
        let after = signed.alice.fetch("/token").await;
        assert_eq!(after.status, 200, "{store}: the next answer is good: {after:?}");
    }
}

#[rocket::async_test]
async fn field_10_the_old_token_serves_to_its_end_where_an_answer_is_dropped() {
    let bench = Bench::probe_app_in_cookies().await;
    let mut alice = bench.signed_in("alice").await;
    let held = alice.fetch("/token").await.json()["token"].clone();
    bench.tenant.clock().advance(HOUR - Duration::from_secs(30));
    let issue = || Issue::user("alice").resource(SHOPPING_API);
    let body = json!({
        "access_token": bench.tenant.access_token(issue()).unwrap(), "token_type": "Bearer",
        "expires_in": 3600, "id_token": "not.a.token",
    });
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
    let answer = alice.fetch("/token").await;
    assert_eq!((answer.status, &answer.json()["token"]), (200, &held));
}

/// The old refresh token may be spent: what comes with an answer that is dropped is kept all the same.
#[rocket::async_test]
async fn field_10_the_refresh_token_of_a_dropped_answer_is_kept() {
    for store in ["cookie", "memory"] {
        let mut signed = Signed::new(store).await;
        let body = json!({
            "access_token": "opaque", "token_type": "Bearer", "id_token": "not.a.token",
            "refresh_token": "the-successor",
        });
        let faults = signed.bench.tenant.faults();
        faults.on(Endpoint::Token).fault(Fault::StatusWithBody(200, body.to_string()));
        let answer = signed.alice.fetch("/token").await;
        is_unavailable(&mut signed.alice, &answer, store).await;
        signed.bench.tenant.faults().clear();
        signed.bench.tenant.clock().advance(A_MOMENT);
        signed.alice.fetch("/token").await;
        let call = signed.bench.grants("refresh_token").pop().unwrap();
        assert_eq!(call.param("refresh_token"), Some("the-successor"), "{store}");
    }
}

/// OpenID Connect Core §12.2: a refreshed ID token should have no nonce; where it has one, as Logto's has, it is the
/// first one's.
#[rocket::async_test]
async fn field_10_the_first_nonce_or_none_comes_with_a_refresh() {
    for store in ["cookie", "memory"] {
        let mut signed = Signed::new(store).await;
        for nonce in [Some(signed.nonce.clone()), None, Some(signed.nonce.clone())] {
            let mut claims = signed.claims();
            if let Some(nonce) = &nonce {
                claims["nonce"] = json!(nonce);
            }
            let token = signed.sign(&claims);
            let (answer, access_token) = signed.refreshed_with(token).await;
            assert_eq!(answer.status, 200, "{store}, {nonce:?}: {answer:?}");
            assert_eq!(answer.json()["token"], access_token.as_str(), "{store}");
            assert_eq!(signed.name().await, "Mallory", "{store}: the claims are renewed");
            signed.bench.tenant.clock().advance(HOUR);
        }
        assert_eq!(signed.alice.fetch("/token").await.status, 200, "{store}: and the tenant's own");
    }
}
