//! 17: token exchange.

use logto_dev::recorded::{BCL_APP, SHOPPING_API};

use crate::replay::{ALL_SCOPES, Replay, field};

#[tokio::test]
async fn recording_17_token_exchange() {
    let mut replay = Replay::of("17-token-exchange").await;
    let personal = replay.tenant.users().personal_access_token("alice").unwrap();
    let impersonation = replay.tenant.users().impersonation_token("carol").unwrap();
    replay.know(&field(replay.exchange(1), "subject_token").unwrap(), personal);
    replay.know(&field(replay.exchange(12), "subject_token").unwrap(), impersonation);
    let access = field(replay.exchange(14), "subject_token").unwrap();
    let refresh = field(replay.exchange(15), "refresh_token").unwrap();
    let stands_for = [("access_token", access.as_str()), ("refresh_token", refresh.as_str())];
    replay.tokens_for(BCL_APP, "alice", ALL_SCOPES, &[SHOPPING_API], &stands_for).await;
    for index in 0..replay.len() {
        if replay.exchange(index)["method"].is_string() {
            replay.one(index).await;
        }
    }
}
