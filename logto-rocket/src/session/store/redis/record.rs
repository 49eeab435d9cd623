//! What is written under a session's key: one string, so that one `GET` has all of it.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | `S`; a tombstone is `E` and nothing behind it |
//! | 20 | the version, in decimal digits |
//! | 16 | how many milliseconds it was to last when it was written, in decimal digits |
//! | 64 | the subject's hash, in hexadecimal digits |
//! | 64 | the hash of the `sid`, or as many hyphens |
//! | the rest | the session, sealed |

use std::time::Duration;

use bytes::{Buf, Bytes};

use super::values::{hash_in, millis};
use crate::session::store::{Found, StoredSession};

const SESSION: u8 = b'S';
const TOMBSTONE: &[u8] = b"E";
const VERSION: usize = 20;
const LASTS: usize = 16;
const HASH: usize = 64;
const HEADER: usize = 1 + VERSION + LASTS + 2 * HASH;
const NO_SID: [u8; HASH] = [b'-'; HASH];

pub(super) fn write(session: &StoredSession) -> Vec<u8> {
    let mut record = Vec::with_capacity(HEADER + session.sealed.len());
    record.extend(beginning(session.version).into_bytes());
    record.extend(format!("{:0LASTS$}", millis(session.lasts)).into_bytes());
    record.extend(session.subject.hex());
    record.extend(session.sid.map_or(NO_SID, |sid| sid.hex()));
    record.extend(&session.sealed);
    record
}

/// What the record of this version begins with.
pub(super) fn beginning(version: u64) -> String {
    format!("{}{version:0VERSION$}", char::from(SESSION))
}

/// What the record says; `None` if it makes no sense.
pub(super) fn read(record: Option<Vec<u8>>) -> Option<Found> {
    let Some(record) = record else { return Some(Found::Nothing) };
    if record == TOMBSTONE {
        return Some(Found::Ended);
    }
    let mut sealed = Bytes::from(record);
    let header = sealed.get(..HEADER)?;
    let rest = header.strip_prefix(&[SESSION])?;
    let (version, rest) = rest.split_at(VERSION);
    let (lasts, rest) = rest.split_at(LASTS);
    let (subject, sid) = rest.split_at(HASH);
    let session = |sealed| {
        Some(StoredSession {
            version: number_in(version)?,
            sealed,
            subject: hash_in(subject)?,
            sid: if sid == NO_SID { None } else { Some(hash_in(sid)?) },
            lasts: Duration::from_millis(number_in(lasts)?),
        })
    };
    let session = session(Bytes::new())?;
    sealed.advance(HEADER);
    Some(Found::Session(StoredSession { sealed, ..session }))
}

fn number_in(digits: &[u8]) -> Option<u64> {
    let are_digits = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| are_digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::store::StoreKey;

    fn session(sid: Option<StoreKey>) -> StoredSession {
        StoredSession {
            version: u64::MAX,
            sealed: Bytes::from_static(b"sealed\0\xff"),
            subject: StoreKey::from_bytes([0x1f; 32]),
            sid,
            lasts: Duration::from_millis(86_400_001),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for sid in [None, Some(StoreKey::from_bytes([0xe0; 32]))] {
            let session = session(sid);
            assert_eq!(read(Some(write(&session))), Some(Found::Session(session)));
        }
        assert_eq!(read(Some(TOMBSTONE.to_vec())), Some(Found::Ended));
        assert_eq!(read(None), Some(Found::Nothing));
        assert!(write(&session(None)).starts_with(beginning(u64::MAX).as_bytes()));
        let longest = StoredSession { lasts: Duration::MAX, ..session(None) };
        assert!(matches!(read(Some(write(&longest))), Some(Found::Session(_))));
    }

    #[test]
    fn h16_what_is_no_record_is_told_from_one() {
        let whole = write(&session(None));
        assert_eq!(read(Some(Vec::new())), None);
        for length in 1..HEADER {
            assert_eq!(read(Some(whole[..length].to_vec())), None, "{length} bytes");
        }
        for (at, foreign) in (0..HEADER).flat_map(|at| [(at, b'+'), (at, b'x'), (at, 0xff), (at, b' ')]) {
            let mut damaged = whole.clone();
            damaged[at] = foreign;
            assert_eq!(read(Some(damaged)), None, "{foreign} at {at}");
        }
    }
}
