//! `via`, `subject`, `organization` and `param`.

use logto_dev::Issue;
use logto_dev::recorded::{ACME, GLOBEX, M2M_APP, SHOPPING_API};
use logto_tests::Ask;

use super::{Shop, alice, expect};

#[rocket::async_test]
async fn a_route_takes_the_credential_and_the_subject_it_names() {
    let shop = Shop::open().await;
    let answer = shop.bearer("/via/session", alice()).await;
    assert_eq!((answer.status, &*answer.code()), (401, "credential_not_accepted"));
    let mut browser = shop.with("alice").await;
    expect(&mut browser, &[("/via/session", 200, "session"), ("/machine", 403, "subject_not_accepted")])
        .await;
    let answer = browser.send(Ask::post("/via/bearer").script()).await;
    assert_eq!((answer.status, &*answer.code()), (401, "not_signed_in"));

    let machine = shop.bearer("/machine", Issue::machine(M2M_APP.id).resource(SHOPPING_API)).await;
    assert_eq!((machine.status, &*machine.body), (200, "machine"));
    assert_eq!(shop.bearer("/machine", alice()).await.code(), "subject_not_accepted");
}

#[rocket::async_test]
async fn an_organization_comes_from_where_the_key_says() {
    let shop = Shop::open().await;
    let mut browser = shop.with("alice").await;
    let own = browser.send(Ask::get("/header").script().header("x-org", ACME)).await;
    assert_eq!((own.status, &*own.body), (200, ACME));
    let other = browser.send(Ask::get("/header").script().header("x-org", GLOBEX)).await;
    assert_eq!(other.code(), "not_a_member");
    let (own, other) = (format!("/query?org={ACME}"), format!("/query?org={GLOBEX}"));
    let answers = [
        ("/header", 403, "no_organization"),
        (&*own, 200, ACME),
        (&*other, 403, "not_a_member"),
        ("/query", 403, "no_organization"),
        ("/upstream", 200, SHOPPING_API),
    ];
    expect(&mut browser, &answers).await;
    // The same scope, held in the organization alone.
    let answer = shop.bearer(&own, alice().scopes(["delete:orders"])).await;
    assert_eq!((answer.status, &*answer.code()), (403, "wrong_organization"));
}
