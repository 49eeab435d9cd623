//! The cache of verified tokens: what it saves, and what it must never save.

use logto_dev::{Endpoint, Fault, Issue, recorded};
use serde_json::json;

use super::testing::{Forge, LEEWAY, Stand, b64, refused};
use super::*;
use crate::clock::UnixTime;
use crate::types::Scopes;

const SHOP: &str = recorded::SHOPPING_API;

fn shop(audience: &Audience) -> bool {
    audience.contains(SHOP)
}

fn checks(stand: &Stand) -> u64 {
    stand.provider.signatures_checked()
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_secs(20);
    while !reached() {
        assert!(tokio::time::Instant::now() < patience, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn e26_a_an_audience_is_judged_each_time() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    for _ in 0..3 {
        assert!(tokens.verify(&token, shop).await.is_ok());
        refused(tokens.verify(&token, |_| false).await, InvalidToken::Audience, "another route");
        let other = |audience: &Audience| audience.contains(recorded::OTHER_API);
        refused(tokens.verify(&token, other).await, InvalidToken::Audience, "another API");
    }
    assert_eq!(checks(&stand), 1);
    // Another tenant's application shares nothing with this one, even where the tokens are the same.
    let elsewhere = Stand::new().await;
    refused(elsewhere.access_tokens().verify(&token, shop).await, InvalidToken::Issuer, "another tenant");
}

#[tokio::test]
async fn e26_b_p02_an_end_that_passes_while_remembered_counts() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let issue = Issue::user("alice").resource(SHOP).expires_in(Duration::from_secs(100));
    let token = stand.tenant.access_token(issue).expect("a token");
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.advance(99);
    assert!(tokens.verify(&token, shop).await.is_ok());
    assert_eq!(checks(&stand), 1);
    stand.advance(60);
    assert!(tokens.verify(&token, shop).await.is_ok(), "within the leeway");
    stand.advance(1);
    refused(tokens.verify(&token, shop).await, InvalidToken::Expired, "ended and a minute over");
}

#[tokio::test]
async fn e26_b_a_signature_is_believed_for_five_minutes() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    for (seconds, expected) in [(0, 1), (299, 1), (1, 2), (299, 2), (1, 3)] {
        stand.advance(seconds);
        assert!(tokens.verify(&token, shop).await.is_ok());
        assert_eq!(checks(&stand), expected);
    }
}

#[tokio::test]
async fn e22_e26_c_a_withdrawn_key_takes_its_tokens_along() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    stand.provider.key_set_for_tests().await;
    stand.advance(200);
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.tenant.keys().rotate().expect("a key");
    stand.tenant.keys().forget_previous();
    stand.advance(101);
    let before = stand.tenant.journal().count(Endpoint::Jwks);
    // It is remembered, and the keys are looked at behind it.
    assert!(tokens.verify(&token, shop).await.is_ok());
    until("the keys are fetched", || stand.tenant.journal().count(Endpoint::Jwks) > before).await;
    until("the keys are in use", || !stand.provider.has_key_for_tests(&token)).await;
    refused(tokens.verify(&token, shop).await, InvalidToken::UnknownKey, "its key is gone");
    assert_eq!(checks(&stand), 1);
}

#[tokio::test]
async fn e26_c_a_key_is_more_than_its_name() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let (first, second) = (Forge::new("one-name"), Forge::new("one-name"));
    let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": "one-name" });
    let claims = json!({
        "iss": stand.tenant.issuer(), "aud": SHOP, "sub": "s", "client_id": "c", "jti": "j",
        "iat": stand.now(), "exp": stand.now() + 3600,
    });
    let (by_first, by_second) = (first.sign(&header, &claims), second.sign(&header, &claims));
    stand.tenant.keys().publish_instead(json!({ "keys": [first.jwk()] }));
    assert!(tokens.verify(&by_first, shop).await.is_ok());
    for _ in 0..10 {
        refused(tokens.verify(&by_second, shop).await, InvalidToken::Signature, "the other key's");
    }
    assert_eq!(checks(&stand), 2, "a forgery is seen through once");
    stand.tenant.keys().publish_instead(json!({ "keys": [second.jwk()] }));
    stand.advance(301);
    let _ = tokens.verify(&by_first, shop).await;
    until("the new key is in use", || stand.tenant.journal().count(Endpoint::Jwks) == 2).await;
    // Neither verdict outlives the key that gave it.
    until("the set is taken over", || stand.provider.keys_generation_for_tests() == 2).await;
    assert!(tokens.verify(&by_second, shop).await.is_ok());
    refused(tokens.verify(&by_first, shop).await, InvalidToken::Signature, "the former key's");
}

#[tokio::test]
async fn e26_d_a_payload_under_anothers_signature_is_no_hit() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let (alice, bob) = (stand.token_of("alice"), stand.token_of("bob"));
    assert!(tokens.verify(&alice, shop).await.is_ok());
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (of_alice, of_bob) = (parts(&alice), parts(&bob));
    let forged = [of_alice[0].as_str(), &of_bob[1], &of_alice[2]].join(".");
    refused(tokens.verify(&forged, shop).await, InvalidToken::Signature, "bob under alice's signature");
}

#[tokio::test]
async fn e26_e_an_outage_is_not_remembered() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    stand.tenant.faults().on(Endpoint::Jwks).status(500);
    for _ in 0..5 {
        assert!(matches!(tokens.verify(&token, shop).await, Err(Error::Unavailable(_))));
    }
    assert_eq!(tokens.verified.size(), (0, 0, 0));
    stand.tenant.faults().clear();
    stand.advance(1);
    assert!(tokens.verify(&token, shop).await.is_ok());
    // Nor is a key that was not known, or a refusal for a claim.
    stand.tenant.faults().on(Endpoint::Jwks).fault(Fault::Reset);
    stand.tenant.keys().rotate().expect("a key");
    let new = stand.token_of("alice");
    assert!(tokens.verify(&new, shop).await.is_err());
    stand.tenant.faults().clear();
    stand.advance(1);
    assert!(tokens.verify(&new, shop).await.is_ok());
}

#[tokio::test]
async fn e26_g_who_is_forgotten_is_judged_anew() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let (alice, bob) = (stand.token_of("alice"), stand.token_of("bob"));
    for token in [&alice, &bob] {
        assert!(tokens.verify(token, shop).await.is_ok());
    }
    tokens.forget_subject(recorded::ALICE);
    assert!(tokens.verify(&bob, shop).await.is_ok());
    assert_eq!(checks(&stand), 2);
    assert!(tokens.verify(&alice, shop).await.is_ok());
    assert_eq!(checks(&stand), 3);
}

#[tokio::test]
async fn e26_g_what_was_verified_before_is_not_remembered_after() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    stand.provider.key_set_for_tests().await;
    let closed = stand.provider.occupy_verifications().await;
    let pending = tokens.verify(&token, shop);
    tokio::pin!(pending);
    assert!(tokio::time::timeout(Duration::from_millis(20), pending.as_mut()).await.is_err());
    tokens.forget_subject(recorded::ALICE);
    drop(closed);
    assert!(pending.await.is_ok());
    assert_eq!(tokens.verified.size().0, 0);
}

#[tokio::test]
async fn e26_one_token_shown_by_many_at_once_is_checked_once() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    let shown = (0..50).map(|_| tokens.verify(&token, shop));
    assert!(rocket::futures::future::join_all(shown).await.iter().all(Result::is_ok));
    assert_eq!(checks(&stand), 1);
}

#[tokio::test]
async fn e26_a_flood_at_the_gate_does_not_hold_up_known_tokens() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let (known, new) = (stand.token_of("alice"), stand.token_of("bob"));
    assert!(tokens.verify(&known, shop).await.is_ok());
    let closed = stand.provider.occupy_verifications().await;
    let waiting = tokens.verify(&new, shop);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(20), waiting.as_mut()).await.is_err());
    for _ in 0..100 {
        assert!(tokens.verify(&known, shop).await.is_ok());
    }
    drop(closed);
    assert!(waiting.await.is_ok());
}

#[tokio::test]
async fn p03_a_clock_that_jumps_back_makes_nothing_immortal() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.tenant.clock().turn_back(Duration::from_secs(3600));
    refused(tokens.verify(&token, shop).await, InvalidToken::NotYetValid, "issued in an hour");
    let new = stand.token_of("alice");
    assert!(tokens.verify(&new, shop).await.is_ok(), "what is issued now is taken now");
    stand.advance(3600);
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.advance(3600 + LEEWAY.as_secs());
    refused(tokens.verify(&token, shop).await, InvalidToken::Expired, "the first");
    refused(tokens.verify(&new, shop).await, InvalidToken::Expired, "the second");
}

#[tokio::test]
async fn p05_clocks_that_differ_are_named() {
    for (ahead, issue, reason, words) in [
        (-300, Issue::user("alice"), InvalidToken::NotYetValid, "300 seconds behind Logto's"),
        (
            300,
            Issue::user("alice").expires_in(Duration::from_secs(60)),
            InvalidToken::Expired,
            "300 seconds ahead of Logto's",
        ),
    ] {
        let stand = Stand::ahead_of_logto(ahead).await;
        let tokens = stand.access_tokens();
        let token = stand.tenant.access_token(issue.resource(SHOP)).expect("a token");
        refused(tokens.verify(&token, shop).await, reason, words);
        let explained = tokens.explain(reason);
        assert!(explained.contains(words), "{explained}");
        assert_eq!(tokens.explain(InvalidToken::Signature), InvalidToken::Signature.what());
    }
    // A server that is five minutes fast takes a fresh token of the usual life.
    let stand = Stand::ahead_of_logto(300).await;
    assert!(stand.access_tokens().verify(&stand.token_of("alice"), shop).await.is_ok());
    // Where the clocks agree nothing is said of them.
    let stand = Stand::new().await;
    let expired = stand.tenant.access_token(Issue::user("alice").resource(SHOP).expired()).expect("a token");
    refused(stand.access_tokens().verify(&expired, shop).await, InvalidToken::Expired, "an hour ago");
    assert_eq!(stand.access_tokens().explain(InvalidToken::Expired), InvalidToken::Expired.what());
}

#[test]
fn p02_p04_every_time_is_held_against_the_leeway_to_the_second() {
    const NOW: i64 = 1_800_000_000;
    let claims = |iat: i64, nbf: Option<i64>, exp: i64| AccessTokenClaims {
        issuer: "i".to_owned(),
        subject: "s".into(),
        client_id: "c".into(),
        audience: Audience::One("a".to_owned()),
        scopes: Scopes::default(),
        organization: None,
        issued_at: UnixTime(iat),
        not_before: nbf.map(UnixTime),
        expires: UnixTime(exp),
        jti: Some("j".to_owned()),
        actor: None,
        auth_time: None,
        payload: None,
    };
    let leeway = i64::try_from(LEEWAY.as_secs()).expect("small");
    for offset in -600..=600 {
        let at = |claims: AccessTokenClaims| claims.check("i", UnixTime(NOW), LEEWAY);
        let future = if offset > leeway { Err(InvalidToken::NotYetValid) } else { Ok(()) };
        let past = if offset <= -leeway { Err(InvalidToken::Expired) } else { Ok(()) };
        assert_eq!(at(claims(NOW + offset, None, NOW + 3600)), future, "iat {offset}");
        assert_eq!(at(claims(NOW - 600, Some(NOW + offset), NOW + 3600)), future, "nbf {offset}");
        assert_eq!(at(claims(NOW - 3600, None, NOW + offset)), past, "exp {offset}");
    }
    for (now, expected) in [(0, Ok(())), (i64::MAX - 1, Ok(())), (i64::MAX, Err(InvalidToken::Expired))] {
        let forever = claims(0, Some(0), i64::MAX);
        assert_eq!(forever.check("i", UnixTime(now), LEEWAY), expected, "{now}");
    }
    for edge in [1_i64 << 31, 1 << 32, 1 << 53, i64::MAX] {
        assert_eq!(claims(0, None, edge).check("i", UnixTime(NOW), LEEWAY), Ok(()), "{edge}");
    }
}

#[tokio::test]
async fn the_outermost_actor_is_told() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let acting = |act: serde_json::Value| {
        stand.tenant.access_token(Issue::user("alice").resource(SHOP).claim("act", act)).expect("a token")
    };
    let nested = acting(json!({ "sub": "support", "act": { "sub": "earlier" } }));
    let claims = tokens.verify(&nested, shop).await.expect("good");
    assert_eq!(claims.actor.as_deref(), Some("support"));
    assert!(claims.jti.is_some());
    assert_eq!(tokens.verify(&stand.token_of("bob"), shop).await.expect("good").actor, None);
    for wrong in [json!("support"), json!({}), json!({ "sub": 7 }), json!([]), json!({ "sub": null })] {
        let what = wrong.to_string();
        refused(tokens.verify(&acting(wrong), shop).await, InvalidToken::Claim, &what);
    }
}

#[tokio::test]
async fn j13_a_day_without_logto_is_not_noticed_by_known_keys() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens();
    let issue = || Issue::user("alice").resource(SHOP).expires_in(Duration::from_secs(48 * 3600));
    let token = stand.tenant.access_token(issue()).expect("a token");
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    stand.tenant.faults().on(Endpoint::Jwks).fault(Fault::Reset);
    for hour in 0..23 {
        stand.advance(3600);
        let new = stand.tenant.access_token(issue()).expect("a token");
        for _ in 0..2_200 {
            for token in [&token, &new] {
                let shown = tokens.verify(token, shop).await;
                assert!(shown.is_ok(), "after {hour} hours: {shown:?}");
            }
        }
    }
    stand.advance(3600);
    let shown = tokens.verify(&token, shop).await;
    assert!(matches!(shown, Err(Error::Unavailable(_))), "a day is enough: {shown:?}");
}

/// A key that is withdrawn while nobody asks for anything is gone when somebody does.
#[tokio::test]
async fn e22_j19_keys_are_looked_after_without_requests() {
    let stand = Stand::new().await;
    let (tokens, token) = (stand.access_tokens(), stand.token_of("alice"));
    stand.provider.keep_fresh_for_tests(Duration::from_millis(5));
    assert!(tokens.verify(&token, shop).await.is_ok());
    stand.tenant.keys().rotate().expect("a key");
    stand.tenant.keys().forget_previous();
    stand.advance(1800);
    until("the keys are fetched", || !stand.provider.has_key_for_tests(&token)).await;
    refused(tokens.verify(&token, shop).await, InvalidToken::UnknownKey, "the very first request");
}

/// Ten thousand invented key ids within a minute, and a real rotation in the middle of them.
#[tokio::test]
async fn j20_j21_a_flood_of_invented_keys_hides_no_real_one() {
    let stand = Stand::new().await;
    let (tokens, known) = (stand.access_tokens(), stand.token_of("alice"));
    assert!(tokens.verify(&known, shop).await.is_ok());
    let claims = json!({
        "iss": stand.tenant.issuer(), "aud": SHOP, "sub": "s", "client_id": "c", "jti": "j",
        "iat": stand.now(), "exp": stand.now() + 3600,
    });
    let payload = b64(claims.to_string());
    let (mut new, mut accepted_after) = (None, None);
    for second in 0..60_u64 {
        for n in 0..170 {
            let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": format!("{second}-{n}") });
            let token = format!("{}.{payload}.{}", b64(header.to_string()), b64([1; 96]));
            refused(tokens.verify(&token, shop).await, InvalidToken::UnknownKey, "invented");
        }
        assert!(tokens.verify(&known, shop).await.is_ok());
        if second == 30 {
            stand.tenant.keys().rotate_to_rsa().expect("a key");
            new = Some(stand.token_of("bob"));
        }
        if let (Some(token), None) = (&new, accepted_after)
            && tokens.verify(token, shop).await.is_ok()
        {
            accepted_after = Some(second - 30);
        }
        stand.advance(1);
    }
    assert!(accepted_after.is_some_and(|seconds| seconds <= 10), "{accepted_after:?}");
    let fetches = stand.tenant.journal().count(Endpoint::Jwks);
    assert!(fetches <= 1 + 3 + 6, "{fetches} fetches");
    assert_eq!(tokens.verified.size().2, 0, "nothing of it is kept");
}
