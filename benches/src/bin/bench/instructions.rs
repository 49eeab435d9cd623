//! Instructions of a request, counted by callgrind: the same in each run, however busy the machine is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Outcome;

/// Starts programs whose instructions are counted.
#[derive(Clone)]
pub(crate) struct Callgrind {
    valgrind: PathBuf,
    directory: PathBuf,
}

/// Counts the instructions of one process.
pub(crate) struct Counter {
    control: PathBuf,
    /// What it writes is called like this, with a number behind.
    file: PathBuf,
    written: u32,
}

impl Callgrind {
    /// What is counted is kept in `directory`, for `callgrind_annotate`.
    pub(crate) fn new(valgrind: PathBuf, directory: PathBuf) -> Outcome<Self> {
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        Ok(Callgrind { valgrind, directory })
    }

    pub(crate) fn command(&self, program: &Path) -> (Command, Counter) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let file = self.directory.join(format!("server-{number}"));
        let mut command = Command::new(&self.valgrind);
        command
            .args(["--quiet", "--tool=callgrind"])
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(program);
        (command, Counter { control: self.valgrind.with_file_name("callgrind_control"), file, written: 0 })
    }
}

impl Counter {
    /// Starts the count, from zero.
    pub(crate) fn start(&mut self, pid: u32) -> Outcome<()> {
        self.control(pid, "--zero".to_owned())
    }

    /// The instructions since the start. They are kept under this name.
    pub(crate) fn stop(&mut self, pid: u32, name: &str) -> Outcome<f64> {
        self.control(pid, format!("--dump={name}"))?;
        self.written += 1;
        let mut file = self.file.clone().into_os_string();
        file.push(format!(".{}", self.written));
        let dump = fs::read_to_string(&file)?;
        let total =
            dump.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
        let total = total.and_then(|total| total.split(' ').next()).ok_or("no total of callgrind")?;
        fs::rename(&file, self.file.with_file_name(format!("{}.callgrind", name.replace('/', "-"))))?;
        Ok(total.parse()?)
    }

    fn control(&self, pid: u32, argument: String) -> Outcome<()> {
        let output =
            Command::new(&self.control).arg(argument).arg(pid.to_string()).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("callgrind_control: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
