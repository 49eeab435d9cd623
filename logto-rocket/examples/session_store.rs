//! A session store of one's own, to copy and to change: every method, and the test that it conforms.
//!
//! It keeps everything in maps of one process. Each method names the SQL statement that does the same in a database.
//! There, the time is that of the database, and each statement is atomic; here, one lock makes the methods atomic.
//!
//! Run it with `cargo run -p logto-rocket --example session_store`, with the settings of an application in
//! `ROCKET_LOGTO`. Test it with `cargo test -p logto-rocket --features conformance --example session_store`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use logto_rocket::Logto;
use logto_rocket::store::{Found, Holder, Replaced, SessionStore, StoreError, StoreKey, StoredSession};

/// The maximum number of entries of each kind. A full table is searched for ended entries on each write.
const CAPACITY: usize = 100_000;
/// The smallest number of entries at which those that have ended are removed.
const SWEEP_FROM: usize = 1_024;
/// A longer time is shortened to this, so that no sum overflows.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Sessions in maps, for one process.
#[derive(Default)]
pub struct MapStore {
    tables: Mutex<Tables>,
}

/// One table for each kind of entry: the same key in two of them is two entries.
#[derive(Default)]
struct Tables {
    sessions: Table<Record>,
    leases: Table<Holder>,
    claims: Table<()>,
    marks: Table<i64>,
}

/// What is under the key of a session.
enum Record {
    Session(StoredSession),
    Tombstone,
}

/// Values that end.
struct Table<V> {
    rows: HashMap<StoreKey, Row<V>>,
    /// The number of rows at which those that have ended are removed.
    sweep_at: usize,
}

struct Row<V> {
    value: V,
    ends: Instant,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Table { rows: HashMap::new(), sweep_at: SWEEP_FROM }
    }
}

impl<V> Table<V> {
    /// The row under a key. A row that has ended counts as missing, whether it was removed or not.
    fn get(&self, key: &StoreKey) -> Option<&Row<V>> {
        self.rows.get(key).filter(|row| row.ends > Instant::now())
    }

    /// Writes a row. A full table is an error: to drop another row would undo a sign-out.
    fn put(&mut self, key: &StoreKey, value: V, ends: Instant) -> Result<(), StoreError> {
        if self.rows.len() >= self.sweep_at {
            let now = Instant::now();
            self.rows.retain(|_, row| row.ends > now);
            self.sweep_at = SWEEP_FROM.max(self.rows.len() * 2).min(CAPACITY);
        }
        if self.rows.len() >= CAPACITY && !self.rows.contains_key(key) {
            return Err(StoreError::new("the store has no room for another entry"));
        }
        self.rows.insert(*key, Row { value, ends });
        Ok(())
    }
}

fn end_of(lasts: Duration) -> Instant {
    Instant::now() + lasts.min(LONGEST)
}

impl MapStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        MapStore::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No method panics halfway, so what is in the tables is whole.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys of the sessions that are left and that `is_wanted` selects. A database has an index for this.
    fn keys_of(&self, is_wanted: impl Fn(&StoredSession) -> bool) -> Vec<StoreKey> {
        let now = Instant::now();
        let tables = self.tables();
        let left = tables.sessions.rows.iter().filter(|(_, row)| row.ends > now);
        left.filter(|(_, row)| matches!(&row.value, Record::Session(session) if is_wanted(session)))
            .map(|(key, _)| *key)
            .collect()
    }
}

#[async_trait]
impl SessionStore for MapStore {
    // DELETE FROM sessions WHERE key = $1 AND ends <= now(), then INSERT INTO sessions ..; the primary key refuses a
    // second row.
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.sessions.get(key).is_some() {
            return Err(StoreError::new("there is a session or a tombstone under the key of a new session"));
        }
        tables.sessions.put(key, Record::Session(session.clone()), end_of(session.lasts))
    }

    // SELECT .., ends - now() FROM sessions WHERE key = $1 AND ends > now()
    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        let tables = self.tables();
        Ok(match tables.sessions.get(key) {
            Some(Row { value: Record::Session(session), ends }) => {
                let lasts = ends.saturating_duration_since(Instant::now());
                Found::Session(StoredSession { lasts, ..session.clone() })
            }
            Some(Row { value: Record::Tombstone, .. }) => Found::Ended,
            None => Found::Nothing,
        })
    }

    // UPDATE sessions SET .. WHERE key = $1 AND version = $2 AND NOT ended AND ends > now(). Where no row was changed,
    // a second query tells a conflict from a session that is gone.
    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        let mut tables = self.tables();
        match tables.sessions.get(key) {
            Some(Row { value: Record::Session(kept), .. }) if kept.version == expected => {}
            Some(Row { value: Record::Session(_), .. }) => return Ok(Replaced::Conflict),
            Some(Row { value: Record::Tombstone, .. }) | None => return Ok(Replaced::Gone),
        }
        tables.sessions.put(key, Record::Session(session.clone()), end_of(session.lasts))?;
        Ok(Replaced::Done)
    }

    // In one serializable transaction: SELECT ended FROM sessions WHERE key = $1 AND ends > now(), which tells whether
    // there was a session; then INSERT .. ON CONFLICT (key) DO UPDATE SET ended = true, ends = CASE WHEN sessions.ended
    // THEN GREATEST(sessions.ends, $2) ELSE $2 END, so that the longer of two tombstones stays. RETURNING alone would not
    // do: it has the new values.
    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let mut ends = end_of(remember);
        let was_session = match tables.sessions.get(key) {
            Some(Row { value: Record::Session(_), .. }) => true,
            Some(Row { value: Record::Tombstone, ends: earlier }) => {
                ends = ends.max(*earlier);
                false
            }
            None => false,
        };
        tables.sessions.put(key, Record::Tombstone, ends)?;
        Ok(was_session)
    }

    // SELECT key FROM sessions WHERE subject = $1 AND NOT ended AND ends > now()
    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        Ok(self.keys_of(|session| session.subject == *subject))
    }

    // SELECT key FROM sessions WHERE sid = $1 AND NOT ended AND ends > now()
    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        Ok(self.keys_of(|session| session.sid.as_ref() == Some(sid)))
    }

    // INSERT INTO leases .. ON CONFLICT (key) DO UPDATE SET .. WHERE leases.holder = $2 OR leases.ends <= now()
    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if tables.leases.get(key).is_some_and(|row| row.value != *holder) {
            return Ok(false);
        }
        tables.leases.put(key, *holder, end_of(lasts))?;
        Ok(true)
    }

    // DELETE FROM leases WHERE key = $1 AND holder = $2
    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let mut tables = self.tables();
        if tables.leases.rows.get(key).is_some_and(|row| row.value == *holder) {
            tables.leases.rows.remove(key);
        }
        Ok(())
    }

    // INSERT INTO claims .. ON CONFLICT (key) DO UPDATE SET .. WHERE claims.ends <= now()
    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        if tables.claims.get(key).is_some() {
            return Ok(false);
        }
        tables.claims.put(key, (), end_of(lasts))?;
        Ok(true)
    }

    // INSERT INTO marks .. ON CONFLICT (key) DO UPDATE SET value = .., ends = GREATEST(marks.ends, $3), where a mark
    // that has ended does not count for `value`
    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let (mut value, mut ends) = (value, end_of(lasts));
        if let Some(kept) = tables.marks.get(key) {
            value = value.max(kept.value);
            ends = ends.max(kept.ends);
        }
        tables.marks.put(key, value, ends)
    }

    // SELECT key, value FROM marks WHERE key = ANY($1) AND ends > now(), in the order of the keys that were asked for
    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        let tables = self.tables();
        Ok(keys.iter().map(|key| tables.marks.get(key).map(|row| row.value)).collect())
    }
}

#[rocket::launch]
fn rocket() -> _ {
    rocket::build().attach(Logto::fairing().session_store(MapStore::new()))
}

#[cfg(all(test, feature = "conformance"))]
mod tests {
    use std::sync::Arc;

    use logto_rocket::store::conformance;

    use super::MapStore;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_store_conforms() {
        conformance::check(Arc::new(MapStore::new())).await.assert_passed();
    }
}
