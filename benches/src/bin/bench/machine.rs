//! Where it was measured.

use std::fs;
use std::process::Command;
use std::time::Duration;

use logto_benches::cpu;

/// The machine, and how busy it was with other things.
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) kernel: String,
    pub(crate) rustc: String,
    pub(crate) commit: String,
    pub(crate) day: String,
    /// The share of all processors' time that others took before the run.
    pub(crate) busy: f64,
}

impl Machine {
    pub(crate) fn look() -> Machine {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
        Machine {
            processor: model
                .map_or_else(String::new, |model| model.trim_matches([' ', '\t', ':']).to_owned()),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: first_line("uname", &["-sr"]),
            rustc: first_line("rustc", &["--version"]),
            commit: first_line("git", &["describe", "--always", "--dirty"]),
            day: first_line("date", &["-u", "+%Y-%m-%d"]),
            busy: cpu::busy_share(Duration::from_secs(2)).unwrap_or(f64::NAN),
        }
    }
}

/// What a program says; empty where there is no such program.
fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
