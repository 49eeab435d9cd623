//! Running other programs, one step after the other.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Why the task stopped.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Failure(what.into())
    }
}

/// One program to run, with a name for people.
pub(crate) struct Step {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Step {
    pub(crate) fn new<const N: usize>(
        name: &str,
        program: impl Into<OsString>,
        arguments: [&str; N],
    ) -> Self {
        Step {
            name: name.to_owned(),
            program: program.into(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Vec::new(),
        }
    }

    /// The very cargo that runs this task.
    pub(crate) fn cargo<const N: usize>(name: &str, arguments: [&str; N]) -> Self {
        Step::new(name, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
    }

    pub(crate) fn arguments(mut self, more: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(more.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn run(self, directory: &Path) -> Result<(), Failure> {
        println!("\n== {}", self.name);
        let begun = Instant::now();
        let status = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.environment)
            .current_dir(directory)
            .status()
            .map_err(|error| {
                Failure::new(format!("{}: {} cannot be run: {error}", self.name, self.program.display()))
            })?;
        if !status.success() {
            return Err(Failure::new(format!("{} failed ({status})", self.name)));
        }
        println!("== {}: {} s", self.name, begun.elapsed().as_secs());
        Ok(())
    }
}
