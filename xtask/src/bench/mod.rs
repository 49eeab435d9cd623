//! `cargo xtask bench`: what guards cost, to build and to run.
//!
//! The servers that are compared, and the program that compares them, are in `benches/`.

mod build_cost;
mod json;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{Failure, Step};
use crate::tools::{NODE, NPM, REDIS, Tool, VALGRIND, WRK, find_or_install_postgres};
use json::{object, string};

/// Candidates that run on Node.js.
const ON_NODE: [&str; 3] = ["logto_express", "logto_next", "express_jose"];

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything. The report goes to `docs`.
    Whole,
    /// Each candidate for a moment. The report says little, so it goes to `target/bench`.
    Quick,
    /// The instructions of a request. They are printed, and there is no report.
    Instructions,
}

/// Measures, and writes the report.
pub(crate) fn run(root: &Path, extent: Extent) -> Result<(), Failure> {
    let (quick, instructions_only) = (extent == Extent::Quick, extent == Extent::Instructions);
    let mut missing = Vec::new();
    let wrk = match instructions_only {
        true => None,
        false => find(WRK, "everything at run time", &mut missing),
    };
    let valgrind = match instructions_only {
        true => Some(VALGRIND.find_or_install()?),
        false => find(VALGRIND, "instructions", &mut missing),
    };
    let redis = find(REDIS, "redis", &mut missing);
    let postgres = find_or_install_postgres()
        .map_err(|Failure(why)| missing.push(("postgres", format!("postgresql: {why}"))))
        .ok();
    let node = match instructions_only {
        true => None,
        false => prepare_node(&root.join("benches/node"), &mut missing),
    };

    let target = root.join("target/benches");
    Step::cargo("the servers to compare", ["build", "--release", "--locked"])
        .env("CARGO_TARGET_DIR", &target)
        .run(&root.join("benches"))?;
    let build = match instructions_only {
        true => "null".to_owned(),
        false => build_cost::run(root, quick)?,
    };

    let output = root.join(if quick { "target/bench" } else { "docs" });
    let path = |path: Option<&Path>| {
        path.map_or_else(|| "null".to_owned(), |path| string(&path.display().to_string()))
    };
    let settings = object([
        ("wrk", path(wrk.as_deref())),
        ("valgrind", path(valgrind.as_deref())),
        ("redis", path(redis.as_deref())),
        ("postgres", path(postgres.as_deref())),
        ("node", path(node.as_deref())),
        ("node_directory", path(Some(&root.join("benches/node")))),
        ("missing", object(missing.iter().map(|(name, why)| (*name, string(why))))),
        ("build", build),
        ("output", path(Some(&output))),
        ("callgrind_output", path(Some(&root.join("target/bench/callgrind")))),
        ("quick", quick.to_string()),
        ("instructions_only", instructions_only.to_string()),
    ]);
    println!("\n== what guards cost");
    compare(root, &target.join("release/bench"), &settings)?;
    if !instructions_only {
        println!("written: {0}/performance.md, {0}/performance.json", output.display());
    }
    Ok(())
}

fn find(tool: Tool, what: &'static str, missing: &mut Vec<(&'static str, String)>) -> Option<PathBuf> {
    tool.find_or_install()
        .map_err(|Failure(why)| missing.push((what, format!("{}: {why}", tool.package))))
        .ok()
}

/// Node.js, with what runs on it installed and built.
fn prepare_node(directory: &Path, missing: &mut Vec<(&'static str, String)>) -> Option<PathBuf> {
    let packages = || {
        let node = NODE.find_or_install()?;
        let npm = NPM.find_or_install()?;
        Step::new("packages of the servers on Node.js", npm, ["ci", "--no-audit", "--no-fund"])
            .run(directory)?;
        Ok(node)
    };
    match packages() {
        Ok(node) => {
            let built =
                Step::new("the server on Next.js", &node, ["node_modules/next/dist/bin/next", "build"])
                    .env("NEXT_TELEMETRY_DISABLED", "1")
                    .run(directory);
            if let Err(Failure(why)) = built {
                missing.push(("logto_next", why));
            }
            Some(node)
        }
        Err(Failure(why)) => {
            missing.extend(ON_NODE.map(|name| (name, why.clone())));
            None
        }
    }
}

/// The settings are its one line of input. Its input stays open: the servers end with it.
fn compare(root: &Path, program: &Path, settings: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", program.display()));
    let mut running =
        Command::new(program).current_dir(root).stdin(Stdio::piped()).spawn().map_err(failed)?;
    let mut input = running.stdin.take();
    if let Some(input) = &mut input {
        writeln!(input, "{settings}").map_err(failed)?;
    }
    let status = running.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("the comparison failed ({status})"))) }
}
