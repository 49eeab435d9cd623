//! Starting and stopping the servers.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;

/// A million sessions take their time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the programs of the servers are.
pub(crate) struct Programs {
    binaries: PathBuf,
    node: Option<PathBuf>,
    node_directory: Option<PathBuf>,
}

impl Programs {
    /// The servers that were built together with this program, and those for Node.js.
    pub(crate) fn beside_this(node: Option<PathBuf>, node_directory: Option<PathBuf>) -> Outcome<Self> {
        let this = std::env::current_exe()?;
        let binaries = this.parent().ok_or("this program has no directory")?.to_path_buf();
        Ok(Programs { binaries, node, node_directory })
    }

    pub(crate) fn start(&self, name: &str, settings: &Value) -> Outcome<Server> {
        Server::start(Command::new(self.binaries.join(name)), settings)
    }

    /// `None` where there is no Node.js, which is known to be missing then.
    pub(crate) fn start_node(&self, script: &str, settings: &Value) -> Option<Outcome<Server>> {
        let mut command = Command::new(self.node.as_ref()?);
        command.arg(script).current_dir(self.node_directory.as_ref()?).env("NODE_ENV", "production");
        Some(Server::start(command, settings))
    }
}

/// A process that was given its settings, and ends with this value.
pub(crate) struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    address: SocketAddr,
}

impl Server {
    fn start(mut command: Command, settings: &Value) -> Outcome<Server> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut input = child.stdin.take().ok_or("no input")?;
        let output = child.stdout.take().ok_or("no output")?;
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        writeln!(input, "{settings}")?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Server { child, input: Some(input), lines, address: nowhere };
        loop {
            let line = server.line()?;
            if let Some(address) = line.strip_prefix("listening ") {
                server.address = address.parse()?;
                return Ok(server);
            }
            if line == "ready" {
                return Ok(server);
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Writes a line to the process and reads the next that it writes.
    pub(crate) fn ask(&mut self, line: &str) -> Outcome<String> {
        writeln!(self.input.as_mut().ok_or("the process has no input")?, "{line}")?;
        self.line()
    }

    fn line(&mut self) -> Outcome<String> {
        self.lines.recv_timeout(PATIENCE).map_err(|_| "the server ended, or said nothing for too long".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input is the end of the server. One that does not listen is ended.
        drop(self.input.take());
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
