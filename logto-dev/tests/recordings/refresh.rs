//! 07 and 08: refreshing, and what becomes of a refresh token.

use logto_dev::recorded::{NOROTATE_APP, ROCKET_APP, SHOPPING_API, SHORT_RT_APP, SPA_APP};

use crate::replay::{ALL_SCOPES, ORGANIZATIONS, Replay, field};

#[tokio::test]
async fn recording_07_refresh() {
    let mut replay = Replay::of("07-refresh").await;
    let both = [SHOPPING_API, ORGANIZATIONS];
    let organizations = "openid offline_access profile urn:logto:scope:organizations";
    let sign_ins: [(usize, &str, &str, &[&str]); 6] = [
        (1, "alice", ALL_SCOPES, &both),
        (25, "alice", "openid offline_access profile read:orders", &both[..1]),
        (27, "alice", organizations, &both[..1]),
        (29, "alice", ALL_SCOPES, &both[..1]),
        (30, "bob", ALL_SCOPES, &both),
        (33, "carol", ALL_SCOPES, &both),
    ];
    for (index, user, scopes, resources) in sign_ins {
        let recorded = field(replay.exchange(index), "refresh_token").unwrap();
        replay.tokens_for(ROCKET_APP, user, scopes, resources, &[("refresh_token", &recorded)]).await;
    }
    replay.all(1..replay.len()).await;
}

#[tokio::test]
async fn recording_08_rotation() {
    let mut replay = Replay::of("08-rotation").await;
    for index in 0..replay.len() {
        let client = match index {
            0 => Some(ROCKET_APP),
            1 => Some(SPA_APP),
            6 | 12 => Some(SHORT_RT_APP),
            13 => Some(NOROTATE_APP),
            _ => None,
        };
        let sent = field(replay.exchange(index), "refresh_token");
        if let (Some(client), Some(sent)) = (client, &sent) {
            replay.tokens_for(client, "alice", ALL_SCOPES, &[SHOPPING_API], &[("refresh_token", sent)]).await;
        }
        replay.advance(match index {
            3 => 4_500,
            7 => 14_500,
            10 => 3_400,
            12 => 20_500,
            13 => 15_000,
            _ => 0,
        });
        let sent = sent.map(|sent| replay.live(&sent));
        let answer = replay.one(index).await;
        if let Some(same) = replay.exchange(index)["same"].as_bool() {
            let tokens: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(
                tokens["refresh_token"].as_str() == sent.as_deref(),
                same,
                "08[{index}]: the same token?"
            );
        }
    }
}
