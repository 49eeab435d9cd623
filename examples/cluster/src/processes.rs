//! The processes that the example starts. Each ends when its value is dropped.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{AS_APP, Outcome};

/// How long a program may take to start, in twentieths of a second.
const START_ATTEMPTS: u32 = 400;

/// A process of the application.
pub(crate) struct App {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    process: Running,
    /// The process runs while this is open.
    _lifeline: ChildStdin,
}

/// A Redis without persistence, in a directory of its own.
pub(crate) struct Redis {
    _process: Running,
    directory: Directory,
}

struct Running(Child);

struct Directory(PathBuf);

impl App {
    /// Starts this program as a process of the application.
    pub(crate) fn start(name: &'static str, logto: &Value) -> Outcome<App> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(AS_APP)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let process = Running(child);
        let (mut lifeline, output) = input.zip(output).ok_or("a process without input and output")?;
        writeln!(lifeline, "{}", json!({ "name": name, "logto": logto }))?;
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port)?;
        let port: u16 = port.trim().parse().map_err(|_| format!("process {name} did not start"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(App { name, address, process, _lifeline: lifeline })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Ends the process with SIGKILL.
    pub(crate) fn kill(self) {
        drop(self.process);
    }
}

impl Redis {
    /// Starts `redis-server`, or the program that `REDIS_SERVER` names. It listens on a socket in a directory that
    /// only this user may enter, and on no port.
    pub(crate) async fn start() -> Outcome<Redis> {
        let directory = Directory::create()?;
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
        for _ in 0..START_ATTEMPTS {
            if directory.0.join("redis.sock").exists() {
                return Ok(Redis { _process: process, directory });
            }
            if let Some(status) = process.0.try_wait()? {
                return Err(format!("{} ended at once ({status})", program.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{} does not listen", program.display()).into())
    }

    /// The path of a file that holds `content`. It goes with Redis.
    pub(crate) fn file(&self, name: &str, content: &str) -> Outcome<PathBuf> {
        let path = self.directory.0.join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}", self.directory.0.join("redis.sock").display())
    }
}

fn missing(program: &str, error: &std::io::Error) -> String {
    format!(
        "This example needs a Redis, and `{program}` cannot be started: {error}.\n\
         Install it (Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install \
         redis),\nor name one that you have: REDIS_SERVER=/path/to/valkey-server cargo run -p cluster"
    )
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Directory {
    fn create() -> Outcome<Directory> {
        let path = std::env::temp_dir().join(format!("logto-cluster-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Directory(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A leftover temporary directory is not an error.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
