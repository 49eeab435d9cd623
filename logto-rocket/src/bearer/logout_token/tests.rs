use logto_dev::{Endpoint, Issue, recorded};
use serde_json::json;

use super::*;
use crate::bearer::testing::{Stand, refused, with};

fn good(stand: &Stand) -> Value {
    json!({
        "iss": stand.tenant.issuer(),
        "aud": recorded::ROCKET_APP.id,
        "sub": recorded::ALICE,
        "sid": "a-session",
        "jti": "once",
        "iat": stand.now(),
        "exp": stand.now() + 120,
        "events": { LOGOUT_EVENT: {} },
    })
}

struct Fixture {
    stand: Stand,
    tokens: LogoutTokens,
}

impl Fixture {
    async fn new() -> Self {
        let stand = Stand::new().await;
        let tokens = stand.logout_tokens();
        Fixture { stand, tokens }
    }

    async fn verify(&self, claims: &Value) -> Result<LogoutToken, Error> {
        let token = self.stand.sign(&self.stand.header("logout+jwt"), claims);
        self.tokens.verify(&token).await
    }

    async fn takes(&self, claims: &Value) -> LogoutToken {
        self.verify(claims).await.unwrap_or_else(|error| panic!("{claims}: {error}"))
    }

    async fn refuses(&self, claims: &Value, reason: InvalidToken) {
        refused(self.verify(claims).await, reason, &claims.to_string());
    }

    async fn refuses_token(&self, token: &str, reason: InvalidToken) {
        refused(self.tokens.verify(token).await, reason, token);
    }
}

#[tokio::test]
async fn k13_what_logto_sends_is_taken() {
    let fixture = Fixture::new().await;
    let sent = fixture.stand.tenant.logout_token(Issue::user("alice")).expect("a token");
    let taken = fixture.tokens.verify(&sent).await.expect("good");
    assert_eq!((taken.subject.as_deref(), taken.sid), (Some(recorded::ALICE), None));

    let claims = good(&fixture.stand);
    let taken = fixture.takes(&claims).await;
    assert_eq!(taken.sid.as_deref(), Some("a-session"));
    assert_eq!((taken.jti.as_str(), taken.issued_at), ("once", UnixTime(fixture.stand.now())));
    assert_eq!(taken.expires, Some(UnixTime(fixture.stand.now() + 120)));
    assert_eq!(fixture.takes(&with(&claims, "sub", None)).await.subject, None);
    assert_eq!(fixture.takes(&with(&claims, "sid", None)).await.sid, None);
    fixture.takes(&with(&claims, "aud", Some(json!([recorded::ROCKET_APP.id])))).await;
    fixture.takes(&with(&claims, "trace_id", Some(json!(null)))).await;
}

#[tokio::test]
async fn k07_another_kind_of_token_is_refused() {
    let fixture = Fixture::new().await;
    let claims = good(&fixture.stand);
    for typ in ["JWT", "at+jwt", "", "logout", "secevent+jwt", "logout+jwt "] {
        let token = fixture.stand.sign(&fixture.stand.header(typ), &claims);
        fixture.refuses_token(&token, InvalidToken::Type).await;
    }
    let untyped = with(&fixture.stand.header(""), "typ", None);
    fixture.refuses_token(&fixture.stand.sign(&untyped, &claims), InvalidToken::Type).await;
    for typ in ["LOGOUT+JWT", "application/logout+jwt"] {
        let token = fixture.stand.sign(&fixture.stand.header(typ), &claims);
        assert!(fixture.tokens.verify(&token).await.is_ok(), "{typ}");
    }
    let issue = || Issue::user("alice");
    let id_token = fixture.stand.tenant.id_token(issue()).expect("a token");
    fixture.refuses_token(&id_token, InvalidToken::Type).await;
    let access =
        fixture.stand.tenant.access_token(issue().resource(recorded::SHOPPING_API)).expect("a token");
    fixture.refuses_token(&access, InvalidToken::Type).await;
    // Dressed as one, an ID token still tells of no logout.
    let dressed = fixture.stand.tenant.id_token(issue().header("typ", "logout+jwt")).expect("a token");
    fixture.refuses_token(&dressed, InvalidToken::Claim).await;
    fixture.refuses(&with(&claims, "nonce", Some(json!("n"))), InvalidToken::Nonce).await;
    fixture.refuses(&with(&claims, "nonce", Some(json!(null))), InvalidToken::Nonce).await;
}

#[tokio::test]
async fn k07_issuer_and_audience_are_ours() {
    let fixture = Fixture::new().await;
    let claims = good(&fixture.stand);
    let slash = format!("{}/", fixture.stand.tenant.issuer());
    for issuer in ["https://evil.example/oidc", "", slash.as_str()] {
        fixture.refuses(&with(&claims, "iss", Some(json!(issuer))), InvalidToken::Issuer).await;
    }
    let (ours, other) = (recorded::ROCKET_APP.id, recorded::SPA_APP.id);
    for audience in [json!(other), json!([]), json!([ours, other]), json!(""), json!(ours.to_uppercase())] {
        fixture.refuses(&with(&claims, "aud", Some(audience)), InvalidToken::Audience).await;
    }
    for name in ["iss", "aud", "iat", "jti", "events"] {
        fixture.refuses(&with(&claims, name, None), InvalidToken::Claim).await;
        for wrong in [json!(null), json!(true), json!([[7]])] {
            fixture.refuses(&with(&claims, name, Some(wrong)), InvalidToken::Claim).await;
        }
    }
}

#[tokio::test]
async fn k07_signatures_and_keys_are_checked() {
    let fixture = Fixture::new().await;
    let claims = good(&fixture.stand);
    let header = fixture.stand.header("logout+jwt");
    let stranger = fixture.stand.tenant.keys().sign_with_stranger(&header, &claims).expect("a token");
    fixture.refuses_token(&stranger, InvalidToken::Signature).await;
    let unknown = with(&header, "kid", Some(json!("unknown")));
    fixture.refuses_token(&fixture.stand.sign(&unknown, &claims), InvalidToken::UnknownKey).await;
    for (alg, reason) in [
        ("none", InvalidToken::Algorithm),
        ("HS256", InvalidToken::Algorithm),
        ("RS256", InvalidToken::Algorithm),
        ("ES256", InvalidToken::Algorithm),
    ] {
        let token = fixture.stand.sign(&with(&header, "alg", Some(json!(alg))), &claims);
        fixture.refuses_token(&token, reason).await;
    }
    fixture.stand.tenant.keys().rotate_to_rsa().expect("a key");
    let issued = fixture.stand.tenant.logout_token(Issue::user("alice")).expect("a token");
    assert!(fixture.tokens.verify(&issued).await.is_ok(), "signed by the new key");
}

#[tokio::test]
async fn k08_p02_the_end_counts_and_its_lack_is_made_up_for() {
    let fixture = Fixture::new().await;
    let (claims, now) = (good(&fixture.stand), fixture.stand.now());
    let at = |iat: i64, exp: Option<i64>| {
        with(&with(&claims, "iat", Some(json!(now + iat))), "exp", exp.map(|exp| json!(now + exp)))
    };
    for (iat, exp) in [(-120, -1), (-120, -59), (0, 1), (60, 120), (-359, 3600)] {
        fixture.takes(&at(iat, Some(exp))).await;
    }
    for (iat, exp) in [(-120, -60), (-120, -61), (-7200, -3600), (0, 0), (10, 5), (-100, -100)] {
        fixture.refuses(&at(iat, Some(exp)), InvalidToken::Expired).await;
    }
    for iat in [0, -120, -179, 60] {
        assert_eq!(fixture.takes(&at(iat, None)).await.expires, None);
    }
    for iat in [-180, -181, -299] {
        fixture.refuses(&at(iat, None), InvalidToken::Expired).await;
    }
    // Nothing is not the same as no end.
    for wrong in [json!(null), json!("1"), json!(-1), json!([1])] {
        fixture.refuses(&with(&claims, "exp", Some(wrong)), InvalidToken::Claim).await;
    }
}

#[tokio::test]
async fn k09_p02_a_token_from_another_time_is_refused() {
    let fixture = Fixture::new().await;
    let (claims, now) = (good(&fixture.stand), fixture.stand.now());
    let issued = |iat: i64| {
        let far = with(&claims, "exp", Some(json!(now + 36_000)));
        with(&far, "iat", Some(json!(now + iat)))
    };
    for iat in [-359, -300, 0, 60] {
        fixture.takes(&issued(iat)).await;
    }
    for iat in [-360, -361, -600] {
        fixture.refuses(&issued(iat), InvalidToken::TooOld).await;
    }
    for iat in [61, 600, 1 << 53] {
        let claims = with(&issued(iat), "exp", Some(json!(u64::MAX)));
        fixture.refuses(&claims, InvalidToken::NotYetValid).await;
    }
    fixture.refuses(&with(&claims, "nbf", Some(json!(now + 61))), InvalidToken::NotYetValid).await;
    for wrong in [json!(null), json!("1"), json!(-1)] {
        fixture.refuses(&with(&claims, "iat", Some(wrong)), InvalidToken::Claim).await;
    }
}

#[tokio::test]
async fn k10_p02_a_token_that_is_taken_twice_comes_within_the_memory() {
    let fixture = Fixture::new().await;
    let (claims, now) = (good(&fixture.stand), fixture.stand.now());
    for wrong in [json!(""), json!("j".repeat(256)), json!(7), json!(null)] {
        fixture.refuses(&with(&claims, "jti", Some(wrong)), InvalidToken::Claim).await;
    }
    // The longest life that a token can have here: from the leeway before its time on.
    let early = with(&with(&claims, "exp", Some(json!(now + 36_000))), "iat", Some(json!(now + 60)));
    fixture.takes(&early).await;
    fixture.stand.tenant.clock().advance(fixture.tokens.memory() - Duration::from_secs(1));
    fixture.takes(&early).await;
    fixture.stand.tenant.clock().advance(Duration::from_secs(1));
    fixture.refuses(&early, InvalidToken::TooOld).await;
}

#[tokio::test]
async fn k11_it_names_a_person_or_a_session() {
    let fixture = Fixture::new().await;
    let claims = good(&fixture.stand);
    let nobody = with(&with(&claims, "sub", None), "sid", None);
    fixture.refuses(&nobody, InvalidToken::Subject).await;
    for (name, reason) in [("sub", InvalidToken::Subject), ("sid", InvalidToken::Claim)] {
        for wrong in [json!(""), json!("x".repeat(256))] {
            fixture.refuses(&with(&claims, name, Some(wrong)), reason).await;
        }
        for wrong in [json!(7), json!(null), json!(["a"]), json!({}), json!(true)] {
            fixture.refuses(&with(&claims, name, Some(wrong)), InvalidToken::Claim).await;
        }
    }
}

#[tokio::test]
async fn k12_its_events_tell_of_a_logout() {
    let fixture = Fixture::new().await;
    let claims = good(&fixture.stand);
    for events in [
        json!({}),
        json!({ "http://schemas.openid.net/event/backchannel-logout/": {} }),
        json!({ "https://schemas.openid.net/event/backchannel-logout": {} }),
        json!({ LOGOUT_EVENT: null }),
        json!({ LOGOUT_EVENT: [] }),
        json!({ LOGOUT_EVENT: true }),
        json!({ LOGOUT_EVENT: "" }),
    ] {
        fixture.refuses(&with(&claims, "events", Some(events)), InvalidToken::Event).await;
    }
    for events in [json!([LOGOUT_EVENT]), json!([{}]), json!([]), json!(LOGOUT_EVENT), json!(null)] {
        fixture.refuses(&with(&claims, "events", Some(events)), InvalidToken::Claim).await;
    }
    for events in [json!({ LOGOUT_EVENT: { "a": 1 } }), json!({ LOGOUT_EVENT: {}, "x": {} })] {
        fixture.takes(&with(&claims, "events", Some(events))).await;
    }
}

#[tokio::test]
async fn k19_what_costs_little_is_checked_first() {
    let fixture = Fixture::new().await;
    let _ = fixture.takes(&good(&fixture.stand)).await;
    let before = fixture.stand.tenant.journal().entries().len();
    let claims = good(&fixture.stand);
    let header = with(&fixture.stand.header("logout+jwt"), "kid", Some(json!("invented")));
    for (name, value, reason) in [
        ("aud", json!("x"), InvalidToken::Audience),
        ("iss", json!("x"), InvalidToken::Issuer),
        ("events", json!({}), InvalidToken::Event),
        ("iat", json!(1), InvalidToken::TooOld),
    ] {
        let token = fixture.stand.sign(&header, &with(&claims, name, Some(value)));
        fixture.refuses_token(&token, reason).await;
    }
    fixture.refuses_token("opaque", InvalidToken::Opaque).await;
    fixture.refuses_token(&"x.".repeat(40_000), InvalidToken::Malformed).await;
    assert_eq!(fixture.stand.tenant.journal().entries().len(), before, "nothing was asked of Logto");
    // And a flood of invented keys asks for the keys a few times.
    for n in 0..50 {
        let header = with(&header, "kid", Some(json!(format!("invented-{n}"))));
        fixture.refuses_token(&fixture.stand.sign(&header, &claims), InvalidToken::UnknownKey).await;
    }
    assert!(fixture.stand.tenant.journal().count(Endpoint::Jwks) <= 4);
}
