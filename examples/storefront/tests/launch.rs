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
        let mut child = Command::new(env!("CARGO_BIN_EXE_storefront"))
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

#[test]
fn field_41_the_address_is_printed_last() {
    let real = "{endpoint=\"http://localhost:9\",app_id=\"a\",app_secret=\"s\"}";
    for settings in [&[("ROCKET_PORT", "0")][..], &[("ROCKET_PORT", "0"), ("ROCKET_LOGTO", real)]] {
        let mut program = Program::start(settings);
        let (said, address) = program.launched();
        let listens =
            said.lines().find_map(|line| line.split_once("Rocket has launched from http://127.0.0.1:"));
        let (_, port) = listens.unwrap_or_else(|| panic!("Rocket has not said where it listens: {said}"));
        assert_eq!(address, format!("http://localhost:{}", port.trim()));
        assert!(said.contains(&format!("redirect URI {address}/logto/callback")), "{said}");
        assert_eq!(said.contains("alice"), settings.len() == 1, "{said}");
        // A failed call to the tenant may be logged later.
        if settings.len() == 1 {
            assert_eq!(program.rest().trim(), "");
        }
    }
}

#[test]
fn field_41_a_port_in_use_is_skipped() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut program = Program::start(&[("ROCKET_PORT", &port)]);
    let (said, address) = program.launched();
    assert!(said.contains(&format!("Port {port} is in use; the shop uses ")), "{said}");
    assert_ne!(address, format!("http://localhost:{port}"));
    assert!(said.contains(&format!("the shop uses {}.", address.rsplit(':').next().unwrap())), "{said}");
}
