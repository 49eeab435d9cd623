//! Instructions: counted by callgrind, in this very binary, which is not optimised. They are compared with each other
//! and with earlier ones, and say nothing about time.

use std::ffi::OsString;
use std::process::Command;
use std::{env, fs};

use rocket::http::{Header, Status};

use crate::app::{App, request, send_counted};

/// Thousands of instructions that a request takes: of the open route with a session in memory, and what guarded ones
/// add to it.
const OPEN: f64 = 139.0;
const MEMORY: f64 = 88.0;
const COOKIE: f64 = 73.0;
const BEARER: f64 = 326.0;

/// How far a count may be from its number.
const TOLERANCE: f64 = 0.10;

/// Tells the process under valgrind that it is there.
const COUNTED: &str = "COUNTED_BY_CALLGRIND";
const NAME: &str = "instructions::a_guard_takes_as_many_instructions_as_before";
const WARM_UPS: usize = 5;
/// Of each kind. They hardly differ.
const REQUESTS: usize = 3;
/// How many kinds of requests [`send_all`] sends.
const KINDS: usize = 6;

#[test]
fn a_guard_takes_as_many_instructions_as_before() {
    if env::var_os(COUNTED).is_some() {
        return send_all();
    }
    if !Command::new(valgrind()).arg("--version").output().is_ok_and(|output| output.status.success()) {
        // `cargo xtask test` says so too.
        eprintln!("valgrind is missing: instructions are not counted");
        return;
    }
    let [memory_open, memory, bearer_open, bearer, cookie_open, cookie] = count_all();
    assert_near(&[
        ("OPEN", memory_open, OPEN),
        ("MEMORY", memory - memory_open, MEMORY),
        ("BEARER", bearer - bearer_open, BEARER),
        ("COOKIE", cookie - cookie_open, COOKIE),
    ]);
}

fn valgrind() -> OsString {
    env::var_os("VALGRIND").unwrap_or_else(|| "valgrind".into())
}

/// Names all numbers that are wrong at once.
#[track_caller]
fn assert_near(counted: &[(&str, f64, f64)]) {
    let wrong: Vec<String> = counted
        .iter()
        .filter(|(_, counted, number)| (counted - number).abs() > TOLERANCE * number)
        .map(|(what, counted, number)| format!("{what}: {counted:.0} thousand instructions, not {number:.0}"))
        .collect();
    assert!(wrong.is_empty(), "change these numbers if that is right:\n{}", wrong.join("\n"));
}

/// Sends every kind of request, in the process that valgrind watches: it counts inside of [`send_counted`] alone.
fn send_all() {
    let (memory, cookie) = (App::with_sessions_in("memory"), App::with_sessions_in("cookie"));
    let (session, bearer) = (memory.sign_in(), memory.bearer());
    send(&memory, "/open", &session);
    send(&memory, "/guarded", &session);
    send(&memory, "/open", &bearer);
    send(&memory, "/scoped", &bearer);
    let session = cookie.sign_in();
    send(&cookie, "/open", &session);
    send(&cookie, "/guarded", &session);
}

fn send(app: &App, path: &'static str, headers: &[Header<'static>]) {
    for _ in 0..WARM_UPS {
        assert_eq!(request(&app.client, path, headers).dispatch().status(), Status::Ok);
    }
    for _ in 0..REQUESTS {
        send_counted(request(&app.client, path, headers), Status::Ok);
    }
}

/// Thousands of instructions for one request of each kind.
fn count_all() -> [f64; KINDS] {
    let directory = env::temp_dir().join(format!("logto-costs-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let output = Command::new(valgrind())
        .args(["--tool=callgrind", "--toggle-collect=costs::app::send_counted"])
        // Each call is written down on its own, in order: `counts.1` is the first.
        .arg("--dump-after=costs::app::send_counted")
        .arg(format!("--callgrind-out-file={}", directory.join("counts").display()))
        .arg(env::current_exe().expect("this binary"))
        .args(["--exact", NAME])
        .env(COUNTED, "1")
        .output()
        .expect("valgrind");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count = |number: usize| {
        let dump = fs::read_to_string(directory.join(format!("counts.{number}"))).expect("a dump");
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
        total.trim().parse::<f64>().expect("a number") / 1e3
    };
    let counts = std::array::from_fn(|kind| {
        // The fewest, as with allocations.
        (1..=REQUESTS).map(|request| count(kind * REQUESTS + request)).fold(f64::INFINITY, f64::min)
    });
    fs::remove_dir_all(&directory).expect("the directory is there");
    counts
}
