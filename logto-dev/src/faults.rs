//! The fault plan: which requests fail, and how.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Endpoint;
use crate::http::Response;

/// How a request fails.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// This status with a short plain-text body, like the response of a proxy in front of Logto.
    Status(u16),
    /// This status with this body. The content type is JSON if the body begins with a brace, otherwise plain text.
    StatusWithBody(u16, String),
    /// This status (usually 429 or 503) with `Retry-After` in whole seconds.
    RetryAfter(u16, Duration),
    /// The normal response after this delay in real time.
    Delay(Duration),
    /// Status 200 with a body that does not match its content type.
    Garbage,
    /// The normal response, cut off in the middle of its body.
    Truncate,
    /// The normal response, one byte at a time with this pause between two bytes.
    Drip(Duration),
    /// No response; the connection stays open.
    Hang,
    /// The connection is reset before the request is processed.
    Reset,
    /// The request is processed in full, then the connection is reset: the tenant's state has changed,
    /// but the client does not get the response.
    Lose,
}

/// The faults planned for a tenant.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use std::time::Duration;
/// use logto_dev::{Endpoint, Fault, Tenant};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.faults().on(Endpoint::Token).nth(2).status(503);
/// tenant.faults().on(Endpoint::Jwks).fault(Fault::Hang);
/// tenant.faults().on(Endpoint::UserInfo).from(3).times(2).fault(Fault::Delay(Duration::from_millis(50)));
/// tenant.faults().clear();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Rules>>,
}

#[derive(Debug, Default)]
struct Rules {
    planned: Vec<Rule>,
    last_id: u64,
}

/// A fault in the plan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedFault {
    /// What [`Faults::remove`] is called with.
    pub id: u64,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// How its requests fail.
    pub fault: Fault,
    /// The first request that fails, counted from 1 since the fault was planned.
    pub first: usize,
    /// How many requests fail; `None` for all from the first one on.
    pub times: Option<usize>,
    /// How many requests the endpoint has received since then.
    pub seen: usize,
}

impl PlannedFault {
    /// Whether no further request fails.
    pub fn is_over(&self) -> bool {
        self.times.is_some_and(|times| self.seen + 1 >= self.first.saturating_add(times))
    }
}

#[derive(Debug)]
struct Rule {
    id: u64,
    endpoint: Endpoint,
    first: usize,
    times: Option<usize>,
    seen: usize,
    fault: Fault,
}

/// A fault that is being planned; `fault` or `status` completes it. Requests are counted from then on.
#[derive(Debug)]
#[must_use = "a fault is planned by `fault` or `status`"]
pub struct FaultOn {
    faults: Faults,
    endpoint: Endpoint,
    first: usize,
    times: Option<usize>,
}

impl Faults {
    /// Starts a fault for an endpoint. By default it applies to every request.
    pub fn on(&self, endpoint: Endpoint) -> FaultOn {
        FaultOn { faults: self.clone(), endpoint, first: 1, times: None }
    }

    /// The planned faults, in the order in which they were planned, including those that are over.
    pub fn planned(&self) -> Vec<PlannedFault> {
        let rules = self.lock();
        let planned = rules.planned.iter().map(|rule| PlannedFault {
            id: rule.id,
            endpoint: rule.endpoint,
            fault: rule.fault.clone(),
            first: rule.first,
            times: rule.times,
            seen: rule.seen,
        });
        planned.collect()
    }

    /// Removes one planned fault. Returns whether it was in the plan.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.lock();
        let before = rules.planned.len();
        rules.planned.retain(|rule| rule.id != id);
        rules.planned.len() < before
    }

    /// Removes all planned faults.
    pub fn clear(&self) {
        self.lock().planned.clear();
    }

    /// Counts a request for every rule of its endpoint and returns the fault of the first rule that applies.
    pub(crate) fn next_fault(&self, endpoint: Option<Endpoint>) -> Option<Fault> {
        let endpoint = endpoint?;
        let mut struck = None;
        for rule in self.lock().planned.iter_mut().filter(|rule| rule.endpoint == endpoint) {
            rule.seen += 1;
            let strikes =
                rule.seen >= rule.first && rule.times.is_none_or(|times| rule.seen - rule.first < times);
            if strikes && struck.is_none() {
                struck = Some(rule.fault.clone());
            }
        }
        struck
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultOn {
    /// Applies only to the nth request, counted from 1.
    pub fn nth(self, nth: usize) -> Self {
        self.from(nth).times(1)
    }

    /// Applies from the nth request on, counted from 1.
    pub fn from(mut self, nth: usize) -> Self {
        self.first = nth.max(1);
        self
    }

    /// Applies to this many requests.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Plans the fault.
    pub fn fault(self, fault: Fault) {
        let mut rules = self.faults.lock();
        rules.last_id += 1;
        let id = rules.last_id;
        let rule = Rule { id, endpoint: self.endpoint, first: self.first, times: self.times, seen: 0, fault };
        rules.planned.push(rule);
    }

    /// Plans a response with this status instead of the normal one.
    pub fn status(self, status: u16) {
        self.fault(Fault::Status(status));
    }
}

/// How a response is delivered to the client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Normal,
    Delayed(Duration),
    Dripping(Duration),
    Truncated,
    Hung,
    Reset,
}

impl Fault {
    /// The response that replaces the normal one, for faults that prevent the request from being processed.
    pub(crate) fn instead(&self) -> Option<(Option<Response>, Fate)> {
        let answer = match self {
            Self::Status(status) => Response::text(*status, "planned fault"),
            Self::StatusWithBody(status, body) if body.trim_start().starts_with('{') => {
                Response::new(*status)
                    .header("content-type", "application/json; charset=utf-8")
                    .body(body.as_str())
            }
            Self::StatusWithBody(status, body) => Response::text(*status, body),
            Self::RetryAfter(status, after) => {
                Response::text(*status, "planned fault").header("retry-after", after.as_secs().to_string())
            }
            Self::Garbage => Response::new(200)
                .header("content-type", "application/json; charset=utf-8")
                .body("<!doctype html><p>\u{fffd}this is not what you asked for{{"),
            Self::Hang => return Some((None, Fate::Hung)),
            Self::Reset => return Some((None, Fate::Reset)),
            Self::Delay(_) | Self::Truncate | Self::Drip(_) | Self::Lose => return None,
        };
        Some((Some(answer), Fate::Normal))
    }

    /// How the normal response is delivered, for faults that do not prevent the request from being processed.
    pub(crate) fn fate(&self) -> Fate {
        match self {
            Self::Delay(by) => Fate::Delayed(*by),
            Self::Truncate => Fate::Truncated,
            Self::Drip(pace) => Fate::Dripping(*pace),
            Self::Lose => Fate::Reset,
            _ => Fate::Normal,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "status {status}"),
            Self::StatusWithBody(status, _) => write!(formatter, "status {status} with a body"),
            Self::RetryAfter(status, after) => {
                write!(formatter, "status {status} with Retry-After: {}", after.as_secs())
            }
            Self::Delay(by) => write!(formatter, "a delay of {} ms", by.as_millis()),
            Self::Garbage => formatter.write_str("a body that does not match its content type"),
            Self::Truncate => formatter.write_str("a body that is cut off"),
            Self::Drip(pace) => write!(formatter, "one byte every {} ms", pace.as_millis()),
            Self::Hang => formatter.write_str("no response, with the connection open"),
            Self::Reset => formatter.write_str("a reset connection, before the request is processed"),
            Self::Lose => formatter.write_str("a reset connection, after the request was processed"),
        }
    }
}
