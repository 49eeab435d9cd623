//! The organization that a person works in.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_dev::{Endpoint, Fault};

use super::Nodes;

#[rocket::async_test]
async fn whoever_has_one_organization_works_in_it_and_whoever_has_two_chooses() {
    let nodes = Nodes::start(2).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/organization").await.body, ACME, "her only one");
    let mut carol = nodes.bench.signed_in("carol").await;
    let answer = carol.fetch("/organization").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "no_organization"), "{answer:?}");
    for organization in [GLOBEX, ACME] {
        let answer = carol.submit(format!("/organization/{organization}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, organization), "{answer:?}");
        assert_eq!(carol.fetch("/organization").await.body, organization);
        assert_eq!(carol.at(&nodes.others[0]).fetch("/organization").await.body, organization);
    }
    assert_eq!(carol.submit("/organization").await.status, 200);
    assert_eq!(carol.fetch("/organization").await.code(), "no_organization");
}

#[rocket::async_test]
async fn nobody_switches_to_where_they_do_not_belong() {
    let nodes = Nodes::start(1).await;
    let mut alice = nodes.bench.signed_in("alice").await;
    let answer = alice.submit(format!("/organization/{GLOBEX}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_a_member"), "{answer:?}");
    let answer = alice.submit("/organization/..%2Fetc").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "no_organization"), "{answer:?}");
    assert_eq!(alice.fetch("/organization").await.body, ACME, "all as before");
}

#[rocket::async_test]
async fn an_outage_changes_nothing() {
    let nodes = Nodes::start(1).await;
    let mut carol = nodes.bench.signed_in("carol").await;
    carol.submit(format!("/organization/{ACME}")).await;
    nodes.bench.tenant.faults().on(Endpoint::Token).fault(Fault::Status(500));
    assert_eq!(carol.submit(format!("/organization/{GLOBEX}")).await.status, 503);
    nodes.bench.tenant.faults().clear();
    assert_eq!(carol.fetch("/organization").await.body, ACME);
}

#[rocket::async_test]
async fn the_choice_outlasts_a_new_sign_in_of_the_same_person_alone() {
    let nodes = Nodes::start(1).await;
    let mut carol = nodes.bench.signed_in("carol").await;
    carol.submit(format!("/organization/{GLOBEX}")).await;
    carol.sign_in(&nodes.bench.tenant, "carol").await;
    assert_eq!(carol.fetch("/organization").await.body, GLOBEX);
    carol.sign_in(&nodes.bench.tenant, "alice").await;
    assert_eq!(carol.fetch("/organization").await.body, ACME, "Alice's only one");
}

#[rocket::async_test]
async fn the_choice_is_kept_in_cookies_too() {
    let bench = logto_tests::Bench::probe_app_in_cookies().await;
    let mut carol = bench.signed_in("carol").await;
    assert_eq!(carol.submit(format!("/organization/{GLOBEX}")).await.body, GLOBEX);
    assert_eq!(carol.fetch("/organization").await.body, GLOBEX);
}
