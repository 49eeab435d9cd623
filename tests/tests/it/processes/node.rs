//! A process of the application.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use logto_tests::Browser;
use rocket::figment::Figment;
use serde_json::{Value, json};

pub(crate) struct Node {
    process: Running,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
    browser: Browser,
}

/// Ends with this value, whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that may not listen yet.
pub(crate) struct Starting {
    process: Running,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Node {
    /// `store` says what is passed to the fairing, where it is not the settings that name the store.
    pub(crate) fn spawn(figment: &Figment, store: &Value) -> Starting {
        let mut child = Command::new(env!("CARGO_BIN_EXE_logto-test-node"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let settings = json!({ "logto": figment.find_value("logto").unwrap(), "store": store });
        writeln!(input, "{settings}").unwrap();
        Starting { process: Running(child), input, output: BufReader::new(output) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        self.browser.clone()
    }

    /// The same browser, whose next requests happen to come to this process.
    pub(crate) fn opened_by(&self, browser: &Browser) -> Browser {
        self.browser().holding(browser.jar.clone())
    }

    /// Moves its clock.
    pub(crate) fn advance(&mut self, by: Duration) {
        writeln!(self.input, "later {}", by.as_millis()).unwrap();
        assert_eq!(line(&mut self.output), "later");
    }

    /// Ends it from one moment to the next: SIGKILL.
    pub(crate) fn kill(self) {
        drop(self.process);
    }
}

impl Starting {
    pub(crate) fn wait(mut self) -> Node {
        // Rocket logs what happens at launch, such as a warning about the store, whatever its log level is.
        let mut said = line(&mut self.output);
        while !said.is_empty() && !said.starts_with("port ") {
            said = line(&mut self.output);
        }
        let port = said.strip_prefix("port ").and_then(|port| port.parse().ok());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.expect(&said)));
        Node {
            process: self.process,
            input: self.input,
            output: self.output,
            address,
            browser: Browser::reaching(address),
        }
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("what the process says");
    line.trim_end().to_owned()
}
