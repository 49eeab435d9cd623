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
        [] => until_told_to_end(show::run(), Err("Ended before the end.".into())).await,
        ["--stay"] => until_told_to_end(show::stay(), Ok(())).await,
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

/// Works until it is done, or until somebody ends the program: then it comes to `ended`. Either way, what was
/// started ends as well.
async fn until_told_to_end(work: impl Future<Output = Outcome<()>>, ended: Outcome<()>) -> Outcome<()> {
    tokio::select! {
        outcome = work => outcome,
        told = told_to_end() => told.map_err(Into::into).and(ended),
    }
}

/// Ctrl-C, or the signal that `kill` sends.
async fn told_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
