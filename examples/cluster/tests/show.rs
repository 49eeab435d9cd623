//! Runs the example and checks its output.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

fn cluster() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.stdin(Stdio::null());
    command
}

fn output_of(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The process ids that were printed.
fn ids(output: &str) -> Vec<String> {
    let id = |line: &str| Some(line.split_once("process id ")?.1.trim_end_matches(')').to_owned());
    output.lines().filter_map(id).collect()
}

fn is_running(id: &str) -> bool {
    let kill = Command::new("kill").args(["-0", id]).stderr(Stdio::null()).status();
    kill.expect("the program kill").success()
}

/// The server that kept the sessions has a directory of its own, which goes with it.
fn assert_no_store(shown: &str) {
    let names = ["redis+unix://", "?host="];
    let directory = shown.lines().find_map(|line| names.iter().find_map(|name| line.split_once(name)));
    let directory = std::path::Path::new(directory.expect("a store").1).parent().unwrap();
    assert!(!directory.exists(), "{} is still there", directory.display());
}

#[test]
fn h17_i01_i04_every_step_succeeds_with_redis_and_everything_ends() {
    every_step_succeeds(&mut cluster());
}

#[test]
fn h17_i01_i04_every_step_succeeds_with_postgresql_and_everything_ends() {
    every_step_succeeds(cluster().arg("postgres"));
}

fn every_step_succeeds(program: &mut Command) {
    let output = program.output().unwrap();
    let (shown, errors) = output_of(&output);
    assert!(output.status.success(), "{shown}{errors}");
    for fact in [
        "process B recognizes her: 200",
        "sign-ins at the tenant: 1",
        "authorization requests that were pushed: 1",
        "access tokens that it issued for both: 1",
        "processes that responded: A and B",
        "requests that succeeded: 100",
        "access tokens that the tenant issued for them: 1",
        "its request is lost: true",
        "process B responds: 200",
        "token requests: the lost one and another: 2",
        "it recognizes Alice: 200",
        "the language that they ask for: en",
        "what her browser clears: \"cache\"",
        "process A tells her that she is signed out: true",
        "the process that refused it: A",
        "the process that refused it: B",
        "where it says that a sign-in begins: /logto/sign-in?return_to=/me",
        "where her sign-out leads: https://www.example.com/",
        "the copy, at process A: 401",
        "the copy, at process B: 401",
        "refresh tokens that were revoked at the tenant: 1",
        "the tenant asks her to sign in again: true",
        "the sign-in comes back there: true",
        "process A recognizes her: 200",
        "Everything was as expected.",
    ] {
        assert!(shown.lines().any(|line| line.trim() == fact), "{fact}, in\n{shown}");
    }
    let ids = ids(&shown);
    assert_eq!(ids.len(), 3, "A, B, and another A: {shown}");
    for id in ids {
        assert!(!is_running(&id), "process {id} is still there");
    }
    assert_no_store(&shown);
    let key = "one key for all processes";
    assert!(!shown.contains(key) && !errors.contains(key));
}

#[test]
fn without_a_redis_it_says_what_to_do() {
    let output = cluster().env("REDIS_SERVER", "no-such-redis-server").output().unwrap();
    let (_, errors) = output_of(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("apt-get install redis-server") && errors.contains("REDIS_SERVER="), "{errors}");
}

#[test]
fn without_a_postgresql_it_says_what_to_do() {
    let output = cluster().arg("postgres").env("POSTGRES_BIN", "/no/such/directory").output().unwrap();
    let (_, errors) = output_of(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("apt-get install postgresql") && errors.contains("POSTGRES_BIN="), "{errors}");
}

#[test]
fn an_unknown_argument_is_answered_with_the_known_ones() {
    let output = cluster().arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output_of(&output).1.contains("--stay"));
}

#[test]
fn with_stay_it_runs_until_it_is_stopped() {
    stay_until("-INT", &[]);
    stay_until("-TERM", &["postgres"]);
}

fn stay_until(signal: &str, arguments: &[&str]) {
    let mut child = cluster().args(arguments).arg("--stay").stdout(Stdio::piped()).spawn().unwrap();
    let mut shown = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    for line in &mut lines {
        shown += &format!("{line}\n");
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    let port = shown.split_once("Open http://localhost:").unwrap().1.split_once(' ').unwrap().0;
    let mut answered = BTreeSet::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answered.insert(answer.split_once("<p>Process ").expect(&answer).1[..1].to_owned());
    }
    assert_eq!(answered, ["A", "B"].map(str::to_owned).into());
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    assert!(child.wait().unwrap().success());
    for id in ids(&shown) {
        assert!(!is_running(&id), "process {id} is still there");
    }
    assert_no_store(&shown);
}
