//! Password, e-mail address and phone number, with the proofs that they need.

use std::time::Duration;

use logto_dev::{AccountCenter, Tenant};

use super::{PASSWORD, bench, bench_of, confirmed, post, refused};

#[rocket::async_test]
async fn a_password_is_changed_with_the_present_one() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let new = [("password", "Alice-Pass-2027")];
    refused(&post(&mut alice, "/password", &new).await, 403, "account_verification_needed");
    refused(&post(&mut alice, "/confirm", &[("password", "wrong")]).await, 422, "account_wrong_password");
    confirmed(&mut alice).await;
    let answer = post(&mut alice, "/password", &[("password", "short")]).await;
    refused(&answer, 422, "account_password_rejected");
    assert!(answer.body.contains("too_short"), "{answer:?}");
    refused(&post(&mut alice, "/password", &[("password", PASSWORD)]).await, 422, "account_same_password");
    refused(&post(&mut alice, "/password", &[]).await, 422, "account_invalid_input");
    assert_eq!(post(&mut alice, "/password", &new).await.status, 200);
    // The record is good for more, and the session lives on.
    assert_eq!(post(&mut alice, "/password", &[("password", "Alice-Pass-2028")]).await.status, 200);
    assert_eq!(alice.fetch("/known").await.status, 200);
    refused(&post(&mut alice, "/confirm", &[("password", PASSWORD)]).await, 422, "account_wrong_password");
}

#[rocket::async_test]
async fn a_verification_is_good_for_ten_minutes_and_for_its_user() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    assert_eq!(alice.fetch("/sessions").await.status, 200);
    bench.tenant.clock().advance(Duration::from_secs(599));
    assert_eq!(alice.fetch("/sessions").await.status, 200);
    bench.tenant.clock().advance(Duration::from_secs(2));
    refused(&alice.fetch("/sessions").await, 403, "account_verification_needed");

    // Another user in the same browser has nothing of it.
    confirmed(&mut alice).await;
    let mut carol = alice.clone();
    carol.sign_in(&bench.tenant, "carol").await;
    refused(&carol.fetch("/sessions").await, 403, "account_verification_needed");
}

#[rocket::async_test]
async fn an_e_mail_address_is_changed_with_two_proofs() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let (old, new) = ("alice@example.com", "new@example.com");
    refused(&post(&mut alice, "/identifier", &[("address", new)]).await, 422, "account_address_not_verified");

    assert_eq!(post(&mut alice, "/code", &[("address", old)]).await.json(), old);
    refused(&post(&mut alice, "/code/verify?whose=own", &[("code", "abc")]).await, 422, "account_wrong_code");
    refused(&alice.fetch("/sessions").await, 403, "account_verification_needed");
    let code = bench.tenant.verification_code(old).unwrap();
    assert_eq!(post(&mut alice, "/code/verify?whose=own", &[("code", &code)]).await.status, 200);
    assert_eq!(alice.fetch("/sessions").await.status, 200, "the code proves who it is");

    assert_eq!(post(&mut alice, "/code", &[("address", new)]).await.json(), new);
    let code = bench.tenant.verification_code(new).unwrap();
    assert_eq!(post(&mut alice, "/code/verify?whose=new", &[("code", &code)]).await.status, 200);
    let other = [("address", "other@example.com")];
    refused(&post(&mut alice, "/identifier", &other).await, 422, "account_address_not_verified");
    assert_eq!(post(&mut alice, "/identifier", &[("address", new)]).await.status, 200);
    assert_eq!(alice.fetch("/profile").await.json()["email"], new);
    assert_eq!(post(&mut alice, "/email/remove", &[]).await.status, 200);
    assert!(alice.fetch("/profile").await.json()["email"].is_null());
}

#[rocket::async_test]
async fn an_address_of_somebody_else_is_not_taken() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    let carols = "carol@example.com";
    assert_eq!(post(&mut alice, "/code", &[("address", carols)]).await.status, 200);
    let code = bench.tenant.verification_code(carols).unwrap();
    assert_eq!(post(&mut alice, "/code/verify?whose=new", &[("code", &code)]).await.status, 200);
    refused(&post(&mut alice, "/identifier", &[("address", carols)]).await, 422, "account_already_in_use");
}

#[rocket::async_test]
async fn a_code_that_the_tenant_cannot_send_holds_nobody_else_up() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    // More often than opens a circuit.
    for _ in 0..12 {
        refused(&post(&mut alice, "/code", &[("address", "12025550199")]).await, 501, "account_no_connector");
    }
    assert_eq!(alice.fetch("/profile").await.status, 200);
    let center = AccountCenter::editable().sends_sms();
    bench.tenant.set_account_center(center);
    assert_eq!(post(&mut alice, "/code", &[("address", "12025550199")]).await.status, 200);
    let code = bench.tenant.verification_code("12025550199").unwrap();
    assert_eq!(post(&mut alice, "/code/verify?whose=new", &[("code", &code)]).await.status, 200);
    confirmed(&mut alice).await;
    assert_eq!(post(&mut alice, "/identifier", &[("address", "12025550199")]).await.status, 200);
    assert_eq!(alice.fetch("/profile").await.json()["phone"], "12025550199");
}

#[rocket::async_test]
async fn a_code_expires() {
    let tenant = Tenant::recorded().account_center(AccountCenter::editable());
    let bench = bench_of(tenant, &super::SCOPES).await;
    let mut alice = bench.signed_in("alice").await;
    let address = "alice@example.com";
    assert_eq!(post(&mut alice, "/code", &[("address", address)]).await.status, 200);
    let code = bench.tenant.verification_code(address).unwrap();
    bench.tenant.clock().advance(Duration::from_secs(601));
    let answer = post(&mut alice, "/code/verify?whose=own", &[("code", &code)]).await;
    refused(&answer, 422, "account_address_not_verified");
}
