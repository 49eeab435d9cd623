//! Answers that outlive the token they began with.

use std::sync::Arc;
use std::time::Duration;

use logto_dev::recorded::{ACME, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::{AccessToken, Error, Logto, OrgToken, with_access_token, with_org_token};
use logto_tests::{App, Bench, Browser, SharedStore, until_async};
use rocket::response::stream::TextStream;
use rocket::tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use rocket::tokio::net::TcpStream;
use rocket::tokio::sync::Semaphore;
use rocket::{State, get, routes};

use super::{HOUR, shared};

/// Each permit lets the stream ask for one more token.
struct Next(Arc<Semaphore>);

#[with_access_token(resource = SHOPPING_API)]
#[get("/stream")]
fn stream(token: AccessToken, next: &State<Next>) -> TextStream![String] {
    let (tokens, next) = (token.source(), Arc::clone(&next.0));
    TextStream! {
        yield format!("{}\n", token.secret());
        loop {
            let Ok(permit) = next.acquire().await else { break };
            permit.forget();
            match tokens.token().await {
                Ok(token) => yield format!("{}\n", token.secret()),
                Err(error) => yield format!("error: {}\n", error.code()),
            }
        }
    }
}

/// Gets a token, says that it was refused, and answers with both.
#[with_access_token(resource = SHOPPING_API)]
#[get("/instead")]
async fn instead(token: AccessToken) -> Result<String, Error> {
    let another = token.source().token_instead_of(&token).await?;
    // Whoever says so of the old one once more gets what came instead.
    let same = token.source().token_instead_of(&token).await?;
    assert_eq!(same.secret(), another.secret());
    Ok(format!("{} {}", token.secret(), another.secret()))
}

#[with_org_token]
#[get("/orgs/<org_id>/instead")]
async fn instead_of_org(org_id: &str, token: OrgToken) -> Result<String, Error> {
    let another: OrgToken = token.source().token_instead_of(&token).await?;
    assert_eq!(another.organization().as_str(), org_id);
    Ok(format!("{} {}", token.secret(), another.secret()))
}

struct Streaming {
    bench: Bench,
    next: Arc<Semaphore>,
}

async fn start(store: Option<SharedStore>) -> Streaming {
    let tenant = Tenant::recorded().start().await.unwrap();
    let next = Arc::new(Semaphore::new(0));
    let fairing = match store {
        Some(store) => Logto::fairing().session_store(store),
        None => Logto::fairing(),
    };
    let cookies = |figment| shared(figment).merge(("logto.session_store", "cookie"));
    let rocket = Bench::rocket(&tenant, fairing, cookies)
        .mount("/", routes![stream, instead, instead_of_org])
        .manage(Next(Arc::clone(&next)));
    let app = App::serve(rocket).await;
    Streaming { bench: Bench { tenant, app }.warm().await, next }
}

/// The lines of an open stream, as its browser reads them; the answer's cookies are in the browser.
struct Open {
    lines: Lines<BufReader<TcpStream>>,
}

impl Open {
    async fn of(app: &App, browser: &mut Browser) -> Open {
        let mut connection = TcpStream::connect(app.address()).await.unwrap();
        let head = format!(
            "GET /stream HTTP/1.1\r\nhost: localhost:8000\r\ncookie: {}\r\n\r\n",
            browser.jar.header().unwrap()
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut open = Open { lines: BufReader::new(connection).lines() };
        loop {
            let line = open.lines.next_line().await.unwrap().unwrap();
            if let Some(cookie) = line.strip_prefix("set-cookie: ") {
                browser.jar.apply(&logto_tests::SetCookie::parse(cookie));
            }
            if line.is_empty() {
                return open;
            }
        }
    }

    /// The next line that is no frame of the transfer.
    async fn line(&mut self) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap().expect("the stream goes on");
            if line.starts_with("eyJ") || line.starts_with("error") {
                return line;
            }
        }
    }

    async fn next(&mut self, streaming: &Streaming) -> String {
        streaming.next.add_permits(1);
        self.line().await
    }
}

fn used(bench: &Bench) -> Vec<String> {
    let calls = bench.grants("refresh_token");
    calls.iter().map(|call| call.param("refresh_token").unwrap().to_owned()).collect()
}

#[rocket::async_test]
async fn a_stream_outlives_its_token_and_loses_no_refresh_token() {
    for store in [None, Some(SharedStore::new())] {
        let what = if store.is_some() { "store" } else { "cookies" };
        let streaming = start(store).await;
        let (bench, clock) = (&streaming.bench, streaming.bench.tenant.clock());
        let mut alice = bench.signed_in("alice").await;
        let mut open = Open::of(&bench.app, &mut alice).await;
        let first = open.line().await;
        assert_eq!(open.next(&streaming).await, first, "{what}: still good");
        // Each refresh from now on replaces the refresh token.
        clock.advance(HOUR * 24 * 10);
        let second = open.next(&streaming).await;
        assert!(second.starts_with("eyJ") && second != first, "{what}: {second}");
        clock.advance(HOUR);
        let third = open.next(&streaming).await;
        assert!(third.starts_with("eyJ") && third != second, "{what}: {third}");
        // The browser comes back long after, with the cookie of before all that.
        drop(open);
        clock.advance(HOUR * 5);
        assert_eq!(alice.fetch("/token").await.status, 200, "{what}");
        let used = used(bench);
        assert_eq!(used.len(), 4, "{what}");
        assert_ne!(used[2], used[1], "{what}: the stream used what it got");
        assert_eq!(used[3], used[2], "{what}: and the browser's next request did too");
        clock.advance(HOUR);
        assert_eq!(alice.fetch("/token").await.status, 200, "{what}: the session goes on");
    }
}

#[rocket::async_test]
async fn a_stream_learns_that_its_person_has_signed_out() {
    for store in [None, Some(SharedStore::new())] {
        let streaming = start(store).await;
        let mut alice = streaming.bench.signed_in("alice").await;
        let mut open = Open::of(&streaming.bench.app, &mut alice).await;
        open.line().await;
        alice.submit("/logto/sign-out").await;
        assert_eq!(open.next(&streaming).await, "error: session_ended");
    }
}

#[rocket::async_test]
async fn a_stream_lives_through_an_outage() {
    let streaming = start(Some(SharedStore::new())).await;
    let bench = &streaming.bench;
    let mut alice = bench.signed_in("alice").await;
    let mut open = Open::of(&bench.app, &mut alice).await;
    open.line().await;
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::Status(503));
    bench.tenant.clock().advance(HOUR);
    assert_eq!(open.next(&streaming).await, "error: logto_unavailable");
    bench.tenant.faults().clear();
    until_async("it comes back", async || {
        bench.tenant.clock().advance(Duration::from_secs(2));
        open.next(&streaming).await.starts_with("eyJ")
    })
    .await;
}

/// An API refuses a token before its time, as after a rotation of Logto's keys: the application says so and gets another
/// one, which the session holds from then on.
#[rocket::async_test]
async fn field_20_a_refused_token_is_replaced_once_for_all() {
    for store in [None, Some(SharedStore::new())] {
        let what = if store.is_some() { "store" } else { "cookies" };
        let streaming = start(store).await;
        let bench = &streaming.bench;
        let mut alice = bench.signed_in("alice").await;
        let held = alice.fetch("/token").await.json()["token"].as_str().unwrap().to_owned();
        let calls = used(bench).len();
        let answer = alice.fetch("/instead").await;
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        let (refused, another) = answer.body.split_once(' ').unwrap();
        assert_eq!(refused, held, "{what}");
        assert_ne!(another, held, "{what}");
        assert_eq!(used(bench).len(), calls + 1, "{what}: one call");
        assert_eq!(alice.fetch("/token").await.json()["token"], another, "{what}: it is kept");
        assert_eq!(used(bench).len(), calls + 1, "{what}");
        // For an organization alike.
        let answer = alice.fetch(format!("/orgs/{ACME}/instead")).await;
        let (refused, another) = answer.body.split_once(' ').unwrap();
        assert!(refused != another && another.starts_with("eyJ"), "{what}: {answer:?}");
    }
}

#[rocket::async_test]
async fn field_20_many_who_were_refused_share_one_call() {
    let streaming = start(Some(SharedStore::new())).await;
    let bench = &streaming.bench;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    let calls = used(bench).len();
    let asked = (0..20).map(|_| {
        let mut tab = alice.clone();
        async move { tab.fetch("/instead").await }
    });
    let mut others = std::collections::BTreeSet::new();
    for answer in rocket::futures::future::join_all(asked).await {
        assert_eq!(answer.status, 200, "{answer:?}");
        others.insert(answer.body);
    }
    // A tab that came later had the new token already, and had that one refused.
    assert_eq!(used(bench).len() - calls, others.len(), "each refused token is replaced once");
}

#[rocket::async_test]
async fn field_20_an_outage_hands_out_no_refused_token_and_signs_nobody_out() {
    for store in [None, Some(SharedStore::new())] {
        let streaming = start(store).await;
        let bench = &streaming.bench;
        let mut alice = bench.signed_in("alice").await;
        let held = alice.fetch("/token").await.json()["token"].clone();
        bench.tenant.faults().on(Endpoint::Token).fault(Fault::Status(503));
        let answer = alice.fetch("/instead").await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
        bench.tenant.faults().clear();
        assert_eq!(alice.fetch("/token").await.json()["token"], held, "it is all there is");
        bench.tenant.clock().advance(Duration::from_secs(2));
        assert_eq!(alice.fetch("/instead").await.status, 200);
    }
}

/// Logto gives the very token again that was refused: that is no other one.
#[rocket::async_test]
async fn field_20_the_same_token_again_is_no_other_one() {
    let streaming = start(None).await;
    let bench = &streaming.bench;
    let mut alice = bench.signed_in("alice").await;
    let held = alice.fetch("/token").await.json()["token"].as_str().unwrap().to_owned();
    let body = format!(r#"{{"access_token":"{held}","token_type":"Bearer","expires_in":3600}}"#);
    bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body));
    let answer = alice.fetch("/instead").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{answer:?}");
    assert_eq!(alice.fetch("/known").await.status, 200);
}
