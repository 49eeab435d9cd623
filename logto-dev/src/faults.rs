//! The fault plan: which request goes wrong, and how.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Endpoint;
use crate::http::Response;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// This status with a short plain-text body, as a proxy in front of Logto would answer.
    Status(u16),
    /// This status with this body, called JSON if it begins with a brace and plain text if not.
    StatusWithBody(u16, String),
    /// This status (429 and 503 make sense) with `Retry-After` in whole seconds.
    RetryAfter(u16, Duration),
    /// The right answer, late by this much real time.
    Delay(Duration),
    /// Status 200 with a body that is not what its content type says.
    Garbage,
    /// The right answer, broken off in the middle of its body.
    Truncate,
    /// The right answer, one byte at a time with this pause between two bytes.
    Drip(Duration),
    /// No answer at all; the connection stays open.
    Hang,
    /// The connection is reset before the request is handled.
    Reset,
    /// The request is handled in full, then the connection is reset: what it changed at the tenant stays changed,
    /// and the client never learns of it.
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
    rules: Arc<Mutex<Vec<Rule>>>,
}

#[derive(Debug)]
struct Rule {
    endpoint: Endpoint,
    first: usize,
    times: Option<usize>,
    seen: usize,
    fault: Fault,
}

/// A fault that is being planned; `fault` or `status` completes it. Calls are counted from that moment on.
#[derive(Debug)]
#[must_use = "a fault is planned by `fault` or `status`"]
pub struct FaultOn {
    faults: Faults,
    endpoint: Endpoint,
    first: usize,
    times: Option<usize>,
}

impl Faults {
    /// Begins a fault for an endpoint. Unless more is said, it strikes every request.
    pub fn on(&self, endpoint: Endpoint) -> FaultOn {
        FaultOn { faults: self.clone(), endpoint, first: 1, times: None }
    }

    /// Forgets all planned faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Counts a request for every rule of its endpoint and returns the fault of the first rule that strikes.
    pub(crate) fn strike(&self, endpoint: Option<Endpoint>) -> Option<Fault> {
        let endpoint = endpoint?;
        let mut struck = None;
        for rule in self.lock().iter_mut().filter(|rule| rule.endpoint == endpoint) {
            rule.seen += 1;
            let strikes =
                rule.seen >= rule.first && rule.times.is_none_or(|times| rule.seen - rule.first < times);
            if strikes && struck.is_none() {
                struck = Some(rule.fault.clone());
            }
        }
        struck
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FaultOn {
    /// Strikes the nth request alone, counted from 1.
    pub fn nth(self, nth: usize) -> Self {
        self.from(nth).times(1)
    }

    /// Strikes from the nth request on, counted from 1.
    pub fn from(mut self, nth: usize) -> Self {
        self.first = nth.max(1);
        self
    }

    /// Strikes this many requests and no more.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Plans the fault.
    pub fn fault(self, fault: Fault) {
        let rule = Rule { endpoint: self.endpoint, first: self.first, times: self.times, seen: 0, fault };
        self.faults.lock().push(rule);
    }

    /// Plans an answer with this status instead of the right one.
    pub fn status(self, status: u16) {
        self.fault(Fault::Status(status));
    }
}

/// What becomes of an answer on its way to the client.
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
    /// The answer that stands in for the right one, for faults that keep the request from being handled.
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

    /// What happens to the right answer, for faults that let the request be handled.
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
