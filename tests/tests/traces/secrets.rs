//! No span, and no event within one, has in it what nobody may read.

use std::collections::BTreeSet;
use std::fmt::Write;

use logto_dev::Endpoint;
use logto_dev::recorded::{ACME, ALICE, BOB, GLOBEX, ROCKET_APP};
use logto_tests::{Ask, Bench};

use crate::Traces;

/// Parameters of requests to Logto that are confidential.
const CONFIDENTIAL: [&str; 6] =
    ["code", "code_verifier", "refresh_token", "token", "client_secret", "request_uri"];

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
    let bearer = logto_dev::Issue::user("bob").resource(logto_dev::recorded::SHOPPING_API);
    let bearer = bench.tenant.access_token(bearer).unwrap();
    bench.call(Ask::get("/orders").bearer(&bearer)).await;
    secrets.insert(bearer);
    alice.submit("/logto/sign-out").await;
    for entry in bench.tenant.journal().entries() {
        let values = entry.params.iter().filter(|(name, _)| CONFIDENTIAL.contains(&name.as_str()));
        secrets.extend(values.map(|(_, value)| value.clone()).filter(|value| value.len() > 8));
        secrets.extend(entry.header("authorization").map(str::to_owned));
    }
    assert!(bench.tenant.journal().count(Endpoint::Revocation) > 0, "a refresh token was revoked");

    let mut told = String::new();
    for span in traces.ended() {
        writeln!(told, "{} {:?} {:?} {:?}", span.name, span.attributes, span.events, span.status).unwrap();
    }
    for span in
        ["logto.decision", "logto.refresh", "POST token", "POST revocation", "GET discovery", "GET jwks"]
    {
        assert!(told.contains(span), "{span} is among the spans");
    }
    for secret in secrets {
        let line = told.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}
