//! What the checks are written with.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::session::random;

use super::super::{Found, Holder, SessionStore, StoreError, StoreKey, StoredSession};

/// How far a store may be off in when it forgets.
pub(super) const TOLERANCE: Duration = Duration::from_secs(1);
/// Longer than any check takes.
pub(super) const LONG: Duration = Duration::from_secs(90);

/// What was expected, and what came.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// The store under test. Errors of the store are failures of the check.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) store: Arc<dyn SessionStore>,
}

/// A key that no other run has.
pub(super) fn key() -> StoreKey {
    StoreKey::from_bytes(random())
}

pub(super) fn holder() -> Holder {
    Holder::from_bytes(random())
}

/// A session of somebody new.
pub(super) fn session() -> StoredSession {
    let sealed = Bytes::from_static(b"sealed");
    StoredSession { version: 1, sealed, subject: key(), sid: Some(key()), lasts: LONG }
}

pub(super) fn lasting(lasts: Duration) -> StoredSession {
    StoredSession { lasts, ..session() }
}

/// The next version of a session.
pub(super) fn next(session: &StoredSession) -> StoredSession {
    StoredSession { version: session.version + 1, ..session.clone() }
}

pub(super) fn expect<T: PartialEq + Debug>(what: &str, expected: T, came: T) -> Outcome {
    if came == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, came {came:?}")) }
}

/// Everything of a session but what is left of its time.
pub(super) fn expect_session(what: &str, expected: &StoredSession, came: Found) -> Outcome {
    match came {
        Found::Session(came) => {
            expect(&format!("{what}, version"), expected.version, came.version)?;
            expect(&format!("{what}, subject"), expected.subject, came.subject)?;
            expect(&format!("{what}, sid"), expected.sid, came.sid)?;
            if came.sealed != expected.sealed {
                let (length, came) = (expected.sealed.len(), came.sealed.len());
                return Err(format!("{what}: expected the {length} bytes as written, came {came} others"));
            }
            Ok(())
        }
        other => Err(format!("{what}: expected the session, came {other:?}")),
    }
}

pub(super) fn expect_error<T: Debug>(what: &str, came: Result<T, StoreError>) -> Outcome {
    came.map_or(Ok(()), |came| Err(format!("{what}: expected an error, came {came:?}")))
}

/// In any order, none twice.
pub(super) fn expect_keys(what: &str, expected: &[StoreKey], mut came: Vec<StoreKey>) -> Outcome {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    came.sort_unstable();
    if came == expected {
        return Ok(());
    }
    let missing = expected.iter().filter(|key| came.binary_search(key).is_err()).count();
    Err(format!(
        "{what}: expected {} sessions, came {}, of which {missing} are missing or are others",
        expected.len(),
        came.len()
    ))
}

impl Bench {
    pub(super) fn new(store: Arc<dyn SessionStore>) -> Self {
        Bench { store }
    }

    pub(super) async fn insert(&self, session: &StoredSession) -> Outcome<StoreKey> {
        let key = key();
        told("insert", self.store.insert(&key, session).await)?;
        Ok(key)
    }

    pub(super) async fn load(&self, key: &StoreKey) -> Outcome<Found> {
        told("load", self.store.load(key).await)
    }

    pub(super) async fn remove(&self, key: &StoreKey, remember: Duration) -> Outcome<bool> {
        told("remove", self.store.remove(key, remember).await)
    }

    pub(super) async fn of_subject(&self, subject: &StoreKey) -> Outcome<Vec<StoreKey>> {
        told("of_subject", self.store.of_subject(subject).await)
    }

    pub(super) async fn of_sid(&self, session: &StoredSession) -> Outcome<Vec<StoreKey>> {
        match &session.sid {
            Some(sid) => told("of_sid", self.store.of_sid(sid).await),
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn lease(&self, key: &StoreKey, holder: &Holder, lasts: Duration) -> Outcome<bool> {
        told("lease", self.store.lease(key, holder, lasts).await)
    }

    pub(super) async fn claim(&self, key: &StoreKey, lasts: Duration) -> Outcome<bool> {
        told("claim", self.store.claim(key, lasts).await)
    }

    pub(super) async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Outcome {
        told("mark", self.store.mark(key, value, lasts).await)
    }

    pub(super) async fn mark_of(&self, key: &StoreKey) -> Outcome<Option<i64>> {
        let marks = told("marks", self.store.marks(std::slice::from_ref(key)).await)?;
        expect("how many marks come for one key", 1, marks.len())?;
        Ok(marks[0])
    }

    /// Does the same many times at once.
    pub(super) async fn at_once<F, T>(
        &self,
        times: usize,
        work: impl Fn(Bench, usize) -> F,
    ) -> Outcome<Vec<T>>
    where
        F: Future<Output = Outcome<T>> + Send + 'static,
        T: Send + 'static,
    {
        let tasks: Vec<_> = (0..times).map(|number| tokio::spawn(work(self.clone(), number))).collect();
        let mut answers = Vec::with_capacity(times);
        for task in tasks {
            answers.push(task.await.map_err(|_| "the store panicked".to_owned())??);
        }
        Ok(answers)
    }
}

pub(super) fn told<T>(operation: &str, answer: Result<T, StoreError>) -> Outcome<T> {
    answer.map_err(|error| format!("{operation}: expected an answer, came the error: {error}"))
}

/// The time of something that lasts. However slow the store or the machine, it judges only what it can.
pub(super) struct Lasting {
    lasts: Duration,
    begun: Instant,
    written: Instant,
}

impl Lasting {
    /// Runs what begins it.
    pub(super) async fn from<T>(
        lasts: Duration,
        write: impl Future<Output = Outcome<T>>,
    ) -> Outcome<(Self, T)> {
        let begun = Instant::now();
        let value = write.await?;
        Ok((Lasting { lasts, begun, written: Instant::now() }, value))
    }

    /// Whether it may be over already, in a store that is off by the tolerance: then what comes next cannot be judged.
    pub(super) fn may_be_over(&self) -> bool {
        self.begun.elapsed() + TOLERANCE >= self.lasts
    }

    /// Waits until it is over, and the tolerance with it.
    pub(super) async fn over(&self) {
        tokio::time::sleep_until((self.written + self.lasts + TOLERANCE).into()).await;
    }

    /// Asks again and again whether it is there: it must be until its time, and must not be after it.
    pub(super) async fn expect_kept_and_forgotten<F: Future<Output = Outcome<bool>>>(
        &self,
        what: &str,
        there: impl Fn() -> F,
    ) -> Outcome {
        let first = self.begun + self.lasts.saturating_sub(TOLERANCE);
        let last = self.written + self.lasts + TOLERANCE;
        loop {
            let asked = Instant::now();
            let there = there().await?;
            if !there && Instant::now() < first {
                return Err(format!("{what}: expected to last {:?}, was forgotten earlier", self.lasts));
            }
            if there && asked > last {
                return Err(format!("{what}: expected to last {:?}, was there longer", self.lasts));
            }
            if !there {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
