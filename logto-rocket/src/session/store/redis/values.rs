//! Durations and hashes as they are written in Redis.

use std::time::Duration;

use crate::session::store::StoreKey;

/// Nothing is kept for longer, whatever is asked: far from what Redis can count.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Redis counts in milliseconds, and refuses to keep anything for none.
pub(super) fn millis(lasts: Duration) -> u64 {
    let nearest = lasts.min(LONGEST).as_micros().div_ceil(1_000);
    u64::try_from(nearest).unwrap_or(u64::MAX).max(1)
}

/// The hash in a name or a record: 64 hexadecimal digits.
pub(super) fn hash_in(digits: &[u8]) -> Option<StoreKey> {
    let mut hash = [0; 32];
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(StoreKey::from_bytes(hash))
}

/// Of a hexadecimal number.
fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shorter_than_a_millisecond_lasts_one() {
        assert_eq!(millis(Duration::ZERO), 1);
        assert_eq!(millis(Duration::from_micros(1_001)), 2);
        assert_eq!(millis(Duration::MAX), 3_153_600_000_000);
    }

    #[test]
    fn a_hash_is_read_as_it_was_written() {
        let key = StoreKey::from_bytes(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(hash_in(key.to_string().as_bytes()), Some(key));
        for foreign in ["", "12", &"g".repeat(64), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(hash_in(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
