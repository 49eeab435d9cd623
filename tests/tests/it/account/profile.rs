//! Profile, custom data, identities and factors.

use logto_dev::recorded::{ALICE, BOB};
use logto_dev::{AccountCenter, Endpoint, MfaFactor, Tenant};
use logto_tests::Ask;
use serde_json::json;

use super::{bench, bench_of, confirmed, post, refused};

fn tenant() -> logto_dev::TenantBuilder {
    Tenant::recorded().account_center(AccountCenter::editable())
}

#[rocket::async_test]
async fn a_user_sees_and_changes_their_own_profile() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let profile = alice.fetch("/profile").await.json();
    assert_eq!((&profile["id"], &profile["name"]), (&json!(ALICE), &json!("Alice Example")));
    assert_eq!((&profile["email"], &profile["phone"]), (&json!("alice@example.com"), &json!("12025550101")));
    assert_eq!(profile["members"]["familyName"], "Example");
    assert_eq!(profile["members"]["address"]["country"], "FR");
    assert_eq!((&profile["has_password"], &profile["created"]), (&json!(true), &json!(true)));
    assert_eq!(profile["custom_data"]["plan"], "gold");

    assert_eq!(post(&mut alice, "/name", &[("name", "Alice Ünïcode 😀")]).await.json(), "Alice Ünïcode 😀");
    assert_eq!(alice.fetch("/profile").await.json()["name"], "Alice Ünïcode 😀");
    assert_eq!(post(&mut alice, "/name", &[]).await.json(), json!(null), "removed");
    let members = post(&mut alice, "/members", &[("value", "Al")]).await.json();
    assert_eq!((&members["nickname"], &members["familyName"]), (&json!("Al"), &json!("Example")), "merged");
    let data = post(&mut alice, "/custom-data", &[("value", "dark")]).await.json();
    assert_eq!(data, json!({ "theme": "dark" }), "replaced");

    let mut bob = bench.signed_in("bob").await;
    let profile = bob.fetch("/profile").await.json();
    assert_eq!(
        (&profile["id"], &profile["name"], &profile["email"]),
        (&json!(BOB), &json!(null), &json!(null))
    );
    // No token was refreshed for any of it.
    assert_eq!(bench.grants("refresh_token").len(), 0);
}

#[rocket::async_test]
async fn what_logto_does_not_accept_is_told_with_the_member() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let answer = post(&mut alice, "/name", &[("name", "Alice"), ("value", "not a url")]).await;
    refused(&answer, 422, "account_invalid_input");
    assert!(answer.body.contains("`avatar`"), "{answer:?}");
    refused(&post(&mut alice, "/nothing", &[]).await, 422, "account_invalid_input");
    assert_eq!(alice.fetch("/profile").await.json()["name"], "Alice Example");
}

#[rocket::async_test]
async fn the_username_needs_a_verification() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    refused(&post(&mut alice, "/username", &[("value", "alicia")]).await, 403, "account_verification_needed");
    confirmed(&mut alice).await;
    refused(&post(&mut alice, "/username", &[("value", "bob")]).await, 422, "account_already_in_use");
    refused(&post(&mut alice, "/username", &[("value", "1 bad")]).await, 422, "account_invalid_input");
    assert_eq!(post(&mut alice, "/username", &[("value", "alicia")]).await.json(), "alicia");
    assert_eq!(post(&mut alice, "/username", &[]).await.json(), json!(null), "removed");
}

#[rocket::async_test]
async fn factors_and_identities_are_listed_and_removed() {
    let tenant = tenant().change_user("alice", |alice| {
        alice
            .mfa_factor(MfaFactor::Totp)
            .mfa_factor(MfaFactor::BackupCode { remaining: 9 })
            .identities(json!({ "github": { "userId": "gh-1", "details": { "name": "x" } } }))
    });
    let bench = bench_of(tenant, &super::SCOPES).await;
    let mut alice = bench.signed_in("alice").await;
    let factors = alice.fetch("/factors").await.json();
    assert_eq!(
        (&factors[0][1], &factors[1][1], &factors[1][2]),
        (&json!("Totp"), &json!("BackupCode"), &json!(9))
    );
    assert_eq!(alice.fetch("/identities").await.json(), json!([["github", "gh-1"]]));

    let (totp, path) = (factors[0][0].as_str().unwrap(), "/identities/github/unlink");
    refused(&post(&mut alice, path, &[]).await, 403, "account_verification_needed");
    confirmed(&mut alice).await;
    refused(&post(&mut alice, "/factors/nope/remove", &[]).await, 404, "account_not_found");
    refused(&post(&mut alice, "/identities/gitlab/unlink", &[]).await, 404, "account_not_found");
    assert_eq!(post(&mut alice, &format!("/factors/{totp}/remove"), &[]).await.status, 200);
    assert_eq!(post(&mut alice, path, &[]).await.status, 200);
    assert_eq!(alice.fetch("/factors").await.json().as_array().unwrap().len(), 1);
    assert_eq!(alice.fetch("/identities").await.json(), json!([]));
}

#[rocket::async_test]
async fn authenticator_apps_and_backup_codes_are_set_up() {
    let tenant = Tenant::recorded().account_center(AccountCenter::editable().enables_mfa());
    let bench = bench_of(tenant, &super::SCOPES).await;
    let mut alice = bench.signed_in("alice").await;
    let totp = post(&mut alice, "/factors/totp", &[]).await.json();
    let secret = totp[0].as_str().unwrap();
    assert_eq!(
        totp[1],
        format!("otpauth://totp/Example%20Shop:{ALICE}?secret={secret}&issuer=Example%20Shop")
    );
    let code = bench.tenant.totp_code(secret).expect("a secret in Base32");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let (right, wrong) = ([("code", &*code)], [("code", wrong)]);
    refused(&post(&mut alice, "/factors/totp/add", &right).await, 403, "account_verification_needed");
    confirmed(&mut alice).await;
    let codes = post(&mut alice, "/factors/codes", &[]).await.json();
    assert_eq!(codes.as_array().unwrap().len(), 10);
    refused(&post(&mut alice, "/factors/codes/add", &[]).await, 422, "account_backup_codes_alone");
    refused(&alice.fetch("/factors/codes").await, 404, "account_not_found");
    refused(&post(&mut alice, "/factors/totp/add", &wrong).await, 422, "account_wrong_code");
    refused(&post(&mut alice, "/factors/totp/add", &[("code", "")]).await, 422, "account_wrong_code");
    assert_eq!(alice.fetch("/factors").await.json(), json!([]));

    assert_eq!(post(&mut alice, "/factors/totp/add", &right).await.status, 200);
    refused(&post(&mut alice, "/factors/totp/add", &right).await, 422, "account_factor_already_set_up");
    assert_eq!(post(&mut alice, "/factors/codes/add", &[]).await.status, 200);
    refused(&post(&mut alice, "/factors/codes/add", &[]).await, 422, "account_factor_already_set_up");
    assert_eq!(alice.fetch("/factors/codes").await.json(), codes);
    let factors = alice.fetch("/factors").await.json();
    assert_eq!(
        (&factors[0][1], &factors[1][1], &factors[1][2]),
        (&json!("Totp"), &json!("BackupCode"), &json!(10))
    );

    bench.tenant.set_account_center(AccountCenter::editable());
    let answer = post(&mut alice, "/factors/codes/add", &[]).await;
    refused(&answer, 403, "account_factor_not_enabled");
    assert!(answer.body.contains("Multi-factor auth"), "{answer:?}");
}

#[rocket::async_test]
async fn l12_an_id_from_a_form_never_leaves_its_segment() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    confirmed(&mut alice).await;
    let calls = bench.count(Endpoint::AccountApi);
    for odd in ["%2e%2e", "a%2fb", "..%2f..%2fgrants", "%3fx", "a%23b", "a%20b", "%c3%a9"] {
        // Rocket routes some of them nowhere.
        assert_eq!(post(&mut alice, &format!("/sessions/{odd}/end"), &[]).await.status, 404, "{odd}");
        let status = alice.fetch(format!("/provider/{odd}")).await.status;
        assert!([404, 409].contains(&status), "{odd}: {status}");
    }
    assert_eq!(bench.count(Endpoint::AccountApi), calls, "nothing of it was sent");
}

#[rocket::async_test]
async fn changes_are_refused_from_another_site() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    let forged = Ask::post("/name")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("origin", "https://evil.example")
        .body("application/x-www-form-urlencoded", "name=Mallory");
    refused(&alice.send(forged).await, 403, "cross_site_request");
    assert_eq!(alice.fetch("/profile").await.json()["name"], "Alice Example");
}
