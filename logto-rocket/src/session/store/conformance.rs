//! What every [`SessionStore`] has to pass. Feature `conformance`, for the tests of a store.
//!
//! ```
//! use std::sync::Arc;
//! use logto_rocket::store::{MemoryStore, conformance};
//!
//! #[tokio::test(flavor = "multi_thread")]
//! async fn the_store_conforms() {
//!     conformance::check(Arc::new(MemoryStore::new())).await.assert_passed();
//! }
//! ```
//!
//! Every run has keys of its own: the store need not be empty, and several runs may share it. What a run leaves
//! behind ends within two minutes, apart from a few things that last very long. The checks run side by side, which
//! is a test as well, and take about five seconds, as some wait for something to end. The store needs room for
//! 20 000 sessions. With several threads the races are fiercer.

mod checks;
mod harness;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::SessionStore;
use checks::CHECKS;
use harness::Bench;

/// Longer than any check takes with a store that answers.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What became of the checks.
#[derive(Debug, Clone)]
#[must_use = "a report that nobody reads finds nothing"]
pub struct Report {
    passed: Vec<&'static str>,
    failures: Vec<Failure>,
}

/// A check that a store did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    check: &'static str,
    what: String,
}

impl Failure {
    /// The name of the check: one of [`names`].
    #[must_use]
    pub fn check(&self) -> &'static str {
        self.check
    }

    /// What was expected, and what came.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.what)
    }
}

impl Report {
    /// The names of the checks that were passed.
    #[must_use]
    pub fn passed(&self) -> &[&'static str] {
        &self.passed
    }

    /// What was not passed.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Panics with the list of all failures, if there is one.
    ///
    /// # Panics
    ///
    /// If a check was not passed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failures.is_empty(), "the store does not conform\n{self}");
    }
}

/// The failures, a line each.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} checks passed, {} failed", self.passed.len(), self.failures.len())?;
        self.failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))
    }
}

/// The names of all checks.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|(name, _)| *name)
}

/// Runs all checks, side by side.
pub async fn check(store: Arc<dyn SessionStore>) -> Report {
    run(store, |_| true).await
}

/// Runs the checks with these names, out of [`names`].
pub async fn check_only(store: Arc<dyn SessionStore>, names: &[&str]) -> Report {
    run(store, |name| names.contains(&name)).await
}

async fn run(store: Arc<dyn SessionStore>, wanted: impl Fn(&str) -> bool) -> Report {
    let running: Vec<_> = CHECKS
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, check)| {
            let bench = Bench::new(Arc::clone(&store));
            (*name, tokio::spawn(tokio::time::timeout(TIME_LIMIT, check(bench))))
        })
        .collect();
    let mut report = Report { passed: Vec::new(), failures: Vec::new() };
    for (check, task) in running {
        let what = match task.await {
            Ok(Ok(Ok(()))) => {
                report.passed.push(check);
                continue;
            }
            Ok(Ok(Err(what))) => what,
            Ok(Err(_)) => format!("is not through after {} s", TIME_LIMIT.as_secs()),
            Err(_) => "the store panicked".to_owned(),
        };
        report.failures.push(Failure { check, what });
    }
    report
}
