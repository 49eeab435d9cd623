//! People with several sessions, and ends that come from elsewhere.

use logto_dev::recorded::{ALICE, BOB};
use logto_dev::{Endpoint, Tenant};
use logto_rocket::Logto;
use logto_tests::{App, Bench, SharedStore, until};

use super::{HOUR, Nodes, shared};

/// Where sessions live in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cookies,
    Store,
}

/// An application whose `Logto` the test has in its hands.
async fn at_hand(kind: Kind) -> (Bench, Logto) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let fairing = match kind {
        Kind::Cookies => Logto::fairing(),
        Kind::Store => Logto::fairing().session_store(SharedStore::new()),
    };
    let rocket = Bench::rocket(&tenant, fairing, |figment| {
        shared(figment)
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.scopes", ["urn:logto:scope:organization_roles"]))
    });
    let (tell, told) = std::sync::mpsc::channel();
    let rocket = rocket.attach(rocket::fairing::AdHoc::on_liftoff("hand out", move |rocket| {
        let logto = rocket.state::<Logto>().unwrap().clone();
        tell.send(logto).unwrap();
        Box::pin(async {})
    }));
    let app = App::serve(rocket).await;
    (Bench { tenant, app }.warm().await, told.recv().unwrap())
}

#[rocket::async_test]
async fn a_person_sees_and_ends_their_own_sessions() {
    let nodes = Nodes::start(2).await;
    let mut here = nodes.bench.signed_in("alice").await;
    nodes.bench.tenant.clock().advance(HOUR);
    let phone = nodes.bench.signed_in("alice").await;
    let mut bob = nodes.bench.signed_in("bob").await;
    let list = here.fetch("/sessions").await.json();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 2, "not Bob's: {list:?}");
    assert_eq!((&list[0][1], &list[1][1]), (&false.into(), &true.into()), "the youngest first: {list:?}");
    let id = list[0][0].as_str().unwrap();

    assert_eq!(bob.submit(format!("/sessions/{id}/end")).await.body, "false", "not his to end");
    let mut phone = phone.at(&nodes.others[0]);
    assert_eq!(phone.open("/known").await.body, ALICE);
    let revoked = nodes.bench.count(Endpoint::Revocation);
    assert_eq!(here.submit(format!("/sessions/{id}/end")).await.body, "true");
    assert_eq!(phone.fetch("/known").await.status, 401);
    until("its grant ends at Logto too", || nodes.bench.count(Endpoint::Revocation) > revoked).await;
    assert_eq!(here.fetch("/sessions").await.json().as_array().unwrap().len(), 1);
    assert_eq!(here.submit(format!("/sessions/{id}/end")).await.body, "false", "once");
}

#[rocket::async_test]
async fn sessions_in_cookies_cannot_be_listed() {
    let bench = Bench::probe_app_in_cookies().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/sessions").await.code(), "misconfigured");
}

#[rocket::async_test]
async fn k17_all_sessions_of_a_person_end_and_nobody_elses() {
    for kind in [Kind::Cookies, Kind::Store] {
        let (bench, logto) = at_hand(kind).await;
        let (mut one, mut two) = (bench.signed_in("alice").await, bench.signed_in("alice").await);
        let mut bob = bench.signed_in("bob").await;
        let copy = one.clone();
        logto.end_sessions_of(ALICE).await.unwrap();
        for browser in [&mut one, &mut two] {
            assert_eq!(browser.fetch("/known").await.status, 401, "{kind:?}");
            assert!(browser.jar.session().is_empty(), "{kind:?}");
        }
        assert_eq!(bob.open("/known").await.body, BOB, "{kind:?}");
        // A sign-in in the same second is a later one.
        one.sign_in(&bench.tenant, "alice").await;
        assert_eq!(one.open("/known").await.body, ALICE, "{kind:?}");
        assert_eq!(copy.clone().fetch("/known").await.status, 401, "{kind:?}: the old cookie stays dead");
        bench.tenant.clock().advance(HOUR);
        assert_eq!(one.open("/known").await.body, ALICE, "{kind:?}");
        assert_eq!(copy.clone().fetch("/known").await.status, 401, "{kind:?}");
    }
}

#[rocket::async_test]
async fn k17_a_sign_in_under_way_does_not_survive_the_end_of_all() {
    for kind in [Kind::Cookies, Kind::Store] {
        let (bench, logto) = at_hand(kind).await;
        bench.tenant.clock().freeze();
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", "/known").await;
        bench.tenant.clock().advance(std::time::Duration::from_secs(5));
        logto.end_sessions_of(ALICE).await.unwrap();
        let answer = alice.open(callback).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "sign_in_overtaken"),
            "{kind:?}: {answer:?}"
        );
        assert!(alice.jar.session().is_empty(), "{kind:?}");
    }
}

#[rocket::async_test]
async fn g17_a_copied_cookie_is_dead_after_a_sign_out() {
    for kind in [Kind::Cookies, Kind::Store] {
        let (bench, _) = at_hand(kind).await;
        let mut alice = bench.signed_in("alice").await;
        let copy = alice.clone();
        alice.submit("/logto/sign-out").await;
        // Longer than what a process remembers for its own requests.
        bench.tenant.clock().advance(HOUR * 24 * 5);
        assert_eq!(copy.clone().fetch("/known").await.status, 401, "{kind:?}");
    }
}

#[rocket::async_test]
async fn d26_a_hundred_organizations_with_twenty_roles_each() {
    for kind in [Kind::Cookies, Kind::Store] {
        let (bench, _) = at_hand(kind).await;
        let many = |n: usize| format!("org{n:09}");
        bench
            .tenant
            .users()
            .change("alice", |mut alice| {
                for n in 0..100 {
                    let roles: Vec<String> = (0..20).map(|role| format!("role{role}")).collect();
                    alice = alice.member_of(many(n), roles);
                }
                alice
            })
            .unwrap();
        let mut alice = bench.signed_in("alice").await;
        assert_eq!(alice.open("/known").await.body, ALICE, "{kind:?}");
        assert_eq!(alice.fetch("/token").await.status, 200, "{kind:?}: through a refresh");
        let claims = alice.fetch("/logto/user").await.json()["claims"].clone();
        let count = |name: &str| claims[name].as_array().unwrap().len();
        assert!(count("organizations") >= 100, "{kind:?}");
        assert!(count("organization_roles") >= 2_000, "{kind:?}");
    }
}
