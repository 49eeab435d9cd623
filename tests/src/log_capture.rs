//! Everything that a process logs, at every level.

use std::sync::{Mutex, Once, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

static LOG_CAPTURE: LogCapture = LogCapture { lines: Mutex::new(Vec::new()) };
static LISTENING: Once = Once::new();

/// A logger that keeps every line of its process: of the library, of Rocket, of the HTTP client.
#[derive(Debug)]
pub struct LogCapture {
    lines: Mutex<Vec<Line>>,
}

/// One line that was logged.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which crate or module says it.
    pub target: String,
    /// How loud.
    pub level: log::Level,
    /// What it says.
    pub text: String,
}

impl LogCapture {
    /// Listens from now on; the same logger for every caller of the process.
    pub fn listen() -> &'static LogCapture {
        // Once, and waited for by all: a level that is set a moment later loses lines of another test.
        LISTENING.call_once(|| {
            // Rocket leaves a logger alone that is there before it, and its level too.
            if log::set_logger(&LOG_CAPTURE).is_ok() {
                log::set_max_level(LevelFilter::Trace);
            }
        });
        &LOG_CAPTURE
    }

    /// What was logged so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether one line holds all of these texts.
    pub fn heard(&self, texts: &[&str]) -> bool {
        self.lines().iter().any(|line| texts.iter().all(|text| line.text.contains(text)))
    }
}

impl Log for LogCapture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = Line {
            target: record.target().to_owned(),
            level: record.level(),
            text: record.args().to_string(),
        };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}
