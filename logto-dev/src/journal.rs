//! The requests that the tenant received.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::Endpoint;
use crate::http::Response;

/// More than any test sends. A tenant that runs for weeks drops its oldest requests.
const MAX_ENTRIES: usize = 10_000;

/// The requests that a tenant received, in order.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Endpoint, Tenant};
/// let tenant = Tenant::recorded().start().await?;
/// // ... let the application run ...
/// assert_eq!(tenant.journal().count(Endpoint::Token), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: Arc<Mutex<Vec<Entry>>>,
}

/// One request that the tenant received.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// When it arrived, by the tenant's clock.
    pub at: SystemTime,
    /// Its endpoint; `None` for another path.
    pub endpoint: Option<Endpoint>,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// Query and form parameters, in order, including tokens and secrets: this is for tests and not a log.
    pub params: Vec<(String, String)>,
    /// The headers of the request.
    pub headers: Vec<(String, String)>,
    /// The client that the request names, by Basic authentication or by `client_id`.
    pub client_id: Option<String>,
    /// The status of the response; `None` if a planned fault broke the connection or withheld the response.
    pub status: Option<u16>,
    /// The response, only in a tenant with [`dev_pages`](crate::TenantBuilder::dev_pages).
    pub response: Option<RecordedResponse>,
}

/// The response to a request in the [`Journal`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedResponse {
    /// The headers, including cookies.
    pub headers: Vec<(String, String)>,
    /// The body, including tokens; `None` for a page in HTML, and for a body of more than 16 KiB.
    pub body: Option<String>,
}

const MAX_RECORDED_BODY: usize = 16 << 10;

impl RecordedResponse {
    pub(crate) fn of(response: &Response) -> Self {
        let is_page = response.header_value("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let kept = !is_page && response.body.len() <= MAX_RECORDED_BODY;
        let headers = response.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self {
            headers: headers.collect(),
            body: kept.then(|| String::from_utf8_lossy(&response.body).into_owned()),
        }
    }
}

impl Entry {
    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Journal {
    /// All requests, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// The requests to one endpoint, oldest first.
    pub fn of(&self, endpoint: Endpoint) -> Vec<Entry> {
        self.lock().iter().filter(|entry| entry.endpoint == Some(endpoint)).cloned().collect()
    }

    /// The number of requests to an endpoint.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.lock().iter().filter(|entry| entry.endpoint == Some(endpoint)).count()
    }

    /// The last requests, latest first.
    pub fn latest(&self, count: usize) -> Vec<Entry> {
        self.lock().iter().rev().take(count).cloned().collect()
    }

    /// Removes all requests so far.
    pub fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn add(&self, entry: Entry) {
        let mut entries = self.lock();
        if entries.len() >= MAX_ENTRIES {
            entries.drain(..MAX_ENTRIES / 10);
        }
        entries.push(entry);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
