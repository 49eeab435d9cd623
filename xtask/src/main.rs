//! Tasks of the repository: `cargo xtask test`, `cargo xtask bench`.

mod bench;
mod command;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench::Extent;
use command::Failure;

const USAGE: &str = "\
cargo xtask <task>

  test             everything: formatting, lints, tests, documentation, Redis, PostgreSQL, browser, independent provider
  test --rust      the part that needs nothing but Rust
  bench            what guards cost, to build and to run, against those of others; writes docs/performance.md
  bench --quick    the same in short, which shows that it works; writes target/bench/performance.md
  bench --instructions
                   the instructions of a request alone, which a busy machine does not change; prints them
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => root().and_then(|root| test::run(&root, true)),
        ["test", "--rust"] => root().and_then(|root| test::run(&root, false)),
        ["bench"] => root().and_then(|root| bench::run(&root, Extent::Whole)),
        ["bench", "--quick"] => root().and_then(|root| bench::run(&root, Extent::Quick)),
        ["bench", "--instructions"] => root().and_then(|root| bench::run(&root, Extent::Instructions)),
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
