//! The store: what a call means in statements. It is the same for both databases.

use logto_rocket::store::{Found, StoreError, StoreKey, StoredSession};

use crate::lengths;
use crate::statements::SESSION;

/// The parameter of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Parameter<'a> {
    Bytes(&'a [u8]),
    /// Bytes, or `NULL`.
    Perhaps(Option<&'a [u8]>),
    Number(i64),
    Keys(&'a [StoreKey]),
}

/// A row of `load`: state, version, sealed, subject, `sid`, and the microseconds that are left.
pub(crate) type Row = (i16, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>, i64);

pub(crate) fn found(row: Option<Row>) -> Result<Found, StoreError> {
    let (state, version, sealed, subject, sid, left) = match row {
        None => return Ok(Found::Nothing),
        Some((state, ..)) if state != SESSION => return Ok(Found::Ended),
        Some(row) => row,
    };
    debug_assert_eq!(state, SESSION);
    let (version, sealed, subject) =
        (version.ok_or_else(foreign)?, sealed.ok_or_else(foreign)?, subject.ok_or_else(foreign)?);
    Ok(Found::Session(StoredSession {
        version: version.cast_unsigned(),
        sealed: sealed.into(),
        subject: key(&subject)?,
        sid: sid.as_deref().map(key).transpose()?,
        lasts: lengths::left(left),
    }))
}

/// A key, as it is in a column.
pub(crate) fn key(bytes: &[u8]) -> Result<StoreKey, StoreError> {
    bytes.try_into().map(StoreKey::from_bytes).map_err(|_| foreign())
}

pub(crate) const FOREIGN: &str = "a row of its tables was not written by this crate";

pub(crate) fn foreign() -> StoreError {
    StoreError::new(FOREIGN)
}

pub(crate) fn taken() -> StoreError {
    StoreError::new("there is a session or a tombstone under the key of a new session")
}

/// Implements `SessionStore` for a type that has `change`, which runs a statement and counts the rows that it
/// changed, and `rows`, which returns those that it read.
macro_rules! session_store {
    ($store:ty) => {
        #[async_trait::async_trait]
        impl ::logto_rocket::store::SessionStore for $store {
            async fn insert(&self, key: &StoreKey, session: &StoredSession) -> Result<(), StoreError> {
                let parameters = [
                    Parameter::Bytes(key.as_bytes()),
                    Parameter::Number(session.version.cast_signed()),
                    Parameter::Bytes(&session.sealed),
                    Parameter::Bytes(session.subject.as_bytes()),
                    Parameter::Perhaps(session.sid.as_ref().map(|sid| sid.as_bytes().as_slice())),
                    Parameter::Number(lengths::micros(session.lasts)),
                ];
                match self.change(&self.statements().insert, &parameters).await? {
                    0 => Err($crate::session_store::taken()),
                    _ => Ok(()),
                }
            }

            async fn load(&self, key: &StoreKey) -> Result<Found, StoreError> {
                let parameters = [Parameter::Bytes(key.as_bytes())];
                let mut rows: Vec<Row> = self.rows(&self.statements().load, &parameters).await?;
                found(rows.pop())
            }

            async fn replace(
                &self,
                key: &StoreKey,
                expected: u64,
                session: &StoredSession,
            ) -> Result<Replaced, StoreError> {
                let parameters = [
                    Parameter::Bytes(key.as_bytes()),
                    Parameter::Number(expected.cast_signed()),
                    Parameter::Number(session.version.cast_signed()),
                    Parameter::Bytes(&session.sealed),
                    Parameter::Number(lengths::micros(session.lasts)),
                ];
                if self.change(&self.statements().replace, &parameters).await? > 0 {
                    return Ok(Replaced::Done);
                }
                // Nothing was written, which is settled. A second statement asks why, and sees what was written by
                // whoever was faster.
                let parameters = [Parameter::Bytes(key.as_bytes())];
                let there: Vec<(i16,)> = self.rows(&self.statements().is_there, &parameters).await?;
                Ok(if there.is_empty() { Replaced::Gone } else { Replaced::Conflict })
            }

            async fn remove(&self, key: &StoreKey, remember: Duration) -> Result<bool, StoreError> {
                let parameters =
                    [Parameter::Bytes(key.as_bytes()), Parameter::Number(lengths::micros(remember))];
                let state: Vec<(i16,)> = self.written(&self.statements().remove, &parameters).await?;
                Ok(state.contains(&($crate::statements::TOMBSTONE_OF_SESSION,)))
            }

            async fn of_subject(&self, subject: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
                self.keys(&self.statements().of_subject, subject).await
            }

            async fn of_sid(&self, sid: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
                self.keys(&self.statements().of_sid, sid).await
            }

            async fn lease(
                &self,
                key: &StoreKey,
                holder: &Holder,
                lasts: Duration,
            ) -> Result<bool, StoreError> {
                let parameters = [
                    Parameter::Bytes(key.as_bytes()),
                    Parameter::Bytes(holder.as_bytes()),
                    Parameter::Number(lengths::micros(lasts)),
                ];
                Ok(self.change(&self.statements().lease, &parameters).await? > 0)
            }

            async fn release(&self, key: &StoreKey, holder: &Holder) -> Result<(), StoreError> {
                let parameters = [Parameter::Bytes(key.as_bytes()), Parameter::Bytes(holder.as_bytes())];
                self.change(&self.statements().release, &parameters).await.map(drop)
            }

            async fn claim(&self, key: &StoreKey, lasts: Duration) -> Result<bool, StoreError> {
                let parameters =
                    [Parameter::Bytes(key.as_bytes()), Parameter::Number(lengths::micros(lasts))];
                Ok(self.change(&self.statements().claim, &parameters).await? > 0)
            }

            async fn mark(&self, key: &StoreKey, value: i64, lasts: Duration) -> Result<(), StoreError> {
                let parameters = [
                    Parameter::Bytes(key.as_bytes()),
                    Parameter::Number(value),
                    Parameter::Number(lengths::micros(lasts)),
                ];
                self.change(&self.statements().mark, &parameters).await.map(drop)
            }

            async fn marks(&self, keys: &[StoreKey]) -> Result<Vec<Option<i64>>, StoreError> {
                if keys.is_empty() {
                    return Ok(Vec::new());
                }
                let rows: Vec<(Vec<u8>, i64)> =
                    self.rows(&self.statements().marks, &[Parameter::Keys(keys)]).await?;
                let found: HashMap<Vec<u8>, i64> = rows.into_iter().collect();
                Ok(keys.iter().map(|key| found.get(key.as_bytes().as_slice()).copied()).collect())
            }

            async fn inspect(&self) -> Result<StoreInspection, StoreError> {
                self.inspection().await
            }
        }

        impl $store {
            async fn keys(&self, statement: &Statement, of: &StoreKey) -> Result<Vec<StoreKey>, StoreError> {
                let rows: Vec<(Vec<u8>,)> = self.rows(statement, &[Parameter::Bytes(of.as_bytes())]).await?;
                rows.iter().map(|(bytes,)| $crate::session_store::key(bytes)).collect()
            }
        }
    };
}

pub(crate) use session_store;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_session_is_an_error() {
        let hash = || Some(vec![1; 32]);
        let whole: Row = (SESSION, Some(-1), Some(vec![]), hash(), None, 5);
        let read = found(Some(whole.clone())).expect("a session");
        assert!(matches!(read, Found::Session(session) if session.version == u64::MAX));
        for row in [
            (SESSION, None, whole.2.clone(), hash(), None, 5),
            (SESSION, Some(1), None, hash(), None, 5),
            (SESSION, Some(1), whole.2.clone(), None, None, 5),
            (SESSION, Some(1), whole.2.clone(), Some(vec![1; 31]), None, 5),
            (SESSION, Some(1), whole.2.clone(), hash(), Some(vec![1; 33]), 5),
        ] {
            let error = found(Some(row)).expect_err("foreign").to_string();
            assert!(error.contains("was not written by this crate"), "{error}");
        }
    }

    #[test]
    fn a_tombstone_is_one_whatever_it_replaced() {
        for state in [1, 2] {
            assert_eq!(found(Some((state, None, None, None, None, 5))).ok(), Some(Found::Ended));
        }
        assert_eq!(found(None).ok(), Some(Found::Nothing));
    }
}
