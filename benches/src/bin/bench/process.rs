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
use crate::instructions::{Callgrind, Counter};

/// A million sessions take their time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the programs of the servers are.
pub(crate) struct Programs {
    binaries: PathBuf,
    node: Option<PathBuf>,
    node_directory: Option<PathBuf>,
    /// Counts the instructions of what is started.
    callgrind: Option<Callgrind>,
}

impl Programs {
    /// The servers that were built together with this program, and those for Node.js.
    pub(crate) fn beside_this(node: Option<PathBuf>, node_directory: Option<PathBuf>) -> Outcome<Self> {
        let this = std::env::current_exe()?;
        let binaries = this.parent().ok_or("this program has no directory")?.to_path_buf();
        Ok(Programs { binaries, node, node_directory, callgrind: None })
    }

    /// The same programs, with their instructions counted. Those for Node.js compile while they run, so they are not
    /// among them.
    pub(crate) fn counted(&self, callgrind: Callgrind) -> Self {
        Programs {
            binaries: self.binaries.clone(),
            node: None,
            node_directory: None,
            callgrind: Some(callgrind),
        }
    }

    pub(crate) fn start(&self, name: &str, settings: &Value) -> Outcome<Server> {
        let program = self.binaries.join(name);
        match &self.callgrind {
            None => Server::start(Command::new(program), settings),
            Some(callgrind) => {
                let (command, counter) = callgrind.command(&program);
                let mut server = Server::start(command, settings)?;
                server.counter = Some(counter);
                Ok(server)
            }
        }
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
    counter: Option<Counter>,
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
        let mut server = Server { child, input: Some(input), lines, address: nowhere, counter: None };
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

    /// Counts the server's instructions, where they are counted.
    pub(crate) fn counter(&mut self) -> Option<(u32, &mut Counter)> {
        let pid = self.pid();
        self.counter.as_mut().map(|counter| (pid, counter))
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
