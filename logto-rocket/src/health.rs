//! The state of the connection to Logto, for probes and dashboards. It contains no secrets.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::clock::UnixTime;
use crate::error::Endpoint;
use crate::oidc::{CallRecord, CircuitState, DocumentStatus, ProviderStatus};

/// The state of this application's connection to Logto, as known without a call.
///
/// [`ready`](Self::ready) says whether the application can verify bearer tokens and start sign-ins: use it for a
/// readiness probe. Do not use it for a liveness probe: restarting this server does not bring Logto back.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{Health, Logto, public};
/// use rocket::State;
/// use rocket::http::Status;
/// use rocket::serde::json::Json;
///
/// #[public]
/// #[get("/health/ready")]
/// fn ready(logto: &State<Logto>) -> (Status, Json<Health>) {
///     let health = logto.health();
///     let status = if health.ready { Status::Ok } else { Status::ServiceUnavailable };
///     (status, Json(health))
/// }
/// # fn main() {}
/// ```
///
/// Serialized times are seconds since 1970, and durations are seconds. [`Display`](fmt::Display) prints one line.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether the discovery document and the key set are available and not too old.
    pub ready: bool,
    /// The discovery document.
    pub metadata: DocumentHealth,
    /// The key set.
    pub keys: DocumentHealth,
    /// The endpoints that are called for users and tokens.
    pub endpoints: Vec<EndpointHealth>,
    /// How many seconds Logto's clock is ahead of this server's, negative if it is behind. If the difference exceeds
    /// the setting `clock_leeway`, tokens are refused.
    pub clock_ahead: i64,
}

/// The state of a document that Logto publishes.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DocumentHealth {
    /// Whether there is a copy that may be used. The last good copy may be used for 24 hours.
    pub usable: bool,
    /// The time since it was fetched or revalidated.
    #[serde(serialize_with = "seconds")]
    pub age: Option<Duration>,
    /// The last successful fetch.
    #[serde(serialize_with = "time")]
    pub last_success: Option<SystemTime>,
    /// The last failed fetch.
    pub last_failure: Option<Failure>,
}

/// The state of an endpoint.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EndpointHealth {
    /// `token`, `userinfo`, `revocation`, `introspection`, `pushed_authorization` or `account_api`.
    pub endpoint: &'static str,
    /// Whether the endpoint is called.
    pub circuit: Circuit,
    /// The last successful call.
    #[serde(serialize_with = "time")]
    pub last_success: Option<SystemTime>,
    /// The last failed call.
    pub last_failure: Option<Failure>,
}

/// The state of an endpoint's circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Circuit {
    /// The endpoint is called.
    Closed,
    /// The endpoint failed many times in a row. It is not called for a few seconds, and whatever needs it fails at
    /// once as unavailable.
    Open,
    /// The next call decides whether the circuit closes or opens again.
    HalfOpen,
}

/// A failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// When it failed.
    #[serde(serialize_with = "moment")]
    pub at: SystemTime,
    /// How it failed: see [`UnavailableCause::code`](crate::UnavailableCause::code).
    pub code: &'static str,
}

impl Health {
    pub(crate) fn new(status: &ProviderStatus) -> Self {
        let metadata = DocumentHealth::new(status.metadata);
        let keys = DocumentHealth::new(status.keys);
        Health {
            ready: metadata.usable && keys.usable,
            metadata,
            keys,
            endpoints: status.endpoints.iter().filter_map(EndpointHealth::new).collect(),
            clock_ahead: status.clock_ahead,
        }
    }
}

impl DocumentHealth {
    fn new(condition: DocumentStatus) -> Self {
        DocumentHealth {
            usable: condition.usable,
            age: condition.age,
            last_success: condition.success.map(UnixTime::to_system_time),
            last_failure: condition.failure.map(Failure::new),
        }
    }
}

impl EndpointHealth {
    fn new((endpoint, circuit, record): &(Endpoint, CircuitState, CallRecord)) -> Option<Self> {
        let endpoint = match endpoint {
            Endpoint::Discovery | Endpoint::Jwks => return None,
            Endpoint::Token => "token",
            Endpoint::UserInfo => "userinfo",
            Endpoint::Revocation => "revocation",
            Endpoint::Introspection => "introspection",
            Endpoint::PushedAuthorization => "pushed_authorization",
            Endpoint::AccountApi => "account_api",
        };
        let circuit = match circuit {
            CircuitState::Closed => Circuit::Closed,
            CircuitState::Open => Circuit::Open,
            CircuitState::HalfOpen => Circuit::HalfOpen,
        };
        Some(EndpointHealth {
            endpoint,
            circuit,
            last_success: record.success.map(UnixTime::to_system_time),
            last_failure: record.failure.map(Failure::new),
        })
    }
}

impl Failure {
    fn new((at, code): (UnixTime, &'static str)) -> Self {
        Failure { at: at.to_system_time(), code }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", if self.ready { "ready" } else { "not ready" })?;
        for (name, document) in [("metadata", &self.metadata), ("keys", &self.keys)] {
            match document.age {
                Some(age) if document.usable => write!(f, "; {name} {} s old", age.as_secs())?,
                Some(age) => write!(f, "; {name} {} s old, too old to use", age.as_secs())?,
                None => write!(f, "; no {name}")?,
            }
            let failed_since =
                document.last_failure.filter(|failure| Some(failure.at) > document.last_success);
            if let Some(failure) = failed_since {
                write!(f, " ({})", failure.code)?;
            }
        }
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.circuit != Circuit::Closed) {
            write!(f, "; calls to the {} endpoint suspended", endpoint.endpoint)?;
        }
        if self.clock_ahead != 0 {
            write!(f, "; Logto's clock is {} s ahead", self.clock_ahead)?;
        }
        Ok(())
    }
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn moment<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(unix(*time))
}

#[allow(clippy::ref_option, reason = "serde asks for this shape")]
fn time<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(unix).serialize(serializer)
}

#[allow(clippy::ref_option, reason = "serde asks for this shape")]
fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs()).serialize(serializer)
}
