//! Running other programs, and how long each took.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

    /// The very cargo that runs this task. It keeps no data for incremental builds unless `CARGO_INCREMENTAL` asks for it:
    /// in a fresh clone they take as much disk space as all else together, and a run that builds everything once has no
    /// use for them.
    pub(crate) fn cargo<const N: usize>(name: &str, arguments: [&str; N]) -> Self {
        let step = Step::new(name, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments);
        match std::env::var_os("CARGO_INCREMENTAL") {
            Some(_) => step,
            None => step.env("CARGO_INCREMENTAL", "0"),
        }
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
        self.run_timed(directory, &Timings::default())
    }

    /// Runs the step, and notes how long it took.
    pub(crate) fn run_timed(self, directory: &Path, timings: &Timings) -> Result<(), Failure> {
        println!("\n== {}", self.name);
        let begun = Instant::now();
        let status = self.command(directory).status().map_err(|error| self.not_run(&error))?;
        self.ended(status, begun.elapsed(), timings)
    }

    /// The same, for a step that runs beside others: its output is printed when it has ended, in one piece.
    pub(crate) fn run_beside(self, directory: &Path, timings: &Timings) -> Result<(), Failure> {
        let begun = Instant::now();
        let output = self.command(directory).output().map_err(|error| self.not_run(&error))?;
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        println!("\n== {}, run beside other steps\n{stdout}{stderr}", self.name);
        self.ended(output.status, begun.elapsed(), timings)
    }

    fn command(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.program);
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(&self.arguments).envs(environment).current_dir(directory);
        command
    }

    fn not_run(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("{}: {} cannot be run: {error}", self.name, self.program.display()))
    }

    fn ended(self, status: ExitStatus, took: Duration, timings: &Timings) -> Result<(), Failure> {
        if !status.success() {
            return Err(Failure::new(format!("{} failed ({status})", self.name)));
        }
        println!("== {}: {} s", self.name, took.as_secs());
        timings.0.lock().unwrap_or_else(PoisonError::into_inner).push((self.name, took));
        Ok(())
    }
}

/// How long each step took.
#[derive(Default)]
pub(crate) struct Timings(Mutex<Vec<(String, Duration)>>);

impl Timings {
    pub(crate) fn print(&self) {
        println!();
        for (name, took) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            println!("{:>5} s  {name}", took.as_secs());
        }
    }
}
