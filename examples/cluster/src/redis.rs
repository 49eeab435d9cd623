//! A Redis of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Outcome;
use crate::processes::{Directory, Running, START_ATTEMPTS};

/// A Redis without persistence.
pub(crate) struct Redis {
    _process: Running,
    socket: PathBuf,
}

impl Redis {
    /// Starts `redis-server`, or the program that `REDIS_SERVER` names. It listens on a socket in the directory, and on
    /// no port.
    pub(crate) async fn start(directory: &Directory) -> Outcome<Redis> {
        let program = std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let child = Command::new(&program)
            .args(["--port", "0", "--unixsocket", "redis.sock", "--unixsocketperm", "700"])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(&directory.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| missing(&program.to_string_lossy(), &error))?;
        let mut process = Running(child);
        let socket = directory.0.join("redis.sock");
        for _ in 0..START_ATTEMPTS {
            if socket.exists() {
                return Ok(Redis { _process: process, socket });
            }
            if let Some(status) = process.0.try_wait()? {
                return Err(format!("{} ended at once ({status})", program.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{} does not listen", program.display()).into())
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

fn missing(program: &str, error: &std::io::Error) -> String {
    format!(
        "This example needs a Redis, and `{program}` cannot be started: {error}.\n\
         Install it (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install \
         redis),\nor name one that you have: REDIS_SERVER=/path/to/valkey-server cargo run -p cluster"
    )
}
