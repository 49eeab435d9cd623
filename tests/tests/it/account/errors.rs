//! What the tenant does not allow: the settings of its account center, and third-party applications.

use logto_dev::recorded::THIRD_PARTY_APP;
use logto_dev::{AccountCenter, AccountField, FieldControl, Tenant};

use super::{SCOPES, bench, bench_of, bench_with, confirmed, post, refused};

#[rocket::async_test]
async fn an_account_center_that_is_off_is_told() {
    let bench = bench_of(Tenant::recorded(), &SCOPES).await;
    let mut alice = bench.signed_in("alice").await;
    refused(&alice.fetch("/profile").await, 403, "account_not_enabled");
    refused(&post(&mut alice, "/confirm", &[("password", "x")]).await, 403, "account_not_enabled");
    refused(&alice.fetch("/provider/github").await, 403, "account_not_enabled");
    let answer = alice.fetch("/profile").await;
    assert!(answer.body.contains("enable the account center"), "{answer:?}");
    assert_eq!(alice.fetch("/known").await.status, 200);
}

#[rocket::async_test]
async fn fields_that_are_off_or_read_only_are_told_apart() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    let center = AccountCenter::editable()
        .field(AccountField::Name, FieldControl::ReadOnly)
        .field(AccountField::Password, FieldControl::ReadOnly)
        .field(AccountField::Session, FieldControl::Off)
        .field(AccountField::Mfa, FieldControl::Off)
        .field(AccountField::Email, FieldControl::Off)
        .field(AccountField::Social, FieldControl::Off);
    bench.tenant.set_account_center(center);
    refused(&post(&mut alice, "/name", &[("name", "x")]).await, 403, "account_field_not_editable");
    let new = [("password", "Alice-Pass-2027")];
    refused(&post(&mut alice, "/password", &new).await, 403, "account_field_not_editable");
    refused(&alice.fetch("/sessions").await, 403, "account_field_not_enabled");
    refused(&alice.fetch("/factors").await, 403, "account_field_not_enabled");
    refused(&alice.fetch("/identities").await, 403, "account_field_not_enabled");
    let profile = alice.fetch("/profile").await.json();
    assert!(profile["email"].is_null() && profile["name"] == "Alice Example", "{profile}");
    // The tokens of providers are not a field.
    refused(&alice.fetch("/provider/github").await, 409, "provider_token_not_found");
}

#[rocket::async_test]
async fn a_third_party_application_reads_and_changes_nothing() {
    let tenant = Tenant::recorded().account_center(AccountCenter::editable());
    let bench = bench_with(tenant, |figment| {
        figment
            .merge(("logto.app_id", THIRD_PARTY_APP.id))
            .merge(("logto.app_secret", THIRD_PARTY_APP.secret))
            .merge(("logto.scopes", ["email"]))
            .merge(("logto.resources", [""; 0]))
    })
    .await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.fetch("/profile").await.json()["name"], "Alice Example");
    for (path, field) in [("/name", "name"), ("/confirm", "password")] {
        refused(&post(&mut alice, path, &[(field, "x")]).await, 403, "account_third_party_application");
    }
}
