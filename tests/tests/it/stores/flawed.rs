//! A store that does one thing wrong, as stores do.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use logto_rocket::store::{
    Found, Holder, MemoryStore, Replaced, SessionStore, StoreError, StoreKey, StoredSession,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    NoTombstones,
    UpsertingReplace,
    OverwritingInsert,
    InsertInTwoSteps,
    InventedSid,
    BytesAsText,
    ClaimsAreLeases,
    RefusesNoTime,
    SessionsForGood,
    ReplaceKeepsTheTime,
    TombstonesForGood,
    ReplaceInTwoSteps,
    IgnoresTheVersion,
    RoundsTheVersion,
    IndexInTwoSteps,
    LosesTheSid,
    IndexKeepsWhatHasEnded,
    ListsAThousand,
    LeaseInTwoSteps,
    AnyoneReleases,
    LeasesForGood,
    LeasesAreNotProlonged,
    ClaimInTwoSteps,
    ClaimsForGood,
    TheLastMarkStays,
    RoundsMarks,
    LeavesOutMissingMarks,
    TheLastTimeOfAMarkCounts,
    Panics,
}

/// A [`MemoryStore`] with a flaw.
pub(crate) struct Flawed {
    flaw: Flaw,
    inner: MemoryStore,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    ended: HashSet<StoreKey>,
    index: HashMap<StoreKey, Vec<StoreKey>>,
    holders: HashMap<StoreKey, Holder>,
    claims: HashSet<StoreKey>,
    marks: HashMap<StoreKey, (i64, Instant)>,
}

impl Flawed {
    pub(crate) fn with(flaw: Flaw) -> Self {
        Flawed { flaw, inner: MemoryStore::new(), notes: Mutex::default() }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("nobody panics with it")
    }

    fn session(&self, session: &StoredSession) -> StoredSession {
        let mut session = session.clone();
        if self.has(Flaw::SessionsForGood) {
            session.lasts = DAY;
        }
        if self.has(Flaw::BytesAsText) {
            session.sealed = String::from_utf8_lossy(&session.sealed).into_owned().into();
        }
        session
    }

    /// Writes, whatever is there.
    async fn overwrite(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        self.inner.remove(key, Duration::ZERO).await?;
        // Somebody else may have been faster.
        let _ = self.inner.insert(key, session).await;
        Ok(())
    }

    async fn version(&self, key: &StoreKey) -> Result<Option<u64>, StoreError> {
        match self.inner.load(key).await? {
            Found::Session(kept) => Ok(Some(kept.version)),
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl SessionStore for Flawed {
    async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
        let session = self.session(session);
        match self.flaw {
            Flaw::OverwritingInsert => self.overwrite(key, &session).await,
            Flaw::InsertInTwoSteps if self.inner.load(key).await? == Found::Nothing => {
                tokio::task::yield_now().await;
                self.overwrite(key, &session).await
            }
            Flaw::IndexInTwoSteps => {
                self.inner.insert(key, &session).await?;
                let mut listed = self.notes().index.get(&session.subject).cloned().unwrap_or_default();
                tokio::task::yield_now().await;
                listed.push(*key);
                self.notes().index.insert(session.subject, listed);
                Ok(())
            }
            Flaw::IndexKeepsWhatHasEnded => {
                self.inner.insert(key, &session).await?;
                self.notes().index.entry(session.subject).or_default().push(*key);
                Ok(())
            }
            _ => self.inner.insert(key, &session).await,
        }
    }

    async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
        assert!(!self.has(Flaw::Panics), "as told");
        let found = match self.inner.load(key).await? {
            Found::Session(mut kept) if self.has(Flaw::InventedSid) => {
                kept.sid = kept.sid.or(Some(kept.subject));
                Found::Session(kept)
            }
            // It keeps tombstones somewhere else.
            Found::Nothing if self.notes().ended.contains(key) => Found::Ended,
            found => found,
        };
        Ok(found)
    }

    async fn replace(
        &self,
        key: &StoreKey,
        expected: u64,
        session: &StoredSession,
    ) -> Result<Replaced, StoreError> {
        let mut session = self.session(session);
        let version = self.version(key).await?;
        match (self.flaw, version) {
            (Flaw::UpsertingReplace, None) => {
                self.notes().ended.remove(key);
                self.overwrite(key, &session).await?;
                return Ok(Replaced::Done);
            }
            (Flaw::ReplaceInTwoSteps, Some(version)) if version == expected => {
                tokio::task::yield_now().await;
                self.overwrite(key, &session).await?;
                return Ok(Replaced::Done);
            }
            (Flaw::IgnoresTheVersion, Some(version)) => {
                return self.inner.replace(key, version, &session).await;
            }
            (Flaw::RoundsTheVersion, Some(version)) if version as f64 == expected as f64 => {
                return self.inner.replace(key, version, &session).await;
            }
            (Flaw::ReplaceKeepsTheTime, Some(_)) => {
                if let Found::Session(kept) = self.inner.load(key).await? {
                    session.lasts = kept.lasts;
                }
            }
            _ => {}
        }
        self.inner.replace(key, expected, &session).await
    }

    async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
        match self.flaw {
            Flaw::NoTombstones => self.inner.remove(key, Duration::ZERO).await,
            Flaw::TombstonesForGood => self.inner.remove(key, DAY).await,
            Flaw::UpsertingReplace | Flaw::ReplaceInTwoSteps => {
                self.notes().ended.insert(*key);
                self.inner.remove(key, Duration::ZERO).await
            }
            Flaw::IndexInTwoSteps | Flaw::IndexKeepsWhatHasEnded => {
                self.notes().index.values_mut().for_each(|listed| listed.retain(|other| other != key));
                self.inner.remove(key, remember).await
            }
            _ => self.inner.remove(key, remember).await,
        }
    }

    async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        let mut listed = match self.flaw {
            Flaw::IndexInTwoSteps | Flaw::IndexKeepsWhatHasEnded => {
                self.notes().index.get(subject).cloned().unwrap_or_default()
            }
            _ => self.inner.of_subject(subject).await?,
        };
        if self.has(Flaw::ListsAThousand) {
            listed.truncate(1_000);
        }
        Ok(listed)
    }

    async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
        if self.has(Flaw::LosesTheSid) { Ok(Vec::new()) } else { self.inner.of_sid(sid).await }
    }

    async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Result<bool, StoreError> {
        match self.flaw {
            Flaw::RefusesNoTime if lasts.is_zero() => Err(StoreError::new("no time")),
            Flaw::LeaseInTwoSteps => {
                let current = self.notes().holders.get(key).copied();
                if current.is_some_and(|current| current != *holder) {
                    return Ok(false);
                }
                tokio::task::yield_now().await;
                self.notes().holders.insert(*key, *holder);
                Ok(true)
            }
            Flaw::AnyoneReleases => {
                let taken = self.inner.lease(key, holder, lasts).await?;
                if taken {
                    self.notes().holders.insert(*key, *holder);
                }
                Ok(taken)
            }
            Flaw::LeasesForGood => self.inner.lease(key, holder, DAY).await,
            Flaw::LeasesAreNotProlonged => {
                if self.notes().holders.get(key) == Some(holder) {
                    return Ok(true);
                }
                self.notes().holders.insert(*key, *holder);
                self.inner.lease(key, holder, lasts).await
            }
            _ => self.inner.lease(key, holder, lasts).await,
        }
    }

    async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
        let last = self.notes().holders.get(key).copied();
        let holder = last.filter(|_| self.has(Flaw::AnyoneReleases)).unwrap_or(*holder);
        self.inner.release(key, &holder).await
    }

    async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
        match self.flaw {
            Flaw::ClaimsAreLeases => self.inner.lease(key, &Holder::from_bytes([0; 16]), lasts).await,
            Flaw::ClaimInTwoSteps => {
                let claimed = self.notes().claims.contains(key);
                tokio::task::yield_now().await;
                self.notes().claims.insert(*key);
                Ok(!claimed)
            }
            Flaw::ClaimsForGood => self.inner.claim(key, DAY).await,
            _ => self.inner.claim(key, lasts).await,
        }
    }

    async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
        let ends = Instant::now() + lasts;
        match self.flaw {
            Flaw::TheLastMarkStays => {
                self.notes().marks.insert(*key, (value, ends));
                Ok(())
            }
            Flaw::TheLastTimeOfAMarkCounts => {
                let mut notes = self.notes();
                let highest = notes.marks.get(key).map_or(value, |(highest, _)| value.max(*highest));
                notes.marks.insert(*key, (highest, ends));
                Ok(())
            }
            Flaw::RoundsMarks => self.inner.mark(key, value as f64 as i64, lasts).await,
            _ => self.inner.mark(key, value, lasts).await,
        }
    }

    async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
        match self.flaw {
            Flaw::TheLastMarkStays | Flaw::TheLastTimeOfAMarkCounts => {
                let (notes, now) = (self.notes(), Instant::now());
                let kept =
                    |key| notes.marks.get(key).filter(|(_, ends)| *ends > now).map(|(value, _)| *value);
                Ok(keys.iter().map(kept).collect())
            }
            Flaw::LeavesOutMissingMarks => {
                Ok(self.inner.marks(keys).await?.into_iter().filter(Option::is_some).collect())
            }
            _ => self.inner.marks(keys).await,
        }
    }
}
