//! The store for many processes: Redis, or Valkey.

mod connection;
mod inspection;
mod record;
mod scripts;
mod values;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use redis::{Cmd, FromRedisValue, ScriptInvocation};

use super::inspection::INSPECTION_LIMIT;
use super::{Found, Holder, Replaced, SessionStore, StoreError, StoreInspection, StoreKey, StoredSession};
use connection::{Link, unavailable};
use scripts::Scripts;
use values::{hash_in, millis};

/// How long a call may take, unless it is said.
const TIME_LIMIT: Duration = Duration::from_millis(500);
/// The most bytes that the name of a key has behind the prefix.
const NAME: usize = ":subject:".len() + 64;

/// Keeps sessions in [Redis](https://redis.io) 6 or later, or in [Valkey](https://valkey.io): for applications
/// that run as several processes, and for sessions that outlive a restart. Feature `redis`.
///
/// ```
/// use std::time::Duration;
/// use logto_rocket::store::RedisStore;
///
/// # fn main() -> Result<(), logto_rocket::store::StoreError> {
/// let store = RedisStore::open("redis://127.0.0.1:6379/0")?
///     .prefix("shop")
///     .time_limit(Duration::from_millis(250));
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
///
/// # Connection
///
/// Nothing is connected until the first call, so an application starts while Redis is down. One connection
/// carries all calls; when it breaks, the next call begins a new one. A call that is not completed within the
/// [time limit](Self::time_limit), connecting included, is an error. The call is not repeated, as it may have
/// been carried out.
///
/// | address | |
/// |---|---|
/// | `redis://[user]:[password]@host:port/database` | TCP |
/// | `rediss://…` | TLS, with the certificates that the system trusts (or those in `SSL_CERT_FILE`) |
/// | `redis+unix:///path?db=0&user=…&pass=…` | a socket on this machine |
/// | `redis+sentinel://[user]:[password]@host:port,host:port/name/database` | the primary that the Sentinels at these hosts monitor under this name. User, password and database are those of the primary; `?sentinel_user=…&sentinel_password=…` are those of the Sentinels. The port is 26379 unless it is given |
/// | `rediss+sentinel://…` | the same with TLS, for Sentinels and primary alike. The Sentinels have to announce host names that the certificates are for |
///
/// The address is in no log, no error and no `Debug` output, nor is anything that Redis answers, as it may repeat
/// a password.
///
/// # What it works with
///
/// | | |
/// |---|---|
/// | one primary | alone, managed, or behind a name or a proxy that leads to the present primary. After a failover the store connects anew as soon as a write is refused |
/// | Sentinel | `redis+sentinel://…`: each new connection asks the Sentinels for the primary, and the server whether it is one |
/// | a replica | **no.** It accepts no writes. The application does not launch |
/// | Redis Cluster | **no.** The keys of one session lie on several nodes, and one script writes them together. The application does not launch |
///
/// At launch the store asks the server with `INFO` what it is, within five seconds, or within the time limit where that is
/// longer. A server that it cannot work with stops the launch, and the log names what was found. A server that cannot be
/// reached stops nothing, as it may be there later. A cluster that is
/// found later, when the first key lies on another node (`MOVED`) or two keys of a script do not share a slot
/// (`CROSSSLOT`), is an error that says so. A hash tag around the prefix, as in `redis_prefix = "{logto}"`, would not
/// help: with it every session lies on one node of the cluster, and the server still has to be asked through a client
/// that follows `MOVED`, which this store is not.
///
/// The user needs the commands `eval`, `evalsha`, `script|load`, `get`, `set`, `mget` and what the scripts call, on the keys
/// with the prefix. Without `info`, or where a managed Redis has no `INFO`, the server is not checked at launch, and with Sentinels the user needs `role`.
///
/// # What it keeps
///
/// | key | type | what |
/// |---|---|---|
/// | `<prefix>:record:<hash>` | string | `S`, version, duration, hashes of subject and `sid`, sealed session; or `E` for a tombstone |
/// | `<prefix>:subject:<hash>` | sorted set | the sessions of a subject, by their end |
/// | `<prefix>:sid:<hash>` | sorted set | the sessions with a `sid`, by their end |
/// | `<prefix>:lease:<hash>` | string | who holds it |
/// | `<prefix>:claim:<hash>` | string | |
/// | `<prefix>:mark:<hash>` | string | its value: sixteen hexadecimal digits that sort as the numbers do |
///
/// Every key has a time to live, so nothing has to be cleaned up. Hashes are 64 hexadecimal digits.
///
/// # Durability
///
/// Sessions, tombstones, claims and marks are as durable as Redis is set up to be. Replication is asynchronous, so the last
/// writes of a primary that fails are lost in a failover: a session that was ended at that moment can be back until it is
/// ended again or expires.
///
/// A primary that is cut off from its replicas and from the Sentinels goes on accepting writes from the processes that
/// still reach it. All of these writes are lost when it rejoins as a replica. With `min-replicas-to-write 1` and
/// `min-replicas-max-lag 10` such a primary refuses writes after ten seconds (`NOREPLICAS`). The store then closes the
/// connection, and the next call asks the Sentinels for the primary again. Without `min-replicas-to-write` nothing limits
/// the loss.
///
/// Set `appendonly yes` to keep data over a restart. Set `maxmemory-policy noeviction`: with any other policy Redis evicts
/// marks and tombstones when its memory is full. A launch warns of another policy.
pub struct RedisStore {
    link: Link,
    scripts: Scripts,
    prefix: String,
    time_limit: Duration,
}

impl RedisStore {
    /// A store in the Redis at this address. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// If the address cannot be read. The error does not repeat it.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Ok(RedisStore {
            link: Link::to(url)?,
            scripts: Scripts::new(),
            prefix: "logto".to_owned(),
            time_limit: TIME_LIMIT,
        })
    }

    /// What the names of all keys begin with; `logto` unless it is set. Applications that share a Redis and are not
    /// to share sessions need one each.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        RedisStore { prefix: prefix.into(), ..self }
    }

    /// How long a call may take, connecting included; 500 ms unless it is set.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        RedisStore { time_limit: limit, ..self }
    }

    fn name(&self, kind: &str, key: &StoreKey) -> String {
        let mut name = String::with_capacity(self.prefix.len() + NAME);
        for part in [&self.prefix, ":", kind, ":", std::str::from_utf8(&key.hex()).unwrap_or_default()] {
            name.push_str(part);
        }
        name
    }

    fn session(&self, key: &StoreKey) -> String {
        self.name("record", key)
    }

    /// The names of what a session is kept in: itself, and its indexes.
    fn names<'a>(&self, call: &mut ScriptInvocation<'a>, key: &StoreKey, session: &StoredSession) {
        call.key(self.session(key)).key(self.name("subject", &session.subject));
        if let Some(sid) = &session.sid {
            call.key(self.name("sid", sid));
        }
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let answer = self
            .link
            .within(self.time_limit, async |mut connection| call.invoke_async(&mut connection).await);
        Ok(answer.await?)
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        let answer = self
            .link
            .within(self.time_limit, async |mut connection| command.query_async(&mut connection).await);
        Ok(answer.await?)
    }

    async fn listed(&self, kind: &str, name: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let members: Vec<String> =
            self.run(self.scripts.list.prepare_invoke().key(self.name(kind, name))).await?;
        members.iter().map(|member| hash_in(member.as_bytes()).ok_or_else(foreign)).collect()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        let mut call = self.scripts.insert.prepare_invoke();
        self.names(&mut call, key, session);
        call.arg(key.to_string()).arg(millis(session.lasts)).arg(record::write(session));
        match self.run(&call).await? {
            true => Ok(()),
            false => Err(StoreError::new("there is a session or a tombstone under the key of a new session")),
        }
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        let mut command = Cmd::with_capacity(2, self.prefix.len() + NAME);
        command.arg("GET").arg(self.session(key));
        record::read(self.ask(&command).await?).ok_or_else(foreign)
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        let mut call = self.scripts.replace.prepare_invoke();
        self.names(&mut call, key, session);
        call.arg(key.to_string()).arg(millis(session.lasts)).arg(record::write(session));
        call.arg(record::beginning(expected));
        match self.run::<i64>(&call).await? {
            scripts::DONE => Ok(Replaced::Done),
            scripts::CONFLICT => Ok(Replaced::Conflict),
            scripts::GONE => Ok(Replaced::Gone),
            _ => Err(foreign()),
        }
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        let mut call = self.scripts.remove.prepare_invoke();
        call.key(self.session(key)).arg(key.to_string()).arg(millis(remember)).arg(&self.prefix);
        self.run(&call).await
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.listed("subject", subject).await
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        self.listed("sid", sid).await
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        let mut call = self.scripts.lease.prepare_invoke();
        call.key(self.name("lease", key)).arg(holder.as_bytes()).arg(millis(lasts));
        self.run(&call).await
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let mut call = self.scripts.release.prepare_invoke();
        call.key(self.name("lease", key)).arg(holder.as_bytes());
        self.run(&call).await
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        let mut command = redis::cmd("SET");
        command.arg(self.name("claim", key)).arg("1").arg("NX").arg("PX").arg(millis(lasts));
        self.ask(&command).await
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        let mut call = self.scripts.mark.prepare_invoke();
        call.key(self.name("mark", key)).arg(scripts::sortable(value)).arg(millis(lasts));
        self.run(&call).await
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(self.name("mark", key));
        }
        let values: Vec<Option<Vec<u8>>> = self.ask(&command).await?;
        values
            .iter()
            .map(|value| {
                value.as_ref().map(|digits| scripts::number_in(digits).ok_or_else(foreign)).transpose()
            })
            .collect()
    }

    async fn inspect(&self) -> Result<StoreInspection, StoreError> {
        let info = async |mut connection| redis::cmd("INFO").query_async(&mut connection).await;
        inspection::read(self.link.within(self.time_limit.max(INSPECTION_LIMIT), info).await)
    }
}

fn foreign() -> StoreError {
    unavailable("the value under this key was not written by this crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o01_an_address_that_cannot_be_read_is_not_repeated() {
        for url in [
            "",
            "hunter2",
            "http://:hunter2@localhost",
            "redis://:hunter2@",
            "redis://:hunter2@localhost/sessions",
            "redis://:hunter2@localhost/?protocol=hunter2",
            "rediss://:hunter2@localhost#insecure",
            "redis+sentinel://:hunter2@localhost",
            "redis+sentinel://:hunter2@localhost/shop?db=hunter2",
        ] {
            let error = RedisStore::open(url).expect_err(url);
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn o01_debug_tells_no_address() {
        let store = RedisStore::open("redis://shop:hunter2@localhost").expect("an address");
        assert_eq!(format!("{store:?}"), "RedisStore { prefix: \"logto\", time_limit: 500ms, .. }");
    }
}
