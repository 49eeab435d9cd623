//! `cargo xtask test`: every check of the repository, on a fresh machine.

mod bench;
mod command;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use command::{Failure, Step};

const USAGE: &str = "\
cargo xtask <task>

  test             everything: formatting, lints, tests, documentation, Redis, browser, independent provider
  test --rust      the part that needs nothing but Rust
  bench            what guards cost, to build and to run, against those of others; writes docs/performance.md
  bench --quick    the same in short, which shows that it works; writes target/bench/performance.md
";

/// Suites that hold for sessions in cookies and for sessions on the server. Unless told, they use cookies.
const ABOUT_SESSIONS: [&str; 6] = ["flows", "sessions", "tokens", "callback", "attributes", "store_sessions"];

const WITHOUT_SERVERS: &str = "logto-rocket/redis,logto-rocket/conformance";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test(true),
        ["test", "--rust"] => test(false),
        ["bench"] => root().and_then(|root| bench::run(&root, false)),
        ["bench", "--quick"] => root().and_then(|root| bench::run(&root, true)),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(what)) => {
            eprintln!("\nxtask: {what}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> Result<PathBuf, Failure> {
    let parent = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    parent.map(Path::to_path_buf).ok_or_else(|| Failure::new("the repository has no root"))
}

/// The filters that select these suites. A suite that is gone is an error, because a filter that matches nothing passes.
fn about_sessions(root: &Path) -> Result<Vec<String>, Failure> {
    let filter = |suite: &&str| match root.join("tests/tests/it").join(suite).is_dir() {
        true => Ok(format!("{suite}::")),
        false => Err(Failure::new(format!("the suite {suite} is not in tests/tests/it"))),
    };
    ABOUT_SESSIONS.iter().map(filter).collect()
}

fn test(everything: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or(Failure::new("the repository has no root"))?;
    // First what is missing, so that nobody waits ten minutes to hear of it.
    let tools = if everything { Some(tools::find_or_install()?) } else { None };

    Step::cargo("formatting", ["fmt", "--all", "--check"]).run(root)?;
    Step::cargo("formatting of the benchmark", ["fmt", "--check"]).run(&root.join("benches"))?;
    Step::cargo(
        "lints",
        ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"],
    )
    .run(root)?;
    match &tools {
        Some(tools) => Step::cargo("tests, with Redis", ["test", "--workspace", "--all-features"])
            .env("REDIS_SERVER", &tools.redis)
            .run(root)?,
        // All features but `redis` of the tests, which wants a server.
        None => {
            Step::cargo("tests", ["test", "--workspace", "--features", WITHOUT_SERVERS]).run(root)?;
        }
    }
    // The very features of above: nothing is built again.
    let features: &[&str] =
        if tools.is_some() { &["--all-features"] } else { &["--features", WITHOUT_SERVERS] };
    Step::cargo("tests of sessions, with sessions in memory", ["test", "--workspace", "--test", "it"])
        .arguments(features)
        .arguments(["--"])
        .arguments(about_sessions(root)?)
        .env("TEST_SESSION_STORE", "memory")
        .run(root)?;
    // The workspace's lock is held at 0.5.1; see tests/newest/Cargo.toml.
    Step::cargo("the newest Rocket", ["test", "--manifest-path", "tests/newest/Cargo.toml"])
        .env("CARGO_TARGET_DIR", root.join("target"))
        .run(root)?;
    Step::cargo("documentation", ["doc", "--workspace", "--all-features", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run(root)?;
    if let Some(tools) = tools {
        Step::cargo("the shop", ["build", "-p", "storefront"]).run(root)?;
        let storefront = root.join("target/debug/storefront");
        for suite in ["browser", "independent"] {
            let directory = root.join("tests").join(suite);
            let packages = format!("packages of the {suite} tests");
            Step::new(&packages, "npm", ["ci", "--no-audit", "--no-fund"]).run(&directory)?;
            Step::new(&format!("{suite} tests"), "npm", ["test"])
                .env("STOREFRONT", &storefront)
                .env("CHROMIUM", &tools.chromium)
                .run(&directory)?;
        }
    }
    if tools::VALGRIND.find().is_none() {
        println!("\nxtask: valgrind is missing, so the instructions of the hot paths were not counted");
    }
    println!("\nxtask: all passed, in {} s", begun.elapsed().as_secs());
    Ok(())
}
