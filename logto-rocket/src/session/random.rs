//! Random bytes of the operating system's generator.

pub(crate) fn random<const N: usize>() -> [u8; N] {
    #[cfg(test)]
    if let Some(bytes) = seeded::bytes() {
        return bytes;
    }
    let mut bytes = [0; N];
    // aws-lc ends the process rather than hand out bytes that are not random.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    bytes
}

/// For simulations that have to run twice in the same way: what is random on this thread follows from a seed.
#[cfg(test)]
pub(crate) mod seeded {
    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From now on, on this thread; `None` for the operating system's generator.
    pub(crate) fn from(seed: Option<u64>) {
        STATE.set(seed);
    }

    pub(super) fn bytes<const N: usize>() -> Option<[u8; N]> {
        let mut state = STATE.get()?;
        let bytes = std::array::from_fn(|_| next(&mut state).to_le_bytes()[0]);
        STATE.set(Some(state));
        Some(bytes)
    }

    /// SplitMix64: small, and good enough to shuffle events.
    pub(crate) fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
