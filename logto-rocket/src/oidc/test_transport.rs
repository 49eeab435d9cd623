//! A transport in place of the network: a test decides what Logto answers, and when.

use async_trait::async_trait;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;

use super::http::Answer;
use crate::error::{Endpoint, Unavailable};

/// Answers in Logto's place.
#[async_trait]
pub(crate) trait TestTransport: Send + Sync {
    /// The status and the body for a request with this body; or why there is none.
    async fn answer(&self, endpoint: Endpoint, body: &[u8]) -> Result<(u16, Vec<u8>), Unavailable>;
}

pub(super) async fn exchange(
    transport: &dyn TestTransport,
    endpoint: Endpoint,
    request: RequestBuilder,
) -> Result<Answer, Unavailable> {
    let request = request.build().expect("a request");
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    let (status, body) = transport.answer(endpoint, body).await?;
    Ok(Answer { status, headers: HeaderMap::new(), body })
}
