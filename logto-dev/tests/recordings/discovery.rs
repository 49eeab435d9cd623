//! 01, 02 and 18: metadata, keys, and what crosses origins.

use crate::replay::Replay;

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
