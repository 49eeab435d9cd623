//! A Logto-compatible tenant for one's own application on a laptop: `logto-dev tenant.toml`.

#![forbid(unsafe_code)]

mod arguments;
mod example;
mod output;
mod run;
mod stop;

use std::process::ExitCode;

use arguments::Asked;
use output::{complain, say};

fn main() -> ExitCode {
    let asked = match Asked::from_arguments(std::env::args_os().skip(1)) {
        Ok(asked) => asked,
        Err(problem) => {
            complain(&format!("logto-dev: {problem}\n\n{}", arguments::USAGE));
            return ExitCode::from(2);
        }
    };
    let done = match asked {
        Asked::Help => {
            say(arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Asked::Version => {
            say(concat!("logto-dev ", env!("CARGO_PKG_VERSION")));
            return ExitCode::SUCCESS;
        }
        Asked::Init(path) => example::write(&path),
        Asked::Run(options) => run::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&format!("logto-dev: {problem}"));
            ExitCode::FAILURE
        }
    }
}
