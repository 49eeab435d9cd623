//! 10: revocation.

use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};

use crate::replay::{ALL_SCOPES, Replay, field};

#[tokio::test]
async fn recording_10_revocation() {
    let mut replay = Replay::of("10-revocation").await;
    let refresh_tokens = [0, 5, 6].map(|index| {
        let exchange = replay.exchange(index);
        field(exchange, "refresh_token").or_else(|| field(exchange, "token")).unwrap()
    });
    let first_access = replay.exchange(2)["request"]["headers"]["authorization"].as_str().unwrap().to_owned();
    let access_tokens = [
        first_access.strip_prefix("Bearer ").unwrap().to_owned(),
        field(replay.exchange(3), "token").unwrap(),
        String::from("not in the recording"),
    ];
    for (refresh, access) in refresh_tokens.iter().zip(&access_tokens) {
        let stands_for = [("refresh_token", refresh.as_str()), ("access_token", access.as_str())];
        replay.tokens_for(ROCKET_APP, "alice", ALL_SCOPES, &[SHOPPING_API], &stands_for).await;
    }
    replay.all(0..replay.len()).await;
}
