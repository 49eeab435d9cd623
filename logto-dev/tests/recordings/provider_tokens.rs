//! 35: the tokens of identity providers. 39: the pages of the account center.

use std::time::Duration;

use logto_dev::{AccountCenter, AccountField, FieldControl, Issue, ProviderToken, Tenant, User};

use crate::account_calls::bearer;
use crate::compare;
use crate::replay::Replay;

/// Linking needs connectors, which the tenant has not; the tokens that it stores come from this crate's API.
#[tokio::test]
async fn recording_35_provider_tokens() {
    let person = User::new("tmp_1a24b6").id("t8y03x4pg45c");
    let tenant = Tenant::recorded().user(person).account_center(AccountCenter::editable());
    let mut replay = Replay::with("35-provider-tokens", tenant).await;
    let user = "t8y03x4pg45c";
    let all =
        replay.tenant.access_token(Issue::user(user).scopes(["openid", "profile", "identities"])).unwrap();
    replay.know(&bearer(&replay, 0), all);
    let narrow = replay.tenant.access_token(Issue::user(user).scopes(["openid", "profile"])).unwrap();
    replay.know(&bearer(&replay, 2), narrow);
    let stores = |replay: &Replay, token: ProviderToken| {
        replay.tenant.users().set_provider_token(user, "mock-social", token).unwrap();
    };
    for index in 0..replay.len() {
        match index {
            8 => replay
                .tenant
                .set_account_center(AccountCenter::editable().field(AccountField::Social, FieldControl::Off)),
            9 => replay.tenant.set_account_center(AccountCenter::disabled()),
            10 => replay.tenant.set_account_center(AccountCenter::editable()),
            16 => {
                let hour = Duration::from_secs(3600);
                stores(&replay, ProviderToken::new("mock-at-1").scope("email profile").expires_in(hour));
            }
            21 => {
                let token = ProviderToken::new("mock-at-2").scope("email");
                stores(&replay, token.expires_in(Duration::from_secs(2)));
            }
            22 => replay.advance(3000),
            34 => stores(&replay, ProviderToken::new("mock-at-5")),
            42 => replay.tenant.users().set_provider_token(user, "mock-social", None).unwrap(),
            _ => {}
        }
        // The tokens, and what there is no connector for; the rest makes and links identities.
        if matches!(index, 0..=10 | 16 | 21 | 22 | 23 | 34 | 42) {
            replay.account_call(index).await;
        }
    }
}

/// The pages are compared by status and headers. Logto's sign in by themselves (19–22), which this tenant's do not; 23 is
/// the sign-in experience, and 24–26 are calls of the Management API.
#[tokio::test]
async fn recording_39_account_center() {
    let mut center = AccountCenter::enabled();
    for field in [
        AccountField::Name,
        AccountField::Profile,
        AccountField::Email,
        AccountField::Phone,
        AccountField::Password,
        AccountField::Username,
        AccountField::Social,
        AccountField::Mfa,
        AccountField::Session,
    ] {
        center = center.field(field, FieldControl::Edit);
    }
    let mut replay = Replay::with("39-account-center", Tenant::recorded().account_center(center)).await;
    for index in 1..=18 {
        let exchange = replay.exchange(index).clone();
        let answer = replay.send(&exchange, None).await;
        assert_eq!(answer.status, 200, "{}", exchange["notes"]);
        for name in ["content-type", "cache-control", "x-content-type-options"] {
            let recorded = compare::recorded_header(&exchange, name).unwrap();
            assert_eq!(answer.headers[name], recorded, "{}: {name}", exchange["notes"]);
        }
    }
    replay.account_call(22).await;
    replay.tenant.set_account_center(AccountCenter::disabled());
    replay.account_call(28).await;
}
