//! o01: every line that a process logs at the most talkative level, searched for every secret that passed through
//! it. The logger belongs to the whole process, so every test here listens before it does anything else.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

mod account;
mod factors;
mod servers;
mod spellings;

use std::collections::BTreeMap;
use std::time::Duration;

use logto_dev::recorded::{ACME, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Ask, Bench, Browser, Line, LogCapture, param, path_of};

const COOKIE_KEY: &str = "the-cookie-key-of-the-leak-test-0123456789";

/// What must not be seen, by what it is.
#[derive(Default)]
struct Secrets(BTreeMap<String, String>);

impl Secrets {
    fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 16, "{what} is no secret: {secret}");
        self.0.insert(secret.to_owned(), what.to_owned());
    }

    /// Backup codes are ten hexadecimal digits, which is long enough for none to be found by chance.
    fn add_backup_code(&mut self, code: &str) {
        assert!(code.len() == 10 && code.chars().all(|digit| digit.is_ascii_hexdigit()), "{code}");
        self.0.insert(code.to_owned(), "backup code".to_owned());
    }

    fn add_cookies(&mut self, browser: &Browser) {
        for (name, value) in &browser.jar.0 {
            if value.len() > 16 {
                self.add(&format!("cookie {name}"), value);
            }
        }
    }

    /// The first secret in a text.
    fn told_by(&self, text: &str) -> Option<&str> {
        self.0.iter().find(|(secret, _)| text.contains(secret.as_str())).map(|(_, what)| what.as_str())
    }
}

/// Whether the line is Rocket's own dump of a request or an answer: at `debug` it prints every head, cookies and
/// all, whatever a library does. Everything else that Rocket says is searched: request lines, which it prints at its
/// normal level, and the errors of guards.
fn is_rockets_dump_of_a_head(line: &Line) -> bool {
    let dump = line.text.starts_with("received request: ") || line.text.starts_with("sending response: ");
    dump && line.target.starts_with("rocket") && line.level >= log::Level::Debug
}

#[rocket::async_test]
async fn o01_nothing_that_is_secret_is_logged() {
    let log_capture = LogCapture::listen();
    let mut secrets = Secrets::default();
    secrets.add("app secret", ROCKET_APP.secret);
    secrets.add("cookie key", COOKIE_KEY);
    // Talkative beyond any setting: the capture still sees it whatever Rocket is told.
    let bench = Bench::probe_app_with(|figment| {
        figment.merge(("logto.cookie_keys", [COOKIE_KEY])).merge(("log_level", "debug"))
    })
    .await;

    // A new part of the library gets a scene of its own here: it does what the part is for, and adds to `secrets`
    // whatever must not be seen. What is sent to the tenant is collected at the end without being asked.
    live(&bench, &mut secrets).await;
    fail(&bench, &mut secrets).await;
    refuse(&bench, &mut secrets).await;
    servers::talk(&mut secrets).await;
    account::manage(&mut secrets).await;
    factors::set_up(&mut secrets).await;
    collect(&bench, &mut secrets);

    let lines = log_capture.lines();
    for (target, what) in [("logto", "the library"), ("rocket", "Rocket")] {
        assert!(lines.iter().any(|line| line.target.starts_with(target)), "{what} was heard");
    }
    assert!(secrets.0.len() > 40, "{} secrets", secrets.0.len());
    let told: Vec<String> = lines
        .iter()
        .filter(|line| !is_rockets_dump_of_a_head(line))
        .filter_map(|line| {
            secrets
                .told_by(&line.text)
                .map(|what| format!("{what} in {} {}: {:.300}", line.level, line.target, line.text))
        })
        .collect();
    assert!(told.is_empty(), "{} lines of {}:\n{}", told.len(), lines.len(), told.join("\n"));
    // What the library itself says is searched without any exception.
    let by_us = lines.iter().filter(|line| line.target.starts_with("logto"));
    assert!(by_us.clone().all(|line| secrets.told_by(&line.text).is_none()));
    assert!(by_us.count() > 10, "it says something");
}

/// Everything that goes well: sign-in, guards, tokens, refreshes, bearers, sign-out.
async fn live(bench: &Bench, secrets: &mut Secrets) {
    let mut alice = bench.browser();
    let url = alice.begin("/known").await;
    for name in ["state", "nonce", "code_challenge"] {
        secrets.add(name, &param(&url, name).unwrap());
    }
    secrets.add_cookies(&alice);
    let callback = bench.tenant.sign_in(&url, "alice").await.unwrap();
    secrets.add("code", &param(&callback, "code").unwrap());
    alice.open(path_of(&callback)).await;
    for _ in 0..2 {
        for path in ["/known", "/orders", "/token", "/ping", "/userinfo", "/logto/user"] {
            let answer = alice.fetch(path).await;
            assert_eq!(answer.status, 200, "{path}");
            keep_token(secrets, path, &answer.body);
            secrets.add_cookies(&alice);
        }
        for kind in ["token", "api"] {
            let answer = alice.fetch(format!("/orgs/{ACME}/{kind}")).await;
            keep_token(secrets, kind, &answer.body);
            secrets.add_cookies(&alice);
        }
        bench.tenant.clock().advance(Duration::from_secs(3600));
    }
    for (issue, status) in [
        (Issue::user("alice").resource(SHOPPING_API), 200),
        (Issue::user("alice").resource(SHOPPING_API).expired(), 401),
        (Issue::user("alice").organization(ACME), 401),
        (Issue::user("alice"), 401),
    ] {
        let token = bench.tenant.access_token(issue.scopes(["read:orders"])).unwrap();
        secrets.add("bearer token", &token);
        assert_eq!(bench.call(Ask::get("/orders").bearer(&token)).await.status, status);
    }
    alice.submit("/logto/sign-out").await;
}

/// Everything that goes wrong, since errors are what people log.
async fn fail(bench: &Bench, secrets: &mut Secrets) {
    let faults = bench.tenant.faults();
    for fault in [Fault::Status(500), Fault::Garbage, Fault::Truncate, Fault::Reset] {
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", "").await;
        secrets.add_cookies(&alice);
        faults.on(Endpoint::Token).fault(fault.clone());
        alice.open(&callback).await;
        faults.clear();
        let mut bob = bench.signed_in("bob").await;
        secrets.add_cookies(&bob);
        for endpoint in [Endpoint::Token, Endpoint::UserInfo, Endpoint::Revocation] {
            faults.on(endpoint).fault(fault.clone());
        }
        for path in ["/token", "/userinfo", "/orders"] {
            bob.fetch(path).await;
        }
        bob.submit("/logto/sign-out").await;
        faults.clear();
    }
    // Answers that echo what they were sent, as error pages do.
    let mut carol = bench.signed_in("carol").await;
    secrets.add_cookies(&carol);
    let planted = "planted-access-token-0123456789-abcdefgh";
    secrets.add("token in a broken answer", planted);
    for body in [
        format!("{{\"access_token\":\"{planted}\"}}"),
        format!("{{\"access_token\":\"{planted}\",\"token_type\":\"mac\"}}"),
        format!("{{\"access_token\":\"{planted}\",\"token_type\":\"Bearer\",\"expires_in\":\"x\"}}"),
        format!(
            "{{\"access_token\":\"{planted}\",\"token_type\":\"Bearer\",\"id_token\":\"a.b.{planted}\"}}"
        ),
        format!("{planted} is not JSON"),
    ] {
        faults.on(Endpoint::Token).fault(Fault::StatusWithBody(200, body));
        carol.fetch("/token").await;
        faults.clear();
        bench.tenant.clock().advance(Duration::from_secs(2));
    }
    bench.tenant.users().suspend("carol").unwrap();
    assert_eq!(carol.fetch("/token").await.status, 401);
    // Cookies that do not open, and a callback of nobody.
    let mut broken = bench.signed_in("alice").await;
    secrets.add_cookies(&broken);
    for value in broken.jar.0.values_mut() {
        value.push('x');
    }
    broken.fetch("/known").await;
    bench.call(Ask::get("/logto/callback?state=unknown&code=planted-code-0123456789")).await;
}

/// Everything that is refused, with credentials where they do not belong, and every shape of an answer.
async fn refuse(bench: &Bench, secrets: &mut Secrets) {
    let token = bench.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    let basic = "YWxpY2U6cGxhbnRlZC1wYXNzd29yZA==";
    for (what, secret) in
        [("bearer token", token.as_str()), ("its signature", signature), ("password", basic)]
    {
        secrets.add(what, secret);
    }
    for header in [
        format!("Bearer  {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},"),
        format!("DPoP {token}"),
        format!("Basic {basic}"),
        format!("Bearer {token}x"),
        format!("Bearer x{token}"),
    ] {
        for accept in ["text/html", "application/json"] {
            let ask = Ask::get("/orders").header("authorization", &header).header("accept", accept);
            let answer = bench.call(ask).await;
            assert!(matches!(answer.status, 400 | 401), "{answer:?}");
            assert_eq!(secrets.told_by(&format!("{answer:?}")), None);
        }
    }
    let twice = Ask::get("/orders").bearer(&token).bearer(&token);
    assert_eq!(bench.call(twice).await.status, 400);
    // In the wrong places: headers and forms that no guard reads.
    let misplaced = Ask::post("/orders")
        .header("x-access-token", &token)
        .header("proxy-authorization", format!("Bearer {token}"))
        .body("application/x-www-form-urlencoded", format!("access_token={token}"));
    assert_eq!(bench.call(misplaced).await.status, 401);
}

/// A token in an answer of the probe application.
fn keep_token(secrets: &mut Secrets, what: &str, body: &str) {
    let answer: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(token) = answer["token"].as_str() {
        secrets.add(&format!("token of {what}"), token);
        let (_, signature) = token.rsplit_once('.').unwrap();
        secrets.add(&format!("signature of {what}"), signature);
    }
}

/// What the tenant was sent.
fn collect(bench: &Bench, secrets: &mut Secrets) {
    for entry in bench.tenant.journal().entries() {
        for name in ["code", "code_verifier", "refresh_token", "token", "client_secret"] {
            if let Some(value) = entry.param(name).filter(|value| value.len() >= 16) {
                secrets.add(name, value);
            }
        }
        if let Some((_, credentials)) = entry.header("authorization").and_then(|value| value.split_once(' '))
        {
            secrets.add("credentials of a call", credentials);
        }
    }
}
