//! `cargo run -p cluster`: one application as two processes behind one Redis, and what is promised of that, step
//! by step. `--stay` keeps it up for a browser.

mod app;
mod forwarder;
mod person;
mod processes;
mod show;
mod tenant;

use std::process::ExitCode;

/// What anything here fails with.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
cargo run -p cluster              shows what two processes with one Redis promise, and ends
cargo run -p cluster -- --stay    stays up for a browser, until Ctrl-C
";

/// With this argument, the program is one of the two processes.
const AS_APP: &str = "--as-app";

#[rocket::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [AS_APP] => app::run().await,
        [] => until_ctrl_c(show::run()).await,
        ["--stay"] => until_ctrl_c(show::stay()).await,
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

/// However it ends, what it has started ends with it.
async fn until_ctrl_c(work: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    tokio::select! {
        outcome = work => outcome,
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
    }
}
