//! `scopes`, `any_scope`, `roles` and `any_role`.

use logto_dev::recorded::{ACME, GLOBEX};

use super::routes::READ;
use super::{Shop, alice, expect};

#[rocket::async_test]
async fn roles_are_those_of_the_person() {
    let shop = Shop::open().await;
    let answers = [
        ("/roles", 200, "a customer"),
        ("/roles/both", 403, "missing_role"),
        ("/roles/any", 200, "one of them"),
        // A role in an organization is no role of the person.
        ("/roles/admin", 403, "missing_role"),
    ];
    expect(&mut shop.with("alice").await, &answers).await;
    let answers = [("/roles", 403, "missing_role"), ("/roles/any", 403, "missing_role")];
    expect(&mut shop.with("carol").await, &answers).await;
    expect(&mut shop.nobody(), &[("/roles", 401, "not_signed_in")]).await;

    let answer = shop.bearer("/roles", alice()).await;
    assert_eq!((answer.status, &*answer.code()), (403, "roles_unknown"), "{answer:?}");
}

#[rocket::async_test]
async fn with_an_organization_roles_are_those_in_it() {
    let shop = Shop::open().await;
    let (acme, globex) = (format!("/orgs/{ACME}"), format!("/orgs/{GLOBEX}"));
    let (admin, other) = (format!("{acme}/roles"), format!("{globex}/roles"));
    let (members, customers) = (format!("{acme}/members"), format!("{acme}/customers"));
    let (is_admin, is_member) = (format!("an admin of {ACME}"), format!("a member of {ACME}"));

    let answers = [
        (&*admin, 200, &*is_admin),
        (&*other, 403, "not_a_member"),
        (&*members, 403, "missing_role"),
        // And the other way round.
        (&*customers, 403, "missing_role"),
    ];
    expect(&mut shop.with("alice").await, &answers).await;
    let answers =
        [(&*admin, 403, "missing_role"), (&*other, 403, "missing_role"), (&*members, 200, &*is_member)];
    expect(&mut shop.with("carol").await, &answers).await;
    expect(&mut shop.with("bob").await, &[(&*admin, 403, "not_a_member")]).await;
}

#[rocket::async_test]
async fn constants_hold_one_name_or_many() {
    let shop = Shop::open().await;
    expect(&mut shop.with("alice").await, &[("/scopes/all", 200, "both"), ("/scopes/one", 200, "one")]).await;
    expect(&mut shop.with("bob").await, &[("/scopes/all", 403, "insufficient_scope")]).await;

    let only_read = || alice().scopes([READ]);
    let answer = shop.bearer("/scopes/all", only_read()).await;
    assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"));
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains("scope=\"read:orders write:orders\""), "{challenge}");
    assert_eq!(shop.bearer("/scopes/one", only_read()).await.status, 200);
}
