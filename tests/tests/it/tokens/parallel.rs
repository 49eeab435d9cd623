//! Many requests of one session at once.

use std::time::Duration;

use logto_dev::recorded::{ACME, GLOBEX, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::Logto;
use logto_tests::{App, Bench, Browser, SharedStore, claims_of, until};
use rocket::figment::Figment;
use rocket::futures::future::join_all;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{HOUR, patient, refreshes, with_expired_token};

async fn all(
    tabs: impl IntoIterator<Item = (Browser, String)>,
) -> Vec<(String, logto_tests::Answer, Browser)> {
    let asked = tabs.into_iter().map(|(mut tab, path)| async move {
        let answer = tab.fetch(&path).await;
        (path, answer, tab)
    });
    join_all(asked).await
}

#[rocket::async_test]
async fn i01_two_hundred_requests_share_one_refresh() {
    let bench = Bench::probe_app().await;
    let alice = with_expired_token(&bench).await;
    let before = refreshes(&bench);
    let answers = all((0..200).map(|_| (alice.clone(), "/token".to_owned()))).await;
    assert_eq!(refreshes(&bench), before + 1);
    let tokens: Vec<Value> = answers.iter().map(|(_, answer, _)| answer.json()["token"].clone()).collect();
    assert!(tokens.iter().all(|token| token.is_string() && *token == tokens[0]), "one token for all");
    // Whichever answer a browser took last, its session is good.
    for (_, _, mut tab) in answers.into_iter().step_by(20) {
        assert_eq!(tab.fetch("/token").await.json()["token"], tokens[0]);
    }
    assert_eq!(refreshes(&bench), before + 1);
}

/// Without sockets, of which a machine may not have two thousand to spare.
#[rocket::async_test]
async fn i01_a_thousand_requests_share_one_refresh() {
    use rocket::http::{Header, Status};
    use rocket::local::asynchronous::Client;

    let keyed = |figment: Figment| {
        patient(figment).merge(("logto.cookie_keys", ["a key of thirty-two characters!!"]))
    };
    for in_store in [false, true] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let store = SharedStore::new();
        let fairing = || {
            if in_store { Logto::fairing().session_store(store.clone()) } else { Logto::fairing() }
        };
        let change = |figment| keyed(figment).merge(("logto.session_store", "cookie"));
        let app = App::serve(Bench::rocket(&tenant, fairing(), change)).await;
        let bench = Bench { tenant, app }.warm().await;
        let alice = with_expired_token(&bench).await;
        let before = refreshes(&bench);
        let client = Client::untracked(Bench::rocket(&bench.tenant, fairing(), change)).await.unwrap();
        let cookies = alice.jar.header().unwrap();
        let answers = join_all((0..1_000).map(|_| async {
            let request = client.get("/token").header(Header::new("Cookie", cookies.clone()));
            let answer = request.header(Header::new("Accept", "application/json")).dispatch().await;
            (answer.status(), answer.into_json::<Value>().await.unwrap_or_default())
        }))
        .await;
        assert_eq!(refreshes(&bench), before + 1, "in a store: {in_store}");
        let token = &answers[0].1["token"];
        assert!(token.is_string(), "{:?}", answers[0]);
        for (status, answer) in &answers {
            assert_eq!((*status, &answer["token"]), (Status::Ok, token), "in a store: {in_store}");
        }
    }
}

/// The same for a token so short-lived that it is always about to end.
#[rocket::async_test]
async fn i01_requests_share_one_refresh_for_a_short_lived_token_too() {
    let bench = Bench::probe_app().await;
    bench.tenant.clock().freeze();
    let alice = bench.signed_in("alice").await;
    let answers = all((0..50).map(|_| (alice.clone(), "/ping".to_owned()))).await;
    assert!(answers.iter().all(|(_, answer, _)| answer.status == 200));
    assert_eq!(refreshes(&bench), 1);
}

#[rocket::async_test]
async fn i03_a_client_that_goes_away_cancels_no_refresh() {
    let bench = Bench::probe_app_with(patient).await;
    let alice = with_expired_token(&bench).await;
    // So that the refresh token is replaced: what is lost now is lost for good.
    bench.tenant.clock().advance(HOUR * 24 * 10);
    bench.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_millis(200)));
    let before = refreshes(&bench);
    let head = format!(
        "GET /token HTTP/1.1\r\nhost: localhost:8000\r\ncookie: {}\r\n\r\n",
        alice.jar.header().unwrap()
    );
    let mut connection = TcpStream::connect(bench.app.address()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    until("the refresh is under way", || refreshes(&bench) > before).await;
    drop(connection);
    // The next request comes with the old cookie: the first answer never arrived.
    let mut alice = alice;
    assert_eq!(alice.fetch("/token").await.status, 200);
    assert_eq!(refreshes(&bench), before + 1, "the refresh that was under way served it");
    bench.tenant.clock().advance(HOUR);
    assert_eq!(alice.fetch("/token").await.status, 200);
    let calls = bench.grants("refresh_token");
    let [.., first, second] = calls.as_slice() else { panic!("two refreshes") };
    assert_ne!(first.param("refresh_token"), second.param("refresh_token"), "the successor was kept");
}

#[rocket::async_test]
async fn i05_a_late_reader_with_the_old_cookie_gets_the_successor() {
    let bench = Bench::probe_app_with(patient).await;
    let mut early = with_expired_token(&bench).await;
    bench.tenant.clock().advance(HOUR * 24 * 10);
    let mut late = early.clone();
    let token = early.fetch("/token").await.json()["token"].clone();
    let calls = refreshes(&bench);
    // More than the three seconds for which Logto forgives a replaced token.
    bench.tenant.clock().advance(Duration::from_secs(10));
    assert_eq!(late.fetch("/token").await.json()["token"], token);
    assert_eq!(refreshes(&bench), calls);
    assert!(!late.jar.session().is_empty());
    bench.tenant.clock().advance(HOUR);
    assert_eq!(late.fetch("/token").await.status, 200, "and holds the new refresh token");
    assert_eq!(early.fetch("/token").await.status, 200);
}

#[rocket::async_test]
async fn i06_each_request_gets_the_token_it_asked_for() {
    let bench = Bench::probe_app().await;
    let carol = bench.signed_in("carol").await;
    let targets = [
        ("/token".to_owned(), SHOPPING_API.to_owned(), None),
        (format!("/orgs/{ACME}/token"), format!("urn:logto:organization:{ACME}"), None),
        (format!("/orgs/{GLOBEX}/token"), format!("urn:logto:organization:{GLOBEX}"), None),
        (format!("/orgs/{ACME}/api"), SHOPPING_API.to_owned(), Some(ACME)),
        (format!("/orgs/{GLOBEX}/api"), SHOPPING_API.to_owned(), Some(GLOBEX)),
    ];
    for _ in 0..3 {
        let tabs = (0..40).map(|n| (carol.clone(), targets[(n * 7) % targets.len()].0.clone()));
        for (path, answer, _) in all(tabs).await {
            let (_, audience, organization) = targets.iter().find(|(known, ..)| *known == path).unwrap();
            let claims = claims_of(answer.json()["token"].as_str().unwrap());
            assert_eq!(claims["aud"], audience.as_str(), "{path}");
            assert_eq!(claims.get("organization_id").and_then(Value::as_str), *organization, "{path}");
        }
    }
    assert_eq!(refreshes(&bench), targets.len(), "one call for each target");
}

/// Two people behind one browser's address never meet.
#[rocket::async_test]
async fn i06_sessions_do_not_share_tokens() {
    let bench = Bench::probe_app().await;
    let (alice, bob, carol) =
        (bench.signed_in("alice").await, bench.signed_in("bob").await, bench.signed_in("carol").await);
    let subject = |tab: &Browser| {
        let mut tab = tab.clone();
        async move {
            let answer = tab.fetch("/token").await;
            claims_of(answer.json()["token"].as_str().unwrap())["sub"].clone()
        }
    };
    use logto_dev::recorded::{ALICE, BOB, CAROL};
    let everybody = (0..10).flat_map(|_| [(&alice, ALICE), (&bob, BOB), (&carol, CAROL)]);
    let asked = everybody.map(|(tab, id)| async move { (subject(tab).await, id) });
    for (found, expected) in join_all(asked).await {
        assert_eq!(found, expected);
    }
}
