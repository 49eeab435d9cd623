//! The processes that the example starts. Each ends when its value is dropped.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

use crate::{AS_APP, Outcome};

/// How long a program may take to start, in twentieths of a second.
pub(crate) const START_ATTEMPTS: u32 = 400;

/// A process of the application.
pub(crate) struct App {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    process: Running,
    /// The process runs while this is open.
    _lifeline: ChildStdin,
}

/// A process that is ended with this value.
pub(crate) struct Running(pub(crate) Child);

/// A directory that is removed with this value.
pub(crate) struct Directory(pub(crate) PathBuf);

impl App {
    /// Starts this program as a process of the application.
    /// `postgres` is the address of the database, where sessions are in one.
    pub(crate) fn start(name: &'static str, logto: &Value, postgres: Option<&str>) -> Outcome<App> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(AS_APP)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let process = Running(child);
        let (mut lifeline, output) = input.zip(output).ok_or("a process without input and output")?;
        writeln!(lifeline, "{}", json!({ "name": name, "logto": logto, "postgres": postgres }))?;
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

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Directory {
    /// A directory that only this user may enter.
    pub(crate) fn create() -> Outcome<Directory> {
        let path = std::env::temp_dir().join(format!("logto-cluster-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Directory(path))
    }

    /// The path of a file that holds `content`.
    pub(crate) fn file(&self, name: &str, content: &str) -> Outcome<PathBuf> {
        let path = self.0.join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A leftover temporary directory is not an error.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
