//! 01, 02, 18 and 60: metadata, keys and their rotation, and what crosses origins.

use logto_dev::Issue;
use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};

use crate::compare;
use crate::replay::{ALL_SCOPES, ORGANIZATIONS, Replay, field};

#[tokio::test]
async fn recording_01_discovery() {
    let mut replay = Replay::of("01-discovery").await;
    replay.all(0..replay.len()).await;
}

const REPEATED: [usize; 2] = [9, 10];

#[tokio::test]
async fn recording_18_cors_and_headers() {
    let mut replay = Replay::of("18-cors-headers").await;
    replay.all((0..replay.len()).filter(|index| !REPEATED.contains(index))).await;
}

#[tokio::test]
async fn recording_02_jwks() {
    let mut replay = Replay::of("02-jwks").await;
    replay.all(0..replay.len()).await;
}

#[tokio::test]
async fn recording_60_key_rotation() {
    let mut replay = Replay::of("60-key-rotation").await;
    let recorded = field(replay.exchange(1), "refresh_token").unwrap();
    let stands_for = [("refresh_token", recorded.as_str())];
    replay.tokens_for(ROCKET_APP, "alice", ALL_SCOPES, &[SHOPPING_API, ORGANIZATIONS], &stands_for).await;
    let mut browser = replay.tenant.browser();
    let plain = replay.authorization(ROCKET_APP.id, "openid", &[], None, None);
    browser.sign_in(plain, "alice").await.unwrap();
    // A hint of the first key, which is gone in the end.
    let url = url::Url::parse(replay.exchange(18)["url"].as_str().unwrap()).unwrap();
    let hint = replay.tenant.id_token(Issue::user("alice")).unwrap();
    replay.know(&compare::query(&url, "id_token_hint").unwrap(), hint);
    for index in 0..replay.len() {
        match index {
            3 => drop(replay.tenant.keys().rotate_to_rsa().unwrap()),
            10 => drop(replay.tenant.keys().rotate().unwrap()),
            14 => replay.tenant.keys().forget_previous(),
            _ => {}
        }
        if index == 18 {
            replay.one_with_cookies(index, &browser.cookie_header("/")).await;
        } else if replay.exchange(index)["method"].is_string() {
            replay.one(index).await;
        }
    }
}
