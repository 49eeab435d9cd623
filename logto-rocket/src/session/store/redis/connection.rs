//! The connection with Redis: made when it is needed, shared by all calls, and made anew when it broke.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, ProtocolVersion, PushInfo, PushKind,
    RedisError, RedisResult, ServerErrorKind, TlsMode,
};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::{RedisAddress, SentinelAddress};
use crate::error::StoreError;

/// How long an attempt to connect may take. It goes on when the call that began it has given up, so that a Redis
/// that is far away is reached at all.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// How many calls may wait to be written.
const QUEUE: usize = 256;

pub(super) struct Link {
    target: Target,
    latest: RwLock<Option<Arc<Attempt>>>,
}

/// An attempt to connect, and then what came of it.
struct Attempt {
    outcome: watch::Receiver<Option<RedisResult<MultiplexedConnection>>>,
    /// The connection, for all calls but those that wait for it.
    established: Arc<OnceLock<MultiplexedConnection>>,
    /// Set when Redis has hung up.
    closed: Arc<AtomicBool>,
}

/// What is connected with.
#[derive(Clone)]
enum Target {
    Server(Box<Client>),
    /// The primary that Sentinels name, which may be another one each time.
    Primary(Box<SentinelAddress>),
}

impl Target {
    fn of(address: RedisAddress) -> Result<Self, StoreError> {
        match address {
            RedisAddress::Server(info) => {
                if let ConnectionAddr::TcpTls { insecure, .. } = info.addr() {
                    if *insecure {
                        return Err(StoreError::new(
                            "the address of Redis must not end in #insecure: use a certificate",
                        ));
                    }
                    choose_crypto();
                }
                // Version 3 of the protocol tells at once when Redis hangs up.
                let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
                let client = Client::open(info.set_redis_settings(settings)).map_err(|_| unreadable())?;
                Ok(Target::Server(Box::new(client)))
            }
            RedisAddress::Sentinels(address) => {
                if address.is_tls {
                    choose_crypto();
                }
                sentinel_client(&address).map_err(|_| unreadable())?;
                Ok(Target::Primary(Box::new(address)))
            }
        }
    }

    async fn connect(&self, config: &AsyncConnectionConfig) -> RedisResult<MultiplexedConnection> {
        match self {
            Target::Server(client) => client.get_multiplexed_async_connection_with_config(config).await,
            // A client of its own each time: it asks the Sentinels anew, and asks the server whether it is a primary.
            Target::Primary(address) => {
                sentinel_client(address)?.get_async_connection_with_config(config).await
            }
        }
    }
}

fn sentinel_client(address: &SentinelAddress) -> RedisResult<SentinelClient> {
    let mut builder = SentinelClientBuilder::new(
        address.sentinels.iter().cloned(),
        &address.primary,
        SentinelServerType::Master,
    )?
    .set_client_to_redis_protocol(ProtocolVersion::RESP3)
    .set_client_to_redis_db(address.settings.db());
    if address.is_tls {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    if let Some(user) = address.settings.username() {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = address.settings.password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(user) = &address.sentinel_user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = &address.sentinel_password {
        builder = builder.set_client_to_sentinel_password(password.expose());
    }
    builder.build()
}

fn unreadable() -> StoreError {
    StoreError::new(
        "the address of Redis is invalid: write it as redis://:password@host:6379/0, with rediss:// for TLS, or redis+sentinel://host:26379,host:26379/name",
    )
}

/// Why there is no answer.
pub(super) enum CallFailure {
    Redis(RedisError),
    TimedOut,
}

impl From<CallFailure> for StoreError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Redis(error) => told(error),
            CallFailure::TimedOut => unavailable("Redis did not respond in time"),
        }
    }
}

impl Link {
    pub(super) fn to(url: &str) -> Result<Self, StoreError> {
        let address = RedisAddress::parse(url).ok_or_else(unreadable)?;
        Ok(Link { target: Target::of(address)?, latest: RwLock::new(None) })
    }

    /// Does something with the connection, in this time.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        call: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, CallFailure> {
        let attempt = self.attempt();
        let mut connected = false;
        let answer = match attempt.established.get() {
            Some(connection) => {
                connected = true;
                timeout(limit, call(connection.clone())).await
            }
            None => {
                let connect_and_call = async {
                    let connection = attempt.connection().await?;
                    connected = true;
                    call(connection).await
                };
                timeout(limit, connect_and_call).await
            }
        };
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if breaks(&error) {
                    self.forget(&attempt);
                }
                Err(CallFailure::Redis(error))
            }
            Err(_) => {
                // An attempt that is under way may still succeed; a connection that does not respond may be dead.
                if connected {
                    self.forget(&attempt);
                }
                Err(CallFailure::TimedOut)
            }
        }
    }

    /// The attempt that is under way or has succeeded, or a new one.
    fn attempt(&self) -> Arc<Attempt> {
        let of_use = |latest: &Option<Arc<Attempt>>| {
            latest.as_ref().filter(|attempt| attempt.is_of_use()).map(Arc::clone)
        };
        let at_hand = of_use(&self.latest.read().unwrap_or_else(PoisonError::into_inner));
        at_hand.unwrap_or_else(|| {
            let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
            // Another call may have begun one meanwhile.
            of_use(&latest)
                .unwrap_or_else(|| Arc::clone(latest.insert(Arc::new(Attempt::begin(self.target.clone())))))
        })
    }

    fn forget(&self, attempt: &Arc<Attempt>) {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        if latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, attempt)) {
            *latest = None;
        }
    }
}

impl Attempt {
    fn begin(target: Target) -> Self {
        let (tell, outcome) = watch::channel(None);
        let (closed, established) = (Arc::new(AtomicBool::new(false)), Arc::new(OnceLock::new()));
        let attempt = Attempt { outcome, established: Arc::clone(&established), closed: Arc::clone(&closed) };
        // In a task of its own, as the caller may be cancelled.
        tokio::spawn(async move {
            let outcome = connect(&target, closed).await;
            if let Ok(connection) = &outcome {
                let _ = established.set(connection.clone());
            }
            tell.send_replace(Some(outcome));
        });
        attempt
    }

    fn is_of_use(&self) -> bool {
        if self.established.get().is_some() {
            return !self.closed.load(Ordering::Acquire);
        }
        let failed = matches!(&*self.outcome.borrow(), Some(Err(_)));
        // The task is gone without a word when its runtime is.
        let lost = self.outcome.has_changed().is_err() && self.outcome.borrow().is_none();
        !failed && !lost
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut outcome = self.outcome.clone();
        match outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone()) {
            Ok(Some(outcome)) => outcome,
            _ => Err(io(std::io::ErrorKind::ConnectionAborted)),
        }
    }
}

async fn connect(target: &Target, closed: Arc<AtomicBool>) -> RedisResult<MultiplexedConnection> {
    let hung_up = move |push: PushInfo| {
        if push.kind == PushKind::Disconnection {
            closed.store(true, Ordering::Release);
        }
        Ok::<(), ()>(())
    };
    // The time limits are set by the calls.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(QUEUE)
        .set_push_sender(hung_up);
    timeout(CONNECT_LIMIT, target.connect(&config))
        .await
        .unwrap_or_else(|_| Err(io(std::io::ErrorKind::TimedOut)))
}

fn io(kind: std::io::ErrorKind) -> RedisError {
    RedisError::from(std::io::Error::from(kind))
}

/// Where a process has code for two of them, rustls wants to be told; this crate has aws-lc.
fn choose_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that somebody else has chosen just now.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

/// Whether a connection is of no more use after this error. After a failover the old primary is a replica, or is cut off
/// from its replicas.
fn breaks(error: &RedisError) -> bool {
    if error.code() == Some("NOREPLICAS") {
        return true;
    }
    match error.kind() {
        ErrorKind::Io | ErrorKind::Parse | ErrorKind::AuthenticationFailed => true,
        ErrorKind::Server(kind) => {
            matches!(
                kind,
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown | ServerErrorKind::BusyLoading
            )
        }
        _ => error.is_unrecoverable_error(),
    }
}

/// The error, without a word of what Redis said: it repeats what it does not understand, and that may be a password.
fn told(error: RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::AuthenticationFailed => return refused(),
        ErrorKind::UnexpectedReturnType => {
            return unavailable("the value under this key was not written by this crate");
        }
        ErrorKind::RESP3NotSupported => return unavailable("this Redis is older than version 6"),
        ErrorKind::MasterNameNotFoundBySentinel => {
            return unavailable("the Sentinels name no primary that responds: check the name in the address");
        }
        ErrorKind::Io if error.is_timeout() => return unavailable("Redis did not respond in time"),
        ErrorKind::Io => return StoreError::because("Redis cannot be reached", error),
        _ => {}
    }
    match error.code() {
        Some("WRONGPASS" | "NOAUTH") => refused(),
        Some("NOPERM") => unavailable("Redis does not let this user use a command or a key that is needed"),
        Some("WRONGTYPE") => unavailable("the value under this key was not written by this crate"),
        Some("READONLY") => unavailable("this Redis is a replica: the address has to lead to the primary"),
        Some("NOREPLICAS") => unavailable(
            "Redis has too few replicas to accept writes (min-replicas-to-write): it may be a former primary that is cut off from them",
        ),
        Some("OOM") => unavailable("Redis has no memory left"),
        Some("LOADING") => unavailable("Redis is still loading its data"),
        Some("MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN") => {
            unavailable("this Redis is a cluster of several nodes, which is not supported")
        }
        Some("MISCONF") => unavailable("Redis accepts no writes because it cannot save them"),
        _ => unavailable("Redis responded with an error"),
    }
}

fn refused() -> StoreError {
    unavailable(
        "Redis refused the user or the password: check those in the address, and with Sentinels also sentinel_user and sentinel_password",
    )
}

pub(super) fn unavailable(what: &'static str) -> StoreError {
    StoreError::new(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(line: &str) -> RedisError {
        let response = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).expect("a response");
        response.extract_error().expect_err("an error")
    }

    #[test]
    fn a_server_that_refuses_writes_is_left() {
        for line in [
            "READONLY You can't write against a read only replica.",
            "NOREPLICAS Not enough good replicas to write.",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "LOADING Redis is loading the dataset in memory",
        ] {
            assert!(breaks(&server_error(line)), "{line}");
        }
        for line in ["OOM command not allowed when used memory > 'maxmemory'.", "ERR unknown command 'INFO'"]
        {
            assert!(!breaks(&server_error(line)), "{line}");
        }
    }
}
