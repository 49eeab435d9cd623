//! Tokens for organizations, and memberships that come and go.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_tests::Bench;

use super::{HOUR, refreshes};

#[rocket::async_test]
async fn a_refused_organization_leaves_the_session_good() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for path in [
        format!("/orgs/{GLOBEX}/token"),
        "/orgs/unknown/token".to_owned(),
        format!("/orgs/{GLOBEX}/api"),
        format!("/orgs/{GLOBEX}/orders"),
    ] {
        let answer = alice.fetch(&path).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_a_member"), "{path}");
        assert!(answer.cookies().iter().all(|cookie| !cookie.is_deletion()));
    }
    assert_eq!(alice.fetch("/token").await.status, 200);
    assert_eq!(alice.fetch(format!("/orgs/{ACME}/token")).await.status, 200);
}

/// A membership that ends counts as soon as the token does, and without a new sign-in.
#[rocket::async_test]
async fn membership_is_that_of_the_token() {
    let bench = Bench::probe_app().await;
    let mut carol = bench.signed_in("carol").await;
    let path = format!("/orgs/{GLOBEX}/token");
    assert_eq!(carol.fetch(&path).await.status, 200);
    bench.tenant.users().leave("carol", GLOBEX).unwrap();
    assert_eq!(carol.fetch(&path).await.status, 200);
    bench.tenant.clock().advance(HOUR);
    assert_eq!(carol.fetch(&path).await.code(), "not_a_member");
    bench.tenant.users().join("carol", GLOBEX, ["admin"]).unwrap();
    assert_eq!(carol.fetch(&path).await.status, 200, "without a new sign-in");
}

#[rocket::async_test]
async fn a_token_of_one_organization_is_kept_beside_that_of_another() {
    let bench = Bench::probe_app().await;
    let mut carol = bench.signed_in("carol").await;
    let (acme, globex) = (format!("/orgs/{ACME}/token"), format!("/orgs/{GLOBEX}/token"));
    let first = (
        carol.fetch(&acme).await.json()["token"].clone(),
        carol.fetch(&globex).await.json()["token"].clone(),
    );
    assert_ne!(first.0, first.1);
    for _ in 0..3 {
        assert_eq!(carol.fetch(&acme).await.json()["token"], first.0);
        assert_eq!(carol.fetch(&globex).await.json()["token"], first.1);
    }
    assert_eq!(refreshes(&bench), 2);
}

/// An organization's API token allows what the role there gives, and no more.
#[rocket::async_test]
async fn organization_level_scopes_stay_apart() {
    let bench = Bench::probe_app().await;
    bench.tenant.users().join("carol", GLOBEX, ["admin"]).unwrap();
    let mut carol = bench.signed_in("carol").await;
    let scopes = |answer: logto_tests::Answer| answer.json()["scopes"].to_string();
    let acme = scopes(carol.fetch(format!("/orgs/{ACME}/api")).await);
    let globex = scopes(carol.fetch(format!("/orgs/{GLOBEX}/api")).await);
    assert!(!acme.contains("delete:orders") && globex.contains("delete:orders"), "{acme} {globex}");
    bench.tenant.users().join("carol", GLOBEX, Vec::<String>::new()).unwrap();
    let mut again = bench.signed_in("carol").await;
    assert_eq!(again.fetch(format!("/orgs/{GLOBEX}/orders")).await.code(), "insufficient_scope");
    assert_eq!(again.fetch(format!("/orgs/{ACME}/orders")).await.status, 200);
}

/// i21: a session that visits very many organizations stays within what a browser keeps.
#[rocket::async_test]
async fn i21_many_organizations_do_not_burst_the_session() {
    let organizations: Vec<String> = (0..40).map(|n| format!("organization{n:02}")).collect();
    let described = organizations.iter().fold(logto_dev::Tenant::recorded(), |tenant, id| {
        tenant
            .organization(logto_dev::Organization::new(id, id))
            .change_user("alice", |alice| alice.member_of(id, ["admin"]))
    });
    let bench = Bench::probe_app_of(described.start().await.unwrap(), |figment| figment).await;
    let mut alice = bench.signed_in("alice").await;
    for id in &organizations {
        let answer = alice.fetch(format!("/orgs/{id}/token")).await;
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
    }
    let bytes: usize = alice.jar.session().values().map(String::len).sum();
    assert!(bytes < 15_000, "{bytes}");
    assert_eq!(alice.fetch("/known").await.status, 200);
    assert_eq!(alice.fetch(format!("/orgs/{}/token", organizations[0])).await.status, 200);
}
