//! No span, and no event within one, has in it what nobody may read.

use std::collections::BTreeSet;
use std::fmt::Write;

use logto_dev::recorded::{ACME, ALICE, BCL_APP, BOB, GLOBEX, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue, ProviderToken};
use logto_rocket::{
    AccountError, AccountIdentifier, AccountUpdate, Error, Identity, Logto, RevokeGrants, SubjectToken, User,
    require_auth,
};
use logto_tests::{Ask, Bench, managed_account};
use rocket::figment::Figment;
use rocket::{State, get, routes};
use serde_json::json;

use crate::Traces;

/// Parameters of requests to Logto that are confidential.
const CONFIDENTIAL: [&str; 8] = [
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "subject_token",
    "actor_token",
    "client_secret",
    "request_uri",
];

#[rocket::async_test]
async fn o01_o06_no_span_has_a_token_a_secret_or_a_subject() {
    let (_turn, traces) = Traces::open().await;
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let mut secrets: BTreeSet<String> =
        [ROCKET_APP.secret, ALICE, BOB, ACME, GLOBEX].map(str::to_owned).into();
    for path in ["/orders", "/open", "/token", "/known", "/claims", "/userinfo", "/nowhere"] {
        alice.fetch(path).await;
        secrets.extend(alice.jar.0.values().map(ToString::to_string).filter(|value| value.len() > 8));
    }
    for organization in [ACME, GLOBEX] {
        alice.fetch(format!("/orgs/{organization}/token")).await;
        alice.fetch(format!("/orgs/{organization}/orders")).await;
    }
    let bearer = bench.tenant.access_token(Issue::user("bob").resource(SHOPPING_API)).unwrap();
    bench.call(Ask::get("/orders").bearer(&bearer)).await;
    secrets.insert(bearer);
    alice.submit("/logto/sign-out").await;
    secrets.extend(told_to_logto(&bench));
    assert!(bench.tenant.journal().count(Endpoint::Revocation) > 0, "a refresh token was revoked");
    silent_about(
        traces,
        &secrets,
        &["logto.decision", "logto.refresh", "POST token", "POST revocation", "GET discovery", "GET jwks"],
    );
}

/// What the tenant has received that is confidential.
fn told_to_logto(bench: &Bench) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for entry in bench.tenant.journal().entries() {
        let values = entry.params.iter().filter(|(name, _)| CONFIDENTIAL.contains(&name.as_str()));
        secrets.extend(values.map(|(_, value)| value.clone()).filter(|value| value.len() > 8));
        let authorization = entry.header("authorization").and_then(|value| value.split_once(' '));
        secrets.extend(authorization.map(|(_, credentials)| credentials.to_owned()));
        secrets.extend(entry.header("logto-verification-id").map(str::to_owned));
    }
    secrets
}

/// These spans are there, and none has a secret in it, nor has an event within one.
#[track_caller]
fn silent_about(traces: &Traces, secrets: &BTreeSet<String>, spans: &[&str]) {
    let mut told = String::new();
    for span in traces.ended() {
        writeln!(told, "{} {:?} {:?} {:?}", span.name, span.attributes, span.events, span.status).unwrap();
    }
    for span in spans {
        assert!(told.contains(span), "{span} is among the spans");
    }
    for secret in secrets {
        let line = told.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}

#[require_auth(via = "session")]
#[get("/account")]
async fn account(user: User) -> Result<(), AccountError> {
    let account = user.account();
    account.update(&AccountUpdate::new().name("Alice")).await?;
    assert!(account.verify_password(WRONG_PASSWORD).await.is_err());
    let verification = account.verify_password(PASSWORD).await?;
    let sessions = account.sessions(&verification).await?;
    account.grants(&verification).await?;
    account.mfa_factors().await?;
    let sent = account.send_verification_code(&AccountIdentifier::Email(ADDRESS.to_owned())).await?;
    assert!(account.verify_code(&sent, WRONG_CODE).await.is_err());
    account.set_password(NEW_PASSWORD, &verification).await?;
    account.set_password(PASSWORD, &verification).await?;
    for session in sessions {
        account.end_session(&session.id, RevokeGrants::None, &verification).await?;
    }
    Ok(())
}

#[require_auth(via = "session")]
#[get("/provider/<target>")]
async fn provider(user: User, target: &str) -> Result<String, AccountError> {
    Ok(user.provider_token(target).await?.secret().to_owned())
}

#[require_auth(via = "bearer")]
#[get("/behalf?<actor>")]
async fn behalf(who: Identity, actor: &str) -> Result<String, Error> {
    let exchange = who.exchange(SHOPPING_API).scopes("read:orders");
    assert!(exchange.clone().actor(UNKNOWN_TOKEN).await.is_err());
    Ok(exchange.actor(actor).await?.secret().to_owned())
}

#[require_auth(via = "bearer")]
#[get("/exchange?<pat>")]
async fn exchange(logto: &State<Logto>, pat: &str) -> Result<String, Error> {
    let unknown = SubjectToken::impersonation(UNKNOWN_TOKEN);
    assert!(logto.exchange(unknown).resource(SHOPPING_API).token().await.is_err());
    let exchange = logto.exchange(SubjectToken::personal_access_token(pat)).resource(SHOPPING_API);
    Ok(exchange.token().await?.secret().to_owned())
}

#[require_auth(via = "bearer")]
#[get("/who")]
fn who(who: Identity) -> String {
    who.subject().to_owned()
}

const PASSWORD: &str = "the-present-password-of-the-trace-test";
const NEW_PASSWORD: &str = "the-new-password-of-the-trace-test";
const WRONG_PASSWORD: &str = "the-wrong-password-of-the-trace-test";
const WRONG_CODE: &str = "000000-is-not-the-code";
const ADDRESS: &str = "new-address-of-the-trace-test@example.com";
const PROVIDER_TOKEN: &str = "gho_of_the_trace_test_0123456789";
const UNKNOWN_TOKEN: &str = "an-unknown-token-of-the-trace-test";

/// An application that calls the Account API, exchanges tokens and introspects.
async fn bench() -> Bench {
    let token = ProviderToken::new(PROVIDER_TOKEN).scope("repo");
    let settings = |figment: Figment| {
        figment
            .merge(("logto.app_id", BCL_APP.id))
            .merge(("logto.app_secret", BCL_APP.secret))
            .merge(("logto.introspection", true))
    };
    managed_account(PASSWORD, token, settings, routes![account, provider, behalf, exchange, who]).await
}

#[rocket::async_test]
async fn o01_o06_no_span_has_what_the_account_an_exchange_or_an_introspection_is_about() {
    let (_turn, traces) = Traces::open().await;
    let bench = bench().await;
    let mut secrets: BTreeSet<String> = [
        BCL_APP.secret,
        ALICE,
        BOB,
        PASSWORD,
        NEW_PASSWORD,
        WRONG_PASSWORD,
        WRONG_CODE,
        ADDRESS,
        PROVIDER_TOKEN,
        UNKNOWN_TOKEN,
    ]
    .map(str::to_owned)
    .into();

    let (mut alice, cookies) = bench.signed_in_with_cookies_of_logto("alice").await;
    secrets.extend(cookies.into_iter().map(|(_, value)| value).filter(|value| value.len() > 8));
    let answer = alice.fetch("/account").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(alice.fetch("/provider/github").await.body, PROVIDER_TOKEN);
    assert_eq!(alice.fetch("/provider/a-target-that-alice-does-not-have").await.status, 409);
    secrets.insert("a-target-that-alice-does-not-have".to_owned());
    secrets.extend(alice.jar.0.values().filter(|value| value.len() > 8).cloned());
    // What Logto says in an error is not repeated.
    for path in ["/provider/github", "/account"] {
        let body = json!({ "code": "unknown", "message": PROVIDER_TOKEN, "data": { "name": ADDRESS } });
        bench.tenant.faults().on(Endpoint::AccountApi).fault(Fault::StatusWithBody(400, body.to_string()));
        assert_eq!(alice.fetch(path).await.status, 502, "{path}");
        bench.tenant.faults().clear();
    }

    let tenant = &bench.tenant;
    let bearer = tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let opaque = tenant.access_token(Issue::user("alice").client(BCL_APP.id)).unwrap();
    let actor = tenant.access_token(Issue::user("bob").client(BCL_APP.id)).unwrap();
    let pat = tenant.users().personal_access_token("alice").unwrap();
    for path in [format!("/behalf?actor={actor}"), format!("/exchange?pat={pat}")] {
        let answer = bench.call(Ask::get(path).bearer(&bearer)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        secrets.insert(answer.body);
    }
    assert_eq!(bench.call(Ask::get("/who").bearer(&opaque)).await.body, ALICE);
    assert_eq!(bench.call(Ask::get("/who").bearer(UNKNOWN_TOKEN)).await.code(), "token_inactive");
    secrets.extend([bearer, opaque, actor, pat]);
    secrets.extend(told_to_logto(&bench));
    // The paths of the Account API have ids of sessions in them.
    let calls = tenant.journal().of(Endpoint::AccountApi);
    let ids =
        calls.iter().filter(|call| call.method == "DELETE").filter_map(|call| call.path.rsplit('/').next());
    secrets.extend(ids.map(str::to_owned));
    assert!(calls.iter().any(|call| call.method == "DELETE"), "a session was ended");

    silent_about(
        traces,
        &secrets,
        &[
            "GET account_api",
            "POST account_api",
            "PATCH account_api",
            "DELETE account_api",
            "POST token",
            "POST introspection",
        ],
    );
}
