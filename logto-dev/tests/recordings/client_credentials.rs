//! 09: machines.

use crate::replay::Replay;

#[tokio::test]
async fn recording_09_client_credentials() {
    let mut replay = Replay::of("09-client-credentials").await;
    replay.all(0..replay.len()).await;
}
