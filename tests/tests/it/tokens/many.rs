//! How many tokens one session holds.

use logto_rocket::{LogtoFairing, OrgToken, with_org_token};
use logto_tests::{App, Bench, SharedStore};
use rocket::{get, routes};

use super::refreshes;

/// More than a session holds.
const ORGANIZATIONS: usize = 40;

#[with_org_token]
#[get("/many/<org_id>")]
fn many(org_id: &str, token: OrgToken) -> String {
    assert_eq!(token.organization().as_str(), org_id);
    token.secret().to_owned()
}

#[rocket::async_test]
async fn field_29_a_session_in_a_store_holds_so_many_tokens_and_gives_up_the_longest_unused() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    for number in 0..ORGANIZATIONS {
        let none: [&str; 0] = [];
        tenant.users().join("alice", format!("organization{number:02}"), none).unwrap();
    }
    let fairing: LogtoFairing = logto_rocket::Logto::fairing().session_store(SharedStore::new());
    let rocket = Bench::rocket(&tenant, fairing, |figment| figment).mount("/", routes![many]);
    let bench = Bench { app: App::serve(rocket).await, tenant }.warm().await;
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.clock().freeze();

    let path = |number: usize| format!("/many/organization{number:02}");
    let first = alice.fetch(path(0)).await.body;
    for number in 1..ORGANIZATIONS {
        assert_eq!(alice.fetch(path(number)).await.status, 200);
        // This one is used all the time.
        assert_eq!(alice.fetch(path(0)).await.body, first, "{number}");
    }
    assert_eq!(refreshes(&bench), ORGANIZATIONS, "each was fetched once");
    // The latest are held; the second one was not used since and is not.
    assert_eq!(alice.fetch(path(ORGANIZATIONS - 1)).await.status, 200);
    assert_eq!(refreshes(&bench), ORGANIZATIONS);
    assert_eq!(alice.fetch(path(1)).await.status, 200, "it is fetched once more");
    assert_eq!(refreshes(&bench), ORGANIZATIONS + 1);
    assert_eq!(alice.fetch(path(0)).await.body, first);
    assert_eq!(refreshes(&bench), ORGANIZATIONS + 1);
}
