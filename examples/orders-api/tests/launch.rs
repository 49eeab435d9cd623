//! Runs the program and checks that the address is the last thing that it prints.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A program that ends with its test.
struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(settings: &[(&str, &str)]) -> Program {
        let inherited = std::env::vars().filter(|(name, _)| !name.starts_with("ROCKET_"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_orders-api"))
            .current_dir(std::env::temp_dir())
            .env_clear()
            .envs(inherited)
            .env("ROCKET_CLI_COLORS", "false")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Program { child, output }
    }

    /// The output up to the address, and the address.
    fn launched(&mut self) -> (String, String) {
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it ended: {said}");
            if let Some(address) = line.strip_prefix("  Open ") {
                return (said, address.trim().to_owned());
            }
            said += &line;
        }
    }

    /// The output since then.
    fn rest(mut self) -> String {
        self.child.kill().unwrap();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listens_at(said: &str) -> String {
    let listens = said.lines().find_map(|line| line.split_once("Rocket has launched from http://127.0.0.1:"));
    let (_, port) = listens.unwrap_or_else(|| panic!("Rocket has not said where it listens: {said}"));
    format!("http://localhost:{}", port.trim())
}

/// The tenant's address in the commands.
fn tenant(said: &str) -> String {
    let place = said.split_whitespace().find_map(|word| word.strip_suffix("/oidc/token"));
    place.unwrap_or_else(|| panic!("no command gets a token: {said}")).to_owned()
}

#[test]
fn field_41_the_address_is_printed_last() {
    let mut program = Program::start(&[("ROCKET_PORT", "0")]);
    let (said, address) = program.launched();
    assert_eq!(address, listens_at(&said));
    let (before, commands) = said.split_once("Try it, in another terminal").expect("the commands");
    assert!(before.contains("Rocket has launched"), "the commands come after Rocket's own lines: {said}");
    assert!(commands.contains(&format!("{address}/api/orders")), "{commands}");
    assert!(!commands.contains("http://localhost:8000"), "{commands}");
    assert_eq!(program.rest().trim(), "");
}

/// A second program finds the ports of the first in use, including the tenant's.
#[test]
fn field_41_a_port_in_use_is_skipped() {
    // Bound by this test, unless another process has it.
    let _taken = TcpListener::bind("127.0.0.1:3001");
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = own.local_addr().unwrap().port().to_string();
    let mut program = Program::start(&[("ROCKET_PORT", &port)]);
    let (said, address) = program.launched();
    assert_eq!(address, listens_at(&said));
    assert!(said.contains(&format!("Port {port} is in use; the API uses ")), "{said}");
    assert!(said.contains("Port 3001 is in use; the tenant uses "), "{said}");
    let tenant = tenant(&said);
    assert!(tenant.starts_with("http://localhost:") && tenant != "http://localhost:3001", "{said}");
    assert!(!said.contains("http://localhost:3001"), "no command leads to somebody else's port: {said}");
    let metadata = said.split_whitespace().any(|word| word.starts_with(&format!("{address}/.well-known/")));
    assert!(metadata, "{said}");
}
