//! Whether an endpoint is worth asking, and what became of the last calls to it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, UnixTime};
use crate::error::{Unavailable, UnavailableCause};

/// So many failures in a row open the circuit. A single request may make three calls.
const THRESHOLD: u32 = 10;

/// How long nobody asks then. After it one call goes through, and decides for all.
const PAUSE: Duration = Duration::from_secs(5);

/// What a circuit breaker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CircuitState {
    Closed,
    Open,
    HalfOpen,
}

/// The circuit of one endpoint.
pub(super) struct Circuit {
    clock: Clock,
    /// Whether it may hold calls back; else it only keeps the record.
    breaks: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    open_until: Option<UnixTime>,
    probing: bool,
    record: CallRecord,
}

/// The last good and the last bad end of a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CallRecord {
    pub(crate) success: Option<UnixTime>,
    pub(crate) failure: Option<(UnixTime, &'static str)>,
}

/// A call under way. One that is dropped before it ended decides nothing.
pub(super) struct Call<'c> {
    circuit: &'c Circuit,
    probe: bool,
}

impl Circuit {
    pub(super) fn new(clock: Clock, breaks: bool) -> Self {
        Circuit { clock, breaks, state: Mutex::default() }
    }

    /// A call may begin; or not before so long.
    pub(super) fn enter(&self) -> Result<Call<'_>, Duration> {
        let now = self.clock.now();
        let mut state = self.lock();
        let Some(until) = state.open_until else { return Ok(Call { circuit: self, probe: false }) };
        // A pause that is longer than pauses are was begun before the clock was set back.
        if now < until && until <= now.plus(PAUSE) {
            return Err(until.since(now));
        }
        if state.probing {
            return Err(Duration::from_secs(1));
        }
        state.probing = true;
        Ok(Call { circuit: self, probe: true })
    }

    pub(super) fn state(&self) -> CircuitState {
        let state = self.lock();
        match state.open_until {
            None => CircuitState::Closed,
            Some(until) if self.clock.now() < until => CircuitState::Open,
            Some(_) => CircuitState::HalfOpen,
        }
    }

    pub(super) fn record(&self) -> CallRecord {
        self.lock().record
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call<'_> {
    pub(super) fn succeeded(self) {
        let mut state = self.circuit.lock();
        state.record.success = Some(self.circuit.clock.now());
        state.failures = 0;
        if state.open_until.take().is_some() {
            tracing::info!(target: "logto", "Logto is responding again, so calls to it resume");
        }
    }

    pub(super) fn failed(self, unavailable: &Unavailable) {
        let now = self.circuit.clock.now();
        let mut state = self.circuit.lock();
        state.record.failure = Some((now, unavailable.cause.code()));
        if !is_outage(&unavailable.cause) {
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if self.circuit.breaks && (self.probe || state.failures >= THRESHOLD) {
            if state.open_until.is_none() {
                let endpoint = unavailable.endpoint;
                tracing::warn!(target: "logto", "Logto's {endpoint} keeps failing, so calls to it are suspended for {} seconds: {}", PAUSE.as_secs(), unavailable.cause);
            }
            state.open_until = Some(now.plus(PAUSE));
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.circuit.lock().probing = false;
        }
    }
}

/// Whether the endpoint is down, and has not just said something that cannot be used.
fn is_outage(cause: &UnavailableCause) -> bool {
    match cause {
        UnavailableCause::Connect(_) | UnavailableCause::Interrupted(_) | UnavailableCause::Timeout => true,
        UnavailableCause::Status(status) => *status >= 500,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::error::Endpoint;

    fn circuit() -> (Circuit, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(1_000));
        let read = Arc::clone(&seconds);
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(read.load(Ordering::Relaxed)));
        (Circuit::new(clock, true), seconds)
    }

    fn outage() -> Unavailable {
        Unavailable::new(Endpoint::Token, UnavailableCause::Timeout)
    }

    fn fail(circuit: &Circuit, times: u32) {
        for _ in 0..times {
            circuit.enter().expect("a call may begin").failed(&outage());
        }
    }

    #[test]
    fn j34_it_opens_after_so_many_failures_in_a_row() {
        let (circuit, seconds) = circuit();
        fail(&circuit, THRESHOLD - 1);
        circuit.enter().expect("closed").succeeded();
        fail(&circuit, THRESHOLD - 1);
        assert_eq!(circuit.state(), CircuitState::Closed);
        fail(&circuit, 1);
        assert_eq!(circuit.state(), CircuitState::Open);
        assert_eq!(circuit.enter().err(), Some(PAUSE));
        seconds.fetch_add(2, Ordering::Relaxed);
        assert_eq!(circuit.enter().err(), Some(Duration::from_secs(3)));
        assert_eq!(circuit.record().failure, Some((UnixTime(1_000), "timeout")));
    }

    #[test]
    fn j34_one_probe_decides_for_all() {
        let (circuit, seconds) = circuit();
        fail(&circuit, THRESHOLD);
        seconds.fetch_add(5, Ordering::Relaxed);
        assert_eq!(circuit.state(), CircuitState::HalfOpen);
        let probe = circuit.enter().expect("a probe");
        assert!(circuit.enter().is_err(), "one at a time");
        probe.failed(&outage());
        assert_eq!(circuit.state(), CircuitState::Open);
        seconds.fetch_add(5, Ordering::Relaxed);
        // A probe whose request went away leaves its place to the next.
        drop(circuit.enter().expect("a probe"));
        circuit.enter().expect("a probe").succeeded();
        assert_eq!(circuit.state(), CircuitState::Closed);
        fail(&circuit, THRESHOLD - 1);
        assert_eq!(circuit.state(), CircuitState::Closed);
    }

    #[test]
    fn j34_answers_that_cannot_be_used_are_no_outage() {
        let (circuit, _) = circuit();
        for cause in [UnavailableCause::Status(429), UnavailableCause::TooLarge(1)] {
            for _ in 0..THRESHOLD * 2 {
                let unavailable = Unavailable::new(Endpoint::Token, cause.clone());
                circuit.enter().expect("closed").failed(&unavailable);
            }
        }
        assert_eq!(circuit.state(), CircuitState::Closed);
    }

    #[test]
    fn p03_a_clock_that_jumps_back_leaves_no_circuit_open() {
        let (circuit, seconds) = circuit();
        seconds.store(100_000, Ordering::Relaxed);
        fail(&circuit, THRESHOLD);
        seconds.store(1_000, Ordering::Relaxed);
        circuit.enter().expect("a probe").succeeded();
        assert_eq!(circuit.state(), CircuitState::Closed);
    }

    #[test]
    fn a_record_holds_nothing_back() {
        let (circuit, _) = circuit();
        let circuit = Circuit { breaks: false, ..circuit };
        fail(&circuit, THRESHOLD * 3);
        assert_eq!(circuit.state(), CircuitState::Closed);
    }
}
