//! What answers in place of the network, in tests: of this crate, and of applications with the feature `testing`.

use async_trait::async_trait;
use reqwest::Request;

use crate::error::{Endpoint, Unavailable};

/// Answers in Logto's place.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    /// The status and the body for a request; or why there is none.
    async fn answer(&self, endpoint: Endpoint, request: &Request) -> Result<(u16, Vec<u8>), Unavailable>;

    /// Notes a request to another server than Logto, which is not sent.
    #[cfg(feature = "testing")]
    #[cfg_attr(not(feature = "reqwest"), allow(dead_code, reason = "used only with the feature `reqwest`"))]
    fn refuse(&self, _request: &Request) {}
}
