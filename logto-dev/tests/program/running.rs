//! The program in a process of its own.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const EXAMPLE: &str = include_str!("../../src/bin/logto-dev/example.toml");

/// A directory of one test, which is removed at its end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("program-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("tenant.toml")
    }

    /// Replaces the file as an editor does: by renaming another one.
    pub(crate) fn write(&self, content: &str) {
        let new = self.0.join("tenant.toml.new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, self.file()).unwrap();
    }

    /// Empties the file and writes to it, as a shell does.
    pub(crate) fn overwrite(&self, content: &str) {
        std::fs::write(self.file(), content).unwrap();
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logto-dev"));
    command.stdin(Stdio::null());
    command
}

/// What the program has written so far.
#[derive(Clone, Default)]
pub(crate) struct Written {
    text: Arc<(Mutex<String>, Condvar)>,
}

impl Written {
    fn of(source: impl Read + Send + 'static) -> Self {
        let written = Self::default();
        let reader = written.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                let (text, changed) = &*reader.text;
                let mut text = text.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
                changed.notify_all();
            }
        });
        written
    }

    /// Waits until the program has written this. Returns all that it has written.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        self.wait_for_times(part, 1)
    }

    /// The same for what is written several times.
    pub(crate) fn wait_for_times(&self, part: &str, times: usize) -> String {
        let (text, changed) = &*self.text;
        let text = text.lock().unwrap();
        let is_missing = |text: &mut String| text.matches(part).count() < times;
        let (text, waited) = changed.wait_timeout_while(text, PATIENCE, is_missing).unwrap();
        assert!(!waited.timed_out(), "{part:?} is not {times} times in:\n{text}");
        text.clone()
    }
}

pub(crate) struct Program {
    child: Child,
    /// Its end stops the program, also when this process is killed.
    stdin: Option<ChildStdin>,
    pub(crate) output: Written,
    pub(crate) errors: Written,
    pub(crate) endpoint: String,
    pub(crate) directory: Directory,
}

impl Program {
    /// A tenant on a port that the system picks.
    pub(crate) fn start(file: &str) -> Self {
        Self::start_with(&[], file)
    }

    /// The same with more arguments.
    pub(crate) fn start_with(arguments: &[&str], file: &str) -> Self {
        let directory = Directory::new();
        directory.write(file);
        let mut command = command();
        command.args(["--port", "0", "--until-stdin-closes"]).args(arguments).arg(directory.file());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let output = Written::of(child.stdout.take().unwrap());
        let errors = Written::of(child.stderr.take().unwrap());
        let begun = output.wait_for("/dev/\n");
        let endpoint =
            begun.split_once("The tenant is at ").unwrap().1.split_once(". ").unwrap().0.to_owned();
        Self { child, stdin, output, errors, endpoint, directory }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.endpoint)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Closes the standard input.
    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
