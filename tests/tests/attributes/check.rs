//! `check`.

use std::sync::atomic::Ordering;

use logto_dev::Issue;
use logto_dev::recorded::{ALICE, M2M_APP, SHOPPING_API};

use crate::routes::ASKED;
use crate::{Shop, alice, expect};

#[rocket::async_test]
async fn the_applications_own_question_is_asked() {
    let shop = Shop::open().await;
    let (own, other) = (format!("/people/{ALICE}"), "/people/somebody");
    let (own_later, other_later) = (format!("/anybody/{ALICE}"), "/anybody/somebody");
    let answers = [
        (&*own, 200, ALICE),
        (other, 403, "check_failed"),
        (&*own_later, 200, ALICE),
        (other_later, 403, "check_failed"),
    ];
    expect(&mut shop.with("alice").await, &answers).await;
    for (path, status, _) in answers {
        assert_eq!(shop.bearer(path, alice()).await.status, status, "{path}");
    }
    let machine = || Issue::machine(M2M_APP.id).resource(SHOPPING_API);
    assert_eq!(shop.bearer(&format!("/anybody/{}", M2M_APP.id), machine()).await.status, 200);
    assert_eq!(shop.bearer(other_later, machine()).await.status, 403);
}

#[rocket::async_test]
async fn the_applications_own_question_comes_last() {
    let shop = Shop::open().await;
    expect(&mut shop.nobody(), &[("/asked", 401, "not_signed_in"), ("/asked/perhaps", 200, "out")]).await;
    expect(&mut shop.with("bob").await, &[("/asked", 403, "insufficient_scope")]).await;
    assert_eq!(shop.bearer("/asked", alice()).await.status, 403);
    assert_eq!(ASKED.load(Ordering::SeqCst), 0);

    expect(&mut shop.with("alice").await, &[("/asked", 200, ALICE), ("/asked/perhaps", 200, "in")]).await;
    assert_eq!(ASKED.load(Ordering::SeqCst), 2);
}
