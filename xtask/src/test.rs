//! `cargo xtask test`: every check of the repository, on a fresh machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use crate::command::{Failure, Step, Timings};
use crate::tools::{self, Tools};

/// Suites that hold for sessions in cookies and for sessions on the server. Unless told, they use cookies.
const ABOUT_SESSIONS: [&str; 6] = ["flows", "sessions", "tokens", "callback", "attributes", "store_sessions"];

const WITHOUT_SERVERS: &str =
    "logto-rocket/redis,logto-rocket/conformance,logto-rocket/testing,logto-sqlx/sqlite,logto-tests/sqlite";

/// The suites of Node.js in `tests/`.
const NODE_SUITES: [&str; 2] = ["browser", "independent"];

/// Runs all checks, or those that need nothing but Rust.
pub(crate) fn run(root: &Path, everything: bool) -> Result<(), Failure> {
    let begun = Instant::now();
    // First what is missing, so that nobody waits ten minutes to hear of it.
    let tools = if everything { Some(tools::find_or_install()?) } else { None };
    let valkey = if everything { tools::VALKEY.find_or_try_to_install() } else { None };
    let test = Test { root, tools, valkey, timings: Timings::default() };
    // Downloads wait for the network, so they run beside steps that compute. The suites of Node.js run alone: a browser
    // that waits for a processor turns a double click into two visits.
    beside(|| test.node_packages(), || test.lints().and_then(|()| test.build()))?;
    test.suites()?;
    test.suites_with_valkey()?;
    test.newest_rocket()?;
    test.node_suites()?;
    if tools::VALGRIND.find().is_none() {
        println!("\nxtask: valgrind is missing, so the instructions of the hot paths were not counted");
    }
    if everything && test.valkey.is_none() {
        println!(
            "\nxtask: valkey-server is missing, so the tests of Redis ran with Redis alone (Debian has it from version 13 on; VALKEY_SERVER names one)"
        );
    }
    test.timings.print();
    println!("\nxtask: all passed, in {} s", begun.elapsed().as_secs());
    Ok(())
}

/// Runs both at the same time. If both fail, it names both.
fn beside(
    aside: impl FnOnce() -> Result<(), Failure> + Send,
    here: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (aside, here) = thread::scope(|scope| {
        let aside = scope.spawn(aside);
        let here = here();
        (aside.join().unwrap_or_else(|_| Err(Failure::new("a step panicked"))), here)
    });
    match (here, aside) {
        (Err(Failure(one)), Err(Failure(other))) => Err(Failure::new(format!("{one}; {other}"))),
        (here, aside) => here.and(aside),
    }
}

struct Test<'a> {
    root: &'a Path,
    /// Programs other than Rust's, where all checks run.
    tools: Option<Tools>,
    /// A Valkey beside the Redis, where there is one.
    valkey: Option<PathBuf>,
    timings: Timings,
}

impl Test<'_> {
    fn run(&self, step: Step) -> Result<(), Failure> {
        step.run_timed(self.root, &self.timings)
    }

    /// Formatting, lints and documentation: what is checked and not built.
    fn lints(&self) -> Result<(), Failure> {
        self.run(Step::cargo("formatting", ["fmt", "--all", "--check"]))?;
        Step::cargo("formatting of the benchmark", ["fmt", "--check"])
            .run_timed(&self.root.join("benches"), &self.timings)?;
        // With the target named, as trybuild names it: so these steps and trybuild check each dependency once.
        let host = host()?;
        let target = ["--target", host.as_str()];
        self.run(
            Step::cargo("lints", ["clippy", "--workspace", "--all-targets", "--all-features"])
                .arguments(target)
                .arguments(["--", "-D", "warnings"]),
        )?;
        self.run(
            Step::cargo("documentation", ["doc", "--workspace", "--all-features", "--no-deps"])
                .arguments(target)
                .env("RUSTDOCFLAGS", "-D warnings"),
        )?;
        if self.tools.is_some() {
            // In the workspace other packages add features to what it depends on.
            self.run(Step::cargo("the shop by itself", ["check", "-p", "storefront"]).arguments(target))?;
        }
        Ok(())
    }

    /// All features, or all but `redis`, `postgres` and `nginx` of the tests, which want servers. The same for every step: nothing is built
    /// twice.
    fn features(&self) -> &'static [&'static str] {
        if self.tools.is_some() { &["--all-features"] } else { &["--features", WITHOUT_SERVERS] }
    }

    fn build(&self) -> Result<(), Failure> {
        let step = Step::cargo("build of the tests", ["test", "--workspace", "--no-run"]);
        self.run(step.arguments(self.features()))
    }

    fn suites(&self) -> Result<(), Failure> {
        let mut step = Step::cargo("tests", ["test", "--workspace"]).arguments(self.features());
        // Tests wait more than they compute.
        if let Ok(processors) = thread::available_parallelism() {
            step = step.env("RUST_TEST_THREADS", (2 * processors.get()).to_string());
        }
        if let Some(tools) = &self.tools {
            step = step
                .env("REDIS_SERVER", &tools.redis)
                .env("NGINX_SERVER", &tools.nginx)
                .env("POSTGRES_BIN", &tools.postgres);
        }
        self.run(step)?;
        let step = Step::cargo("tests with sessions in memory", ["test", "--workspace", "--test", "it"]);
        self.run(
            step.arguments(self.features())
                .arguments(["--"])
                .arguments(about_sessions(self.root)?)
                .env("TEST_SESSION_STORE", "memory"),
        )
    }

    /// What was tested with Redis, with Valkey.
    fn suites_with_valkey(&self) -> Result<(), Failure> {
        let Some(valkey) = &self.valkey else { return Ok(()) };
        let step = Step::cargo("tests of Redis with Valkey", ["test", "--workspace", "--test", "it"]);
        self.run(
            step.arguments(self.features())
                .arguments(["--", "redis::", "processes::", "--skip", "postgresql", "--skip", "sqlite"])
                .env("REDIS_SERVER", valkey),
        )
    }

    /// The workspace's lock is held at 0.5.1; see tests/newest/Cargo.toml.
    fn newest_rocket(&self) -> Result<(), Failure> {
        let step = Step::cargo("the newest Rocket", ["test", "--manifest-path", "tests/newest/Cargo.toml"]);
        self.run(step.env("CARGO_TARGET_DIR", self.root.join("target")))
    }

    fn node_packages(&self) -> Result<(), Failure> {
        if self.tools.is_none() {
            return Ok(());
        }
        NODE_SUITES.iter().try_for_each(|suite| {
            let name = format!("packages of the {suite} tests");
            Step::new(&name, "npm", ["ci", "--no-audit", "--no-fund"])
                .run_beside(&self.root.join("tests").join(suite), &self.timings)
        })
    }

    /// The suites of Node.js, with the examples that the build of the tests has left.
    fn node_suites(&self) -> Result<(), Failure> {
        let Some(tools) = &self.tools else { return Ok(()) };
        NODE_SUITES.iter().try_for_each(|suite| {
            Step::new(&format!("{suite} tests"), "npm", ["test"])
                .env("STOREFRONT", self.root.join("target/debug/storefront"))
                .env("ORDERS_API", self.root.join("target/debug/orders-api"))
                .env("CHROMIUM", &tools.chromium)
                .run_timed(&self.root.join("tests").join(suite), &self.timings)
        })
    }
}

/// The target that rustc builds for unless told.
fn host() -> Result<String, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "host-tuple"]).output();
    let output = output.map_err(|error| Failure::new(format!("rustc cannot be run: {error}")))?;
    let host = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if host.is_empty() { Err(Failure::new("rustc does not name its host")) } else { Ok(host) }
}

/// The filters that select these suites. A suite that is gone is an error, because a filter that matches nothing passes.
fn about_sessions(root: &Path) -> Result<Vec<String>, Failure> {
    let filter = |suite: &&str| match root.join("tests/tests/it").join(suite).is_dir() {
        true => Ok(format!("{suite}::")),
        false => Err(Failure::new(format!("the suite {suite} is not in tests/tests/it"))),
    };
    ABOUT_SESSIONS.iter().map(filter).collect()
}
