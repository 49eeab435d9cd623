//! `on_session_end`: it is told once of each end that is no sign-out, with its reason.

use std::future::pending;
use std::time::Duration;

use logto_dev::recorded::{ALICE, BOB};
use logto_dev::{Issue, Webhook};
use logto_rocket::{Denied, Logto, LogtoFairing, SessionEnd, SessionEndReason, SignedIn, Welcome};
use logto_tests::{App, Bench, Browser, until};
use rocket::figment::Figment;
use rocket::{Request, State, post, routes};

use super::Calls;
use crate::{backchannel, webhooks};

#[post("/everybody-out/<subject>")]
async fn everybody_out(subject: &str, logto: &State<Logto>) -> Result<(), logto_rocket::Error> {
    logto.end_sessions_of(subject).await
}

fn noting(fairing: LogtoFairing, calls: &Calls) -> LogtoFairing {
    let calls = calls.clone();
    fairing.on_session_end(async move |end: SessionEnd| {
        let one = if end.session_id().is_some() || end.sid().is_some() { "one" } else { "all" };
        calls.note(format!("{:?} {} {one}", end.reason(), end.subject().unwrap_or("somebody")));
    })
}

async fn bench(calls: &Calls, change: impl FnOnce(Figment) -> Figment) -> Bench {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let fairing = noting(Logto::fairing(), calls);
    let app = App::serve(Bench::rocket(&tenant, fairing, change).mount("/", routes![everybody_out])).await;
    Bench { tenant, app }.warm().await
}

async fn told(calls: &Calls, expected: &[String]) {
    until("the hook was called", || calls.count() >= expected.len()).await;
    assert_eq!(calls.take(), expected);
}

fn call(reason: SessionEndReason, subject: &str, which: &str) -> String {
    format!("{reason:?} {subject} {which}")
}

#[rocket::async_test]
async fn logout_tokens_and_webhooks_are_told_with_who_and_why() {
    for store in ["cookie", "memory"] {
        let calls = Calls::default();
        let change = |figment: Figment| {
            webhooks::hooked(backchannel::told(figment)).merge(("logto.session_store", store))
        };
        let bench = bench(&calls, change).await;
        backchannel::listen(&bench);
        let (mut here, mut there) = backchannel::sign_in(&bench, "alice").await;
        backchannel::sign_out_at_logto(&bench, &mut there).await;
        told(&calls, &[call(SessionEndReason::LogoutToken, ALICE, "one")]).await;
        assert!(!backchannel::is_signed_in(&mut here).await, "{store}");

        let token = bench.tenant.logout_token(backchannel::logout_of("alice")).unwrap();
        assert_eq!(bench.call(backchannel::form(&token)).await.status, 200, "{store}");
        told(&calls, &[call(SessionEndReason::LogoutToken, ALICE, "all")]).await;
        assert_eq!(bench.call(backchannel::form(&token)).await.status, 400, "{store}: a replay");
        let forged = bench.tenant.logout_token(Issue::user("alice").client("another")).unwrap();
        assert_eq!(
            bench.call(backchannel::form(&forged)).await.status,
            400,
            "{store}: for another application"
        );

        let url = format!("http://{}{}", bench.app.address(), webhooks::PATH);
        bench.tenant.add_webhook(Webhook::new(url, webhooks::KEY));
        bench.tenant.users().suspend("bob").unwrap();
        bench.tenant.webhooks_delivered().await;
        told(&calls, &[call(SessionEndReason::Webhook, BOB, "all")]).await;
    }
}

#[rocket::async_test]
async fn the_application_other_devices_and_other_users_are_told_of() {
    let calls = Calls::default();
    let bench = bench(&calls, |figment| figment.merge(("logto.session_store", "memory"))).await;
    let (mut office, mut home) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
    let sessions = home.fetch("/sessions").await.json();
    let other = sessions.as_array().unwrap().iter().find(|one| one[1] == false).unwrap()[0].clone();
    let path = format!("/sessions/{}/end", other.as_str().unwrap());
    assert_eq!(home.submit(path).await.body, "true");
    assert_eq!(office.fetch("/known").await.status, 401);
    told(&calls, &[call(SessionEndReason::OtherDevice, ALICE, "one")]).await;

    let callback = home.callback(&bench.tenant, "bob", "/known").await;
    assert_eq!(home.open(callback).await.status, 303);
    told(&calls, &[call(SessionEndReason::OtherUser, ALICE, "one")]).await;
    let callback = home.callback(&bench.tenant, "bob", "/known").await;
    assert_eq!(home.open(callback).await.status, 303, "his own session is renewed, not ended");

    assert_eq!(bench.browser().submit(format!("/everybody-out/{BOB}")).await.status, 200);
    told(&calls, &[call(SessionEndReason::Application, BOB, "all")]).await;
    assert_eq!(home.fetch("/known").await.status, 401);

    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.submit("/logto/sign-out").await.status, 303);
    assert_eq!(bench.browser().submit("/everybody-out/nobody").await.status, 200);
    told(&calls, &[call(SessionEndReason::Application, "nobody", "all")]).await;
}

#[rocket::async_test]
async fn a_session_that_has_expired_is_told_of_once() {
    let calls = Calls::default();
    let bench = bench(&calls, |figment| figment.merge(("logto.session_store", "cookie"))).await;
    let alice = bench.signed_in("alice").await;
    bench.tenant.clock().advance(Duration::from_secs(25 * 3600));
    let mut copies: Vec<Browser> = (0..3).map(|_| alice.clone()).collect();
    for copy in &mut copies {
        assert_eq!(copy.fetch("/known").await.status, 401);
    }
    let mut bob = bench.signed_in("bob").await;
    assert_eq!(bob.submit(format!("/everybody-out/{BOB}")).await.status, 200);
    until("both were told", || calls.count() >= 2).await;
    let mut all = calls.take();
    all.sort();
    assert_eq!(
        all,
        [call(SessionEndReason::Application, BOB, "all"), call(SessionEndReason::Expired, ALICE, "one")]
    );
}

#[rocket::async_test]
async fn a_grant_that_has_ended_is_told_of() {
    for path in ["/token", "/userinfo"] {
        let calls = Calls::default();
        let bench = bench(&calls, |figment| figment).await;
        let mut alice = bench.signed_in("alice").await;
        bench.tenant.users().revoke_everything("alice").unwrap();
        bench.tenant.clock().advance(Duration::from_secs(3700));
        assert_eq!(alice.fetch(path).await.status, 401, "{path}");
        told(&calls, &[call(SessionEndReason::GrantEnded, ALICE, "one")]).await;
    }
}

#[rocket::async_test]
async fn a_refusal_at_sign_in_is_told_of_where_it_ends_a_session() {
    let calls = Calls::default();
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let hook = async |user: &SignedIn<'_>, _: &Request<'_>| match user.previous_subject() {
        Some(_) => Err(Denied::because("no")),
        None => Ok(Welcome::back()),
    };
    let fairing = noting(Logto::fairing().on_sign_in(hook), &calls);
    let app = App::serve(Bench::rocket(&tenant, fairing, |figment| figment)).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.signed_in("alice").await;
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    assert_eq!(alice.open(callback).await.status, 403);
    told(&calls, &[call(SessionEndReason::NotAdmitted, ALICE, "one")]).await;
}

#[rocket::async_test]
async fn a_hook_that_fails_ends_nothing_else() {
    let calls = Calls::default();
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let fairing = Logto::fairing()
        .on_session_end(async |_| panic!("a mistake"))
        .on_session_end(async |_| pending::<()>().await);
    let fairing = noting(fairing, &calls);
    let rocket = Bench::rocket(&tenant, fairing, |figment| figment.merge(("logto.hook_timeout", "20ms")));
    let app = App::serve(rocket.mount("/", routes![everybody_out])).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(bench.browser().submit(format!("/everybody-out/{ALICE}")).await.status, 200);
    assert_eq!(alice.fetch("/known").await.status, 401);
    told(&calls, &[call(SessionEndReason::Application, ALICE, "all")]).await;
}
