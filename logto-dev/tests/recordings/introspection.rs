//! 11: introspection.

use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};

use crate::replay::{ALL_SCOPES, Replay, field};

#[tokio::test]
async fn recording_11_introspection() {
    let mut replay = Replay::of("11-introspection").await;
    let access = field(replay.exchange(0), "token").unwrap();
    let refresh = field(replay.exchange(1), "token").unwrap();
    let stands_for = [("access_token", access.as_str()), ("refresh_token", refresh.as_str())];
    replay.tokens_for(ROCKET_APP, "alice", ALL_SCOPES, &[SHOPPING_API], &stands_for).await;
    replay.all(0..replay.len()).await;
}
