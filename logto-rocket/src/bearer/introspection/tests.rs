use logto_dev::{Fault, Issue, recorded};
use serde_json::{Value, json};

use super::*;
use crate::bearer::AccessTokens;
use crate::bearer::testing::{Stand, refused, with};

const OURS: &[&str] = &[recorded::ROCKET_APP.id];

fn opaque(stand: &Stand, issue: Issue) -> String {
    stand.tenant.access_token(issue).expect("a token")
}

fn alice() -> Issue {
    Issue::user("alice").client(recorded::ROCKET_APP.id)
}

async fn show(tokens: &AccessTokens, token: &str) -> Result<Arc<AccessTokenClaims>, Error> {
    tokens.verify_presented(token, |_| false).await
}

fn calls(stand: &Stand) -> usize {
    stand.tenant.journal().count(logto_dev::Endpoint::Introspection)
}

/// The tenant says this of every token from now on.
fn say(stand: &Stand, status: u16, body: &Value) {
    stand.tenant.faults().clear();
    let fault = Fault::StatusWithBody(status, body.to_string());
    stand.tenant.faults().on(logto_dev::Endpoint::Introspection).fault(fault);
}

fn answer(stand: &Stand) -> Value {
    json!({
        "active": true, "sub": recorded::ALICE, "client_id": recorded::ROCKET_APP.id, "iss": stand.tenant.issuer(),
        "iat": stand.now(), "exp": stand.now() + 3600, "scope": "openid profile", "token_type": "Bearer",
    })
}

#[tokio::test]
async fn f24_an_active_token_says_who_and_nothing_more() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    let claims = show(&tokens, &opaque(&stand, alice())).await.expect("active");
    assert_eq!((&*claims.subject, &*claims.client_id), (recorded::ALICE, OURS[0]));
    assert!(claims.is_opaque() && !claims.is_machine());
    assert_eq!(claims.scopes.iter().count(), 0);
    assert_eq!(claims.audience.iter().count(), 0);
    // A JWT is never asked about.
    let jwt = stand.token_of("alice");
    assert!(tokens.verify_presented(&jwt, |_| true).await.is_ok());
    assert_eq!(calls(&stand), 1);
    // Switched off, and where this server itself has asked for a JWT, an opaque token is no token.
    let off = stand.access_tokens();
    refused(show(&off, &opaque(&stand, alice())).await, InvalidToken::Opaque, "off");
    refused(tokens.verify(&opaque(&stand, alice()), |_| true).await, InvalidToken::Opaque, "for a session");
    assert_eq!(calls(&stand), 1);
}

#[tokio::test]
async fn f24_only_named_applications_tokens_are_taken() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    for client in [recorded::SPA_APP.id, recorded::THIRD_PARTY_APP.id] {
        let token = opaque(&stand, Issue::user("alice").client(client));
        refused(show(&tokens, &token).await, InvalidToken::AuthorizedParty, client);
    }
    let tokens = stand.access_tokens_of(Some(&[recorded::ROCKET_APP.id, recorded::SPA_APP.id]));
    let token = opaque(&stand, Issue::user("alice").client(recorded::SPA_APP.id));
    assert_eq!(show(&tokens, &token).await.expect("named").client_id.as_ref(), recorded::SPA_APP.id);
}

#[tokio::test]
async fn f24_answers_that_are_no_yes_are_the_tokens_fault() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    refused(
        show(&tokens, "nobody-ever-issued-this-token-of-43-letters").await,
        InvalidToken::Inactive,
        "unknown",
    );
    let expired = opaque(&stand, alice().expires_in(Duration::from_secs(10)));
    stand.advance(11);
    refused(show(&tokens, &expired).await, InvalidToken::Inactive, "expired");
    for (name, value, reason) in [
        ("active", Some(json!(false)), InvalidToken::Inactive),
        ("active", None, InvalidToken::Inactive),
        ("aud", Some(json!(recorded::SHOPPING_API)), InvalidToken::Audience),
        ("aud", Some(json!([OURS[0], "x"])), InvalidToken::Audience),
        ("iss", Some(json!("https://evil.example/oidc")), InvalidToken::Issuer),
        ("exp", Some(json!(stand.now() - 60)), InvalidToken::Expired),
        ("exp", None, InvalidToken::Claim),
        ("client_id", None, InvalidToken::Claim),
        ("client_id", Some(json!(recorded::SPA_APP.id)), InvalidToken::AuthorizedParty),
        // As a refresh token has none.
        ("token_type", None, InvalidToken::Type),
        ("token_type", Some(json!("DPoP")), InvalidToken::Type),
    ] {
        let token = opaque(&stand, alice());
        say(&stand, 200, &with(&answer(&stand), name, value.clone()));
        refused(show(&tokens, &token).await, reason, &format!("{name}: {value:?}"));
    }
    stand.tenant.faults().clear();
    // Without the scope that lets userinfo say whose it is.
    let nameless = opaque(&stand, alice().scopes(["profile"]));
    refused(show(&tokens, &nameless).await, InvalidToken::Subject, "no openid scope");
}

#[tokio::test]
async fn f24_our_own_trouble_is_no_fault_of_the_token() {
    for fault in [
        Fault::Status(401),
        Fault::Status(500),
        Fault::Status(404),
        Fault::Status(302),
        Fault::Hang,
        Fault::Drip(Duration::from_millis(400)),
        Fault::Garbage,
        Fault::Truncate,
        Fault::Reset,
        Fault::StatusWithBody(200, format!("{{\"active\":true,\"x\":\"{}\"}}", "x".repeat(1 << 20))),
        Fault::StatusWithBody(200, "[]".to_owned()),
        Fault::StatusWithBody(200, r#"{"active":"yes"}"#.to_owned()),
    ] {
        let stand = Stand::new().await;
        let tokens = stand.access_tokens_of(Some(OURS));
        let token = opaque(&stand, alice());
        stand.tenant.faults().on(logto_dev::Endpoint::Introspection).fault(fault.clone());
        let shown = show(&tokens, &token).await;
        assert!(matches!(shown, Err(Error::Unavailable(_))), "{fault:?}: {shown:?}");
        stand.tenant.faults().clear();
        assert!(show(&tokens, &token).await.is_ok(), "{fault:?} was remembered");
        // Userinfo may be in trouble just as well.
        let token = opaque(&stand, alice());
        stand.tenant.faults().on(logto_dev::Endpoint::UserInfo).status(500);
        assert!(matches!(show(&tokens, &token).await, Err(Error::Unavailable(_))));
    }
}

/// What a tenant's JWT customizer has put into the answer names nobody.
#[tokio::test]
async fn f24_userinfo_says_whose_token_it_is() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    let token = opaque(&stand, alice());
    let polluted = with(&answer(&stand), "sub", Some(json!(recorded::BOB)));
    say(&stand, 200, &with(&polluted, "scope", Some(json!("delete:orders"))));
    let claims = show(&tokens, &token).await.expect("active");
    assert_eq!(&*claims.subject, recorded::ALICE);
    assert!(!claims.scopes.contains("delete:orders"));
}

#[tokio::test]
async fn f25_many_who_show_one_token_cost_one_call() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    let token = opaque(&stand, alice());
    let shown = (0..500).map(|_| show(&tokens, &token));
    assert!(rocket::futures::future::join_all(shown).await.iter().all(Result::is_ok));
    for _ in 0..500 {
        assert!(show(&tokens, &token).await.is_ok());
    }
    assert_eq!((calls(&stand), stand.tenant.journal().count(logto_dev::Endpoint::UserInfo)), (1, 1));
    stand.advance(59);
    assert!(show(&tokens, &token).await.is_ok());
    assert_eq!(calls(&stand), 1);
    stand.advance(1);
    assert!(show(&tokens, &token).await.is_ok());
    assert_eq!(calls(&stand), 2, "a minute later it is asked again");
}

#[tokio::test]
async fn f25_answers_are_not_remembered_past_their_time() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    let token = opaque(&stand, alice().expires_in(Duration::from_secs(20)));
    assert!(show(&tokens, &token).await.is_ok());
    stand.advance(20);
    refused(show(&tokens, &token).await, InvalidToken::Inactive, "its end has passed");
    // A refusal is remembered for a moment, and no longer.
    let before = calls(&stand);
    for seconds in [0, 9] {
        stand.advance(seconds);
        refused(show(&tokens, &token).await, InvalidToken::Inactive, "still");
    }
    assert_eq!(calls(&stand), before);
    stand.advance(1);
    refused(show(&tokens, &token).await, InvalidToken::Inactive, "asked again");
    assert_eq!(calls(&stand), before + 1);
}

#[tokio::test]
async fn e26_g_whoever_is_forgotten_is_asked_about() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    let (of_alice, of_bob) = (opaque(&stand, alice()), opaque(&stand, Issue::user("bob").client(OURS[0])));
    for token in [&of_alice, &of_bob] {
        assert!(show(&tokens, token).await.is_ok());
    }
    stand.tenant.users().suspend("alice").expect("a person");
    assert!(show(&tokens, &of_alice).await.is_ok(), "not heard of yet");
    tokens.forget_subject(recorded::ALICE);
    refused(show(&tokens, &of_alice).await, InvalidToken::Inactive, "suspended");
    assert!(show(&tokens, &of_bob).await.is_ok());
    assert_eq!(calls(&stand), 3);
}

#[tokio::test]
async fn f24_what_cannot_be_a_token_costs_no_call() {
    let stand = Stand::new().await;
    let tokens = stand.access_tokens_of(Some(OURS));
    for (token, what) in
        [("short", "short"), (&"x".repeat(257), "long"), ("with+signs/that=are~not-base64url==", "letters")]
    {
        refused(show(&tokens, token).await, InvalidToken::Opaque, what);
    }
    assert_eq!(calls(&stand), 0);
}
