//! 01 and 02: metadata and keys.

use crate::replay::Replay;

#[tokio::test]
async fn recording_01_discovery() {
    let mut replay = Replay::of("01-discovery").await;
    replay.all(0..replay.len()).await;
}

#[tokio::test]
async fn recording_02_jwks() {
    let mut replay = Replay::of("02-jwks").await;
    replay.all(0..replay.len()).await;
}
