//! One event for each request that was refused, with the code that its answer has; none for the others.

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use logto_dev::recorded::{ALICE, GLOBEX, M2M_APP, OTHER_API, ROCKET_APP, SHOPPING_API, SPA_APP};
use logto_dev::{Endpoint, Fault, Issue};
use logto_rocket::{Denied, Logto, SignedIn, Welcome};
use logto_tests::{Answer, Ask, Browser, LogCapture, SharedStore, Signer, Trouble, claims_of, until};
use rocket::Request;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::refusal_app::{BEGUN, FORM, LOGOUT, MAY_END, RefusalApp, SIGNING_KEY, WEBHOOK, signed};
use crate::{alone, codes_of};

/// What cannot come about here: it takes a broken crypto library or a mistake of this crate.
const OUT_OF_REACH: [&str; 2] = ["seal_failed", "sign_in_failed"];

/// What can only be wrong of an ID token.
const OF_ID_TOKENS: [&str; 2] = ["token_at_hash", "token_auth_time"];

/// Reads the audit from where it was left off.
struct Audit {
    log_capture: &'static LogCapture,
    read: usize,
    seen: BTreeSet<String>,
}

impl Audit {
    fn open() -> Audit {
        let log_capture = LogCapture::listen();
        Audit { log_capture, read: log_capture.lines().len(), seen: BTreeSet::new() }
    }

    /// The codes of the refusals since the last look.
    fn refusals(&mut self) -> Vec<String> {
        let lines = self.log_capture.lines();
        let new = lines[self.read..].iter().filter(|line| line.target == "logto::audit");
        let refused =
            new.filter(|line| line.text.starts_with("refused")).map(|line| code_in(&line.text)).collect();
        self.read = lines.len();
        refused
    }

    /// How many events with this code there are since it was opened.
    fn count(&self, code: &str) -> usize {
        let lines = self.log_capture.lines();
        let events = lines[self.read..].iter().filter(|line| line.target == "logto::audit");
        events.filter(|line| code_in(&line.text) == code).count()
    }

    /// This answer was a refusal, and the audit says so once.
    fn one(&mut self, answer: &Answer, status: u16, code: &str) {
        assert_eq!(answer.status, status, "{code}: {answer:?}");
        assert_eq!(self.refusals(), [code], "{answer:?}");
        if status != 303 && !answer.body.is_empty() {
            assert_eq!(answer.code(), code, "{answer:?}");
        }
        self.seen.insert(code.to_owned());
    }

    /// This answer was none.
    fn none(&mut self, answer: &Answer, status: u16) {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(self.refusals(), Vec::<String>::new(), "{answer:?}");
    }

    /// The body of a request breaks off; nobody is there any more to be answered. Rocket has looked at the first
    /// few bytes before, and takes the end for the end if it is among them.
    async fn broken_off(&mut self, refusal_app: &RefusalApp, path: &str, header: &str, code: &str) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost:8000\r\n{header}\r\ncontent-length: 100\r\n\r\n{}",
            "half".repeat(10)
        );
        let mut stream = TcpStream::connect(refusal_app.app.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut refusals = Vec::new();
        let heard = || {
            refusals.extend(self.refusals());
            !refusals.is_empty()
        };
        until("the audit tells of what broke off", heard).await;
        assert_eq!(refusals, [code]);
        self.seen.insert(code.to_owned());
    }

    fn assert_complete(&self, tables: &[&str], but: &[&str]) {
        let listed: BTreeSet<String> = tables.iter().flat_map(|table| codes_of(table)).collect();
        let missing: Vec<&String> =
            listed.difference(&self.seen).filter(|code| !but.contains(&code.as_str())).collect();
        assert!(missing.is_empty(), "not tried: {missing:?}");
        let unlisted: Vec<&String> = self.seen.difference(&listed).collect();
        assert!(unlisted.is_empty(), "not on the page: {unlisted:?}");
    }
}

fn code_in(text: &str) -> String {
    let (_, rest) = text.split_once("code=\"").unwrap_or_else(|| panic!("no code in {text}"));
    rest.split_once('"').map(|(code, _)| code.to_owned()).unwrap_or_default()
}

fn alice() -> Issue {
    Issue::user("alice").resource(SHOPPING_API)
}

#[rocket::async_test]
async fn o04_each_refusal_of_a_guard_is_one_event_with_its_code() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let token = |issue: Issue| refusal_app.tenant.access_token(issue).unwrap();
    let person = token(alice());
    let by_bearer = [
        ("/orders", "Bearer".to_owned(), 400, "malformed_credentials"),
        ("/orders", "Basic YTpi".to_owned(), 401, "unsupported_scheme"),
        ("/profile", format!("Bearer {person}"), 401, "credential_not_accepted"),
        ("/orders", format!("Bearer {}", token(alice().scopes(["none"]))), 403, "insufficient_scope"),
        ("/orders", format!("Bearer {}", token(alice().client(SPA_APP.id))), 403, "client_not_accepted"),
        ("/admin", format!("Bearer {person}"), 403, "roles_unknown"),
        ("/fresh", format!("Bearer {person}"), 401, "insufficient_user_authentication"),
        ("/never", format!("Bearer {person}"), 403, "check_failed"),
        ("/gone", format!("Bearer {person}"), 404, "not_found"),
        ("/undecided", format!("Bearer {person}"), 503, "check_unavailable"),
        ("/machine", format!("Bearer {person}"), 403, "subject_not_accepted"),
        ("/plan", format!("Bearer {person}"), 500, "invalid_claims"),
        ("/orgs/another/orders", format!("Bearer {person}"), 403, "wrong_organization"),
        ("/orgs/a%20b/orders", format!("Bearer {person}"), 403, "no_organization"),
    ];
    for (path, header, status, code) in by_bearer {
        let answer = refusal_app.call(Ask::get(path).header("authorization", header)).await;
        audit.one(&answer, status, code);
    }
    audit.one(&refusal_app.call(Ask::get("/known")).await, 401, "not_signed_in");
    audit.one(&refusal_app.nobody().open("/known").await, 303, "not_signed_in");
    audit.one(&refusal_app.call(Ask::get("/broken")).await, 500, "misconfigured");
    audit.one(&refusal_app.call(Ask::post("/note/5000")).await, 413, "session_data_too_large");
    audit.none(&refusal_app.call(Ask::post("/note/5")).await, 200);

    let mut bob = refusal_app.with_person("bob").await;
    audit.none(&bob.fetch("/known").await, 200);
    audit.one(&bob.fetch("/orders").await, 403, "insufficient_scope");
    audit.one(&bob.open("/orders").await, 403, "insufficient_scope");
    audit.one(&bob.fetch("/admin").await, 403, "missing_role");
    audit.one(&bob.fetch("/second").await, 403, "missing_role");
    audit.one(&bob.fetch(format!("/orgs/{GLOBEX}/token")).await, 403, "not_a_member");
    let forged =
        Ask::post("/known").header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    audit.one(&bob.send(forged).await, 403, "cross_site_request");
    for (status, error, says, code) in [
        (400, "invalid_target", 403, "not_granted"),
        (400, "access_denied", 403, "access_denied"),
        (500, "server_error", 503, "logto_unavailable"),
    ] {
        refusal_app.later(2);
        let body = json!({ "error": error }).to_string();
        refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(status, body));
        audit.one(&bob.fetch("/token").await, says, code);
        refusal_app.tenant.faults().clear();
    }
    refusal_app.later(10);
    refusal_app.tenant.users().revoke_everything("bob").unwrap();
    audit.one(&bob.fetch("/token").await, 401, "session_ended");

    let store = SharedStore::new();
    let refusal_app = RefusalApp::on(store.clone()).await;
    let mut alice = refusal_app.with_person("alice").await;
    store.trouble(Trouble::Down);
    audit.one(&alice.fetch("/known").await, 503, "store_unavailable");
    audit.one(&alice.open("/known").await, 503, "store_unavailable");
    audit.assert_complete(&["guards"], &OUT_OF_REACH);
}

#[rocket::async_test]
async fn o04_each_reason_against_a_token_is_one_event_with_its_code() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let token = |issue: Issue| refusal_app.tenant.access_token(issue).unwrap();
    let good = token(alice());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let stranger = Signer::new("ES384");
    let now = refusal_app.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for (token, code) in [
        ("a.b".repeat(3), "token_malformed"),
        ("opaque".to_owned(), "token_opaque"),
        (token(alice().header("alg", "HS256")), "token_algorithm"),
        (token(alice().header("typ", "JWT")), "token_type"),
        (token(alice().header("crit", json!(["exp"]))), "token_critical_header"),
        (stranger.sign(stranger.header(), claims_of(&good)), "token_unknown_key"),
        (format!("{signed}.{}", "A".repeat(128)), "token_signature"),
        (token(alice().claim("iss", "https://evil.example/oidc")), "token_issuer"),
        (token(Issue::user("alice").resource(OTHER_API)), "token_audience"),
        (token(alice().expired()), "token_expired"),
        (token(alice().claim("iat", now + 3600)), "token_not_yet_valid"),
        (token(alice().claim("sub", "")), "token_subject"),
        (token(alice().without("client_id")), "token_claim"),
    ] {
        let answer = refusal_app.call(Ask::get("/orders").bearer(&token)).await;
        audit.one(&answer, 401, code);
    }
    // Opaque ones, where Logto is asked about them.
    let foreign = token(Issue::user("alice").client(SPA_APP.id));
    for (token, code) in
        [("a-token-that-nobody-has-issued", "token_inactive"), (foreign.as_str(), "token_authorized_party")]
    {
        let answer = refusal_app.call(Ask::get("/known").bearer(token)).await;
        audit.one(&answer, 401, code);
    }
    // Logout tokens.
    let logout = || Issue::user("alice").client(ROCKET_APP.id);
    for (issue, code) in [
        (logout().claim("events", json!({})), "token_event"),
        (logout().claim("nonce", "n"), "token_nonce"),
        (logout().claim("iat", now - 7200).claim("exp", now + 60), "token_too_old"),
    ] {
        let answer = refusal_app.call(refusal_app.logout(issue)).await;
        audit.one(&answer, 400, code);
    }
    audit.assert_complete(&["tokens"], &OF_ID_TOKENS);
}

#[rocket::async_test]
async fn o04_each_page_against_a_loop_is_one_event_with_its_code() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let mut browser = refusal_app.with_person("alice").await;
    for name in browser.jar.session().into_keys() {
        browser.jar.0.remove(&name);
    }
    audit.one(&browser.open("/known").await, 401, "session_cookie_lost");
    let mut browser = refusal_app.with_person("alice").await;
    refusal_app.tenant.users().revoke_everything("alice").unwrap();
    audit.one(&browser.open("/orders").await, 401, "session_ended_at_once");

    let mut returned = refusal_app.returned("/logto/sign-in?return_to=/fresh&max_age=300").await;
    let answer = returned.browser.open(returned.callback.clone()).await;
    audit.none(&answer, 303);
    refusal_app.later(600);
    audit.one(&returned.browser.open("/fresh").await, 401, "step_up_failed");
    audit.assert_complete(&["redirect loops"], &[]);
}

#[rocket::async_test]
async fn o04_each_refusal_of_a_mounted_route_is_one_event_with_its_code() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    audit.one(&refusal_app.call(Ask::new("HEAD", "/logto/sign-in")).await, 405, "head_not_allowed");
    audit.one(&refusal_app.nobody().fetch("/logto/sign-in").await, 401, "navigate_to_sign_in");
    audit.one(&refusal_app.nobody().open("/logto/sign-in?return_to=/&return_to=/").await, 400, "bad_query");
    audit.one(&refusal_app.nobody().open("/logto/callback").await, 403, "sign_in_cancelled");
    let mut elsewhere = refusal_app.with_person("alice").await;
    audit.none(&elsewhere.open("/profile").await, 200);
    let from_elsewhere = Ask::get("/logto/sign-out")
        .header("accept", "text/html")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "cross-site");
    let from_elsewhere = refusal_app.call(from_elsewhere).await;
    audit.one(&from_elsewhere, 403, "cross_site_request");
    audit.one(&refusal_app.nobody().fetch("/logto/sign-out").await, 403, "sign_out_fetched");

    for (path, code) in [
        ("/logto/callback?code=x", "callback_without_state"),
        ("/logto/callback?state=a&state=b", "callback_parameter_repeated"),
        ("/logto/callback?state=%ff", "callback_unreadable"),
        ("/logto/callback?state=unknown&code=x", "callback_unknown_state"),
    ] {
        audit.one(&refusal_app.nobody().open(path).await, 400, code);
    }
    for (parameters, status, code) in [
        ("code=x&response=x", 400, "callback_response_type"),
        ("code=x&error=access_denied", 400, "callback_error_and_code"),
        ("x=y", 400, "callback_without_code"),
        ("error=access_denied", 403, "sign_in_cancelled"),
        ("error=access_denied&error_description=Access+denied.", 403, "sign_in_denied"),
        ("error=login_required", 401, "interaction_required"),
        ("error=invalid_target", 400, "sign_in_invalid_target"),
        ("error=invalid_scope", 400, "sign_in_invalid_scope"),
        ("error=teapot", 400, "sign_in_refused"),
        ("error=server_error", 503, "logto_unavailable"),
    ] {
        let returned = refusal_app.returned("/logto/sign-in").await;
        audit.refusals();
        audit.one(&returned.with(parameters).await, status, code);
    }
    let mut returned = refusal_app.returned("/logto/sign-in").await;
    let path = format!("/logto/callback?state={}&iss=https://evil.example&code=x", returned.state);
    audit.one(&returned.browser.open(path).await, 400, "callback_issuer");

    let tokens = |id_token: String| json!({ "access_token": "opaque", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token });
    let old = |nonce: &str| {
        let now = refusal_app.tenant.clock().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let issue = Issue::user("alice").claim("nonce", nonce).claim("auth_time", now - 7200);
        refusal_app.tenant.id_token(issue).unwrap()
    };
    for (fault, status, code) in [
        (Some((401, json!({ "error": "invalid_client" }))), 503, "sign_in_client_refused"),
        (Some((200, tokens("not.a.token".to_owned()))), 400, "sign_in_id_token"),
        (None, 403, "step_up_unsatisfied"),
    ] {
        let returned = refusal_app.returned("/logto/sign-in?max_age=300").await;
        let (answer_status, body) = fault.unwrap_or_else(|| (200, tokens(old(&returned.nonce))));
        refusal_app
            .tenant
            .faults()
            .on(Endpoint::Token)
            .fault(Fault::StatusWithBody(answer_status, body.to_string()));
        audit.one(&returned.back().await, status, code);
        refusal_app.tenant.faults().clear();
    }
    let returned = refusal_app.returned("/logto/sign-in").await;
    refusal_app.later(61);
    audit.one(&returned.back().await, 400, "sign_in_code_spent");
    let returned = refusal_app.returned("/logto/sign-in").await;
    refusal_app.later(1);
    audit.none(&refusal_app.call(refusal_app.logout(Issue::user("alice"))).await, 200);
    audit.one(&returned.back().await, 400, "sign_in_overtaken");
    let filler: String = (0..20_000).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    refusal_app.tenant.users().change("alice", |alice| alice.profile("biography", filler)).unwrap();
    let returned = refusal_app.returned("/logto/sign-in").await;
    audit.one(&returned.back().await, 500, "session_too_large");
    logouts_are_refused(&mut audit, &refusal_app).await;

    let store = SharedStore::new();
    let refusal_app = RefusalApp::on(store.clone()).await;
    let returned = refusal_app.returned("/logto/sign-in").await;
    audit.refusals();
    store.trouble(Trouble::Down);
    audit.one(&returned.back().await, 503, "store_unavailable");
    audit.one(&refusal_app.call(refusal_app.logout(Issue::user("alice"))).await, 503, "store_unavailable");

    for (fairing, status, code) in [
        (Logto::fairing().on_sign_in(refuses), 403, "not_admitted"),
        (Logto::fairing().on_sign_in(fails), 503, "admission_undecided"),
    ] {
        let refusal_app = RefusalApp::of(fairing).await;
        let returned = refusal_app.returned("/logto/sign-in").await;
        audit.refusals();
        audit.one(&returned.back().await, status, code);
    }
    audit.assert_complete(&["endpoints"], &OUT_OF_REACH);
}

async fn refuses(_: &SignedIn<'_>, _: &Request<'_>) -> Result<Welcome, Denied> {
    Err(Denied::default())
}

async fn fails(_: &SignedIn<'_>, _: &Request<'_>) -> Result<Welcome, Denied> {
    Err(Denied::unavailable("the database is down"))
}

async fn logouts_are_refused(audit: &mut Audit, refusal_app: &RefusalApp) {
    let form = |body: String| Ask::post(LOGOUT).body(FORM, body);
    for (ask, status, code) in [
        (Ask::get(LOGOUT), 405, "post_only"),
        (Ask::get(WEBHOOK), 405, "post_only"),
        (Ask::post(LOGOUT), 400, "not_a_form"),
        (form("a=b".to_owned()), 400, "logout_token_missing"),
        (form("logout_token=a&logout_token=b".to_owned()), 400, "logout_token_repeated"),
        (form("logout_token=%ff".to_owned()), 400, "form_unreadable"),
        (form(format!("logout_token={}", "a".repeat(1 << 17))), 413, "too_large"),
    ] {
        audit.one(&refusal_app.call(ask).await, status, code);
    }
    let twice = refusal_app.logout(Issue::user("bob"));
    audit.none(&refusal_app.call(twice.clone()).await, 200);
    audit.one(&refusal_app.call(twice).await, 400, "token_replayed");
    audit.broken_off(refusal_app, LOGOUT, &format!("content-type: {FORM}"), "incomplete").await;
}

/// The same for webhooks, which the guard of all of them refuses.
#[rocket::async_test]
async fn o04_each_refusal_of_a_webhook_is_one_event_with_its_code() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let store = SharedStore::new();
    let refusal_app = RefusalApp::on(store.clone()).await;
    let event = |name: &str| refusal_app.webhook(WEBHOOK, name, ALICE);
    let plain = Ask::post(WEBHOOK).body("application/json", "{}");
    let header = "logto-signature-sha-256";
    for (ask, status, code) in [
        (plain.clone(), 401, "webhook_not_signed"),
        (plain.header(header, "00").header(header, "00"), 400, "webhook_several_signatures"),
        (signed(WEBHOOK, "another key that nobody has set", "{}"), 401, "webhook_wrong_signature"),
        (signed(WEBHOOK, SIGNING_KEY, "{}"), 400, "webhook_malformed"),
        (signed(WEBHOOK, SIGNING_KEY, &"a".repeat((1 << 20) + 1)), 413, "webhook_too_large"),
    ] {
        audit.one(&refusal_app.call(ask).await, status, code);
    }
    let old = event("User.Deleted");
    refusal_app.later(600);
    audit.one(&refusal_app.call(old).await, 400, "webhook_not_fresh");
    let twice = event("User.Deleted");
    audit.none(&refusal_app.call(twice.clone()).await, 200);
    audit.one(&refusal_app.call(twice).await, 409, "webhook_repeated");
    let slow = refusal_app.webhook("/slow", "Role.Created", ALICE);
    let (mut first, asked) = (refusal_app.nobody(), slow.clone());
    let first = rocket::tokio::spawn(async move { first.send(asked).await });
    BEGUN.acquire().await.unwrap().forget();
    audit.one(&refusal_app.call(slow).await, 409, "webhook_under_way");
    MAY_END.add_permits(1);
    audit.none(&first.await.unwrap(), 200);
    // What cannot be a signature is refused before the body is read.
    audit.broken_off(&refusal_app, WEBHOOK, &format!("{header}: 00"), "webhook_wrong_signature").await;
    audit
        .broken_off(&refusal_app, WEBHOOK, &format!("{header}: {}", "0".repeat(64)), "webhook_incomplete")
        .await;
    store.trouble(Trouble::Down);
    audit.one(&refusal_app.call(event("User.Deleted")).await, 503, "store_unavailable");
    // Without a key there is no launch.
    audit.assert_complete(&["webhooks"], &["misconfigured"]);
}

/// Whoever is let in after all has no refusal, and whoever is not has one, however many guards have said no.
#[rocket::async_test]
async fn o04_a_request_is_refused_once_or_not_at_all() {
    let _turn = alone().await;
    let mut audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let mut bob = refusal_app.with_person("bob").await;
    audit.refusals();
    let nobody = refusal_app.call(Ask::get("/perhaps")).await;
    audit.none(&nobody, 200);
    audit.none(&bob.fetch("/perhaps").await, 200);
    let forwarded = refusal_app.call(Ask::get("/front")).await;
    assert_eq!(forwarded.body, "others");
    audit.none(&forwarded, 200);
    let nowhere = refusal_app.call(Ask::get("/nowhere")).await;
    audit.one(&nowhere, 401, "not_signed_in");
    let own = refusal_app.call(Ask::get("/own")).await;
    audit.none(&own, 403);
    let unknown = refusal_app.call(Ask::get("/no/such/page")).await;
    audit.none(&unknown, 404);
    // The application's catcher may hide it from the caller, not from the audit.
    let hidden = bob.fetch("/hidden/thing").await;
    assert_eq!((hidden.status, hidden.body.as_str()), (404, "nothing"));
    assert_eq!(audit.refusals(), ["check_failed"]);
    let machine = refusal_app.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    let refused = refusal_app.call(Ask::get("/orders").bearer(&machine)).await;
    audit.one(&refused, 403, "subject_not_accepted");
}

/// Who is told of the page finds the event; a program's answer is the same each time and needs none.
#[rocket::async_test]
async fn o07_a_page_and_its_event_have_one_reference() {
    let _turn = alone().await;
    let audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let mut bob = refusal_app.with_person("bob").await;
    let mut references = BTreeSet::new();
    for answer in [
        bob.open("/orders").await,
        bob.open("/never").await,
        refusal_app.nobody().open("/logto/callback").await,
    ] {
        let (_, rest) = answer.body.split_once("Reference ").unwrap_or_else(|| panic!("{answer:?}"));
        let reference = rest.split('<').next().unwrap_or_default().to_owned();
        assert_eq!(reference.len(), 10);
        let event = format!("reference=\"{reference}\"");
        let code = format!("code=\"{}\"", answer.code());
        assert!(audit.log_capture.heard(&["refused", &code, &event]), "{event}");
        references.insert(reference);
    }
    assert_eq!(references.len(), 3);
    assert!(!bob.fetch("/orders").await.body.contains("eference"));
}

/// What becomes of sessions has events too, and no event tells who it was.
#[rocket::async_test]
async fn o04_sessions_have_events_and_no_event_names_anybody() {
    let _turn = alone().await;
    let audit = Audit::open();
    let refusal_app = RefusalApp::open().await;
    let mut browser: Browser = refusal_app.with_person("alice").await;
    browser.sign_in(&refusal_app.tenant, "bob").await;
    assert!(browser.submit("/logto/sign-out").await.status == 303);
    let mut carol = refusal_app.with_person("carol").await;
    refusal_app.tenant.users().revoke_everything("carol").unwrap();
    carol.fetch("/orders").await;
    // Its tokens are refused, old and new.
    let mut dead = refusal_app.with_person("alice").await;
    refusal_app.tenant.faults().on(Endpoint::UserInfo).status(401);
    assert_eq!(dead.fetch("/info").await.status, 401);
    let lines = audit.log_capture.lines();
    let events: Vec<&str> = lines[audit.read..]
        .iter()
        .filter(|line| line.target == "logto::audit")
        .map(|line| line.text.as_str())
        .collect();
    let codes: Vec<String> = events.iter().map(|event| code_in(event)).collect();
    assert_eq!(
        codes,
        [
            "signed_in",
            "session_switched",
            "signed_in",
            "signed_out",
            "signed_in",
            "session_ended",
            "session_ended",
            "signed_in",
            "session_ended",
            "session_ended",
        ]
    );
    for event in events {
        for private in [ALICE, "alice", "bob", "carol", "/orders"] {
            assert!(!event.contains(private), "{private} in {event}");
        }
    }
}

/// Ends from elsewhere have events as well, one for each time somebody asks for them.
#[rocket::async_test]
async fn o04_ends_from_elsewhere_have_events() {
    let _turn = alone().await;
    let audit = Audit::open();
    let store = SharedStore::new();
    let refusal_app = RefusalApp::on(store.clone()).await;
    let heard = |code: &str| audit.count(code);
    assert_eq!(refusal_app.call(refusal_app.logout(Issue::user("alice"))).await.status, 200);
    assert_eq!(heard("backchannel_logout"), 1);
    for (event, events) in [("User.Deleted", 1), ("Role.Created", 1)] {
        assert_eq!(refusal_app.call(refusal_app.webhook(WEBHOOK, event, ALICE)).await.status, 200);
        assert_eq!(heard("webhook"), events, "{event}");
    }
    assert_eq!(refusal_app.call(Ask::post(format!("/people/{ALICE}/end"))).await.status, 200);
    assert_eq!(heard("sessions_ended"), 1);
    let mut bob = refusal_app.with_person("bob").await;
    let id = bob.fetch("/sessions").await.body;
    for (id, ends, events) in [("another", "false", 0), (id.as_str(), "true", 1)] {
        assert_eq!(bob.submit(format!("/sessions/{id}/end")).await.body, ends);
        assert_eq!(heard("session_ended_by_owner"), events);
    }
    let mut carol = refusal_app.with_person("carol").await;
    store.trouble(Trouble::Corrupt);
    assert_eq!(carol.fetch("/known").await.status, 401);
    assert_eq!(heard("session_unreadable"), 1);
    store.trouble(Trouble::Down);
    assert_eq!(refusal_app.call(refusal_app.logout(Issue::user("carol"))).await.status, 503);
    store.trouble(None);
    until("the logout comes late", || heard("late_logout") == 1).await;
    assert_eq!(heard("backchannel_logout"), 1);
}
