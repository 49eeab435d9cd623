//! 06: userinfo.

use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};

use crate::replay::{ALL_SCOPES, Replay};

#[tokio::test]
async fn recording_06_userinfo() {
    let mut replay = Replay::of("06-userinfo").await;
    let bearer = |replay: &Replay, index: usize| {
        let header = replay.exchange(index)["request"]["headers"]["authorization"].as_str().unwrap();
        header.strip_prefix("Bearer ").unwrap().to_owned()
    };
    let refresh = crate::replay::field(replay.exchange(8), "refresh_token").unwrap();
    let sign_ins = [
        (0, "alice", ALL_SCOPES, Some(SHOPPING_API)),
        (10, "alice", "openid", None),
        (11, "alice", "profile", None),
        (12, "bob", ALL_SCOPES, Some(SHOPPING_API)),
        (13, "carol", ALL_SCOPES, Some(SHOPPING_API)),
    ];
    for (index, user, scopes, resource) in sign_ins {
        let resources: Vec<&str> = resource.into_iter().collect();
        let tokens = replay.tokens(ROCKET_APP, user, scopes, &resources).await;
        replay.know(&bearer(&replay, index), tokens["access_token"].as_str().unwrap());
        if index == 0 {
            replay.know(&refresh, tokens["refresh_token"].as_str().unwrap());
        }
    }
    replay.all(0..replay.len()).await;
}
