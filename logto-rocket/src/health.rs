//! How the connection with Logto is: for probes and dashboards, without secrets.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::clock::UnixTime;
use crate::error::Endpoint;
use crate::oidc::{CircuitState, Condition, Record, SignsOfLife};

/// How this application's connection with Logto is, as far as it knows without a call.
///
/// [`ready`](Self::ready) tells whether bearer tokens and sign-ins can be served: use it for a readiness
/// probe. It is not for a liveness probe: to restart this server brings Logto back no sooner.
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
/// Times are seconds since 1970 and durations seconds where it is serialized; [`Display`](fmt::Display) says it
/// in one line.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether metadata and keys are there, no older than they may be.
    pub ready: bool,
    /// The discovery document.
    pub metadata: DocumentHealth,
    /// The key set.
    pub keys: DocumentHealth,
    /// The endpoints that are called for people and tokens.
    pub endpoints: Vec<EndpointHealth>,
    /// How many seconds Logto's clock is ahead of this server's; negative if it is behind. Tokens are refused
    /// where this is more than the setting `clock_leeway`.
    pub clock_ahead: i64,
}

/// How a document is that Logto publishes.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DocumentHealth {
    /// Whether there is one that may be used. The last good one is, for 24 hours.
    pub usable: bool,
    /// How long ago it was fetched or confirmed.
    #[serde(serialize_with = "seconds")]
    pub age: Option<Duration>,
    /// The last time Logto answered.
    #[serde(serialize_with = "time")]
    pub last_success: Option<SystemTime>,
    /// The last time it did not.
    pub last_failure: Option<Failure>,
}

/// How an endpoint is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EndpointHealth {
    /// `token`, `userinfo`, `revocation` or `introspection`.
    pub endpoint: &'static str,
    /// Whether it is asked.
    pub circuit: Circuit,
    /// The last time it answered.
    #[serde(serialize_with = "time")]
    pub last_success: Option<SystemTime>,
    /// The last time it did not.
    pub last_failure: Option<Failure>,
}

/// Whether an endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Circuit {
    /// It is asked.
    Closed,
    /// It has failed many times in a row, and is not asked for a few seconds: whoever needs it is told at once
    /// that Logto is unavailable.
    Open,
    /// The next call decides.
    HalfOpen,
}

/// A call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: SystemTime,
    /// How: see [`UnavailableCause::code`](crate::UnavailableCause::code).
    pub code: &'static str,
}

impl Health {
    pub(crate) fn new(signs: &SignsOfLife) -> Self {
        let metadata = DocumentHealth::new(signs.metadata);
        let keys = DocumentHealth::new(signs.keys);
        Health {
            ready: metadata.usable && keys.usable,
            metadata,
            keys,
            endpoints: signs.endpoints.iter().filter_map(EndpointHealth::new).collect(),
            clock_ahead: signs.clock_ahead,
        }
    }
}

impl DocumentHealth {
    fn new(condition: Condition) -> Self {
        DocumentHealth {
            usable: condition.usable,
            age: condition.age,
            last_success: condition.success.map(UnixTime::to_system_time),
            last_failure: condition.failure.map(Failure::new),
        }
    }
}

impl EndpointHealth {
    fn new((endpoint, circuit, record): &(Endpoint, CircuitState, Record)) -> Option<Self> {
        let endpoint = match endpoint {
            Endpoint::Discovery | Endpoint::Jwks => return None,
            Endpoint::Token => "token",
            Endpoint::UserInfo => "userinfo",
            Endpoint::Revocation => "revocation",
            Endpoint::Introspection => "introspection",
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
            write!(f, "; {} endpoint not asked", endpoint.endpoint)?;
        }
        if self.clock_ahead != 0 {
            write!(f, "; Logto's clock {} s ahead", self.clock_ahead)?;
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
