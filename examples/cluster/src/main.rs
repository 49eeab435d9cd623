//! `cargo run -p cluster`: one application as two processes with one Redis or one PostgreSQL, and what that guarantees,
//! step by step. With `--stay` it runs until it is stopped, for a browser.

mod app;
mod browser;
mod database;
mod forwarder;
mod postgres;
mod processes;
mod redis;
mod show;
mod tenant;

use std::process::ExitCode;

use database::Kind;

/// The result type of this program.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
cargo run -p cluster                       shows what two processes with one Redis promise, and ends
cargo run -p cluster -- postgres           the same with one PostgreSQL
cargo run -p cluster -- [postgres] --stay  stays up for a browser, until Ctrl-C
";

/// The argument with which the program is one of the two processes.
const AS_APP: &str = "--as-app";

#[rocket::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [AS_APP] => app::run().await,
        [] => run(Kind::Redis).await,
        ["postgres"] => run(Kind::Postgres).await,
        ["--stay"] => stay(Kind::Redis).await,
        ["postgres", "--stay"] => stay(Kind::Postgres).await,
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

async fn run(kind: Kind) -> Outcome<()> {
    until_stopped(show::run(kind), Err("Stopped before the end.".into())).await
}

async fn stay(kind: Kind) -> Outcome<()> {
    until_stopped(show::stay(kind), Ok(())).await
}

/// Runs until the work is done, or until the program is stopped, which results in `ended`. In both cases, what was
/// started ends as well.
async fn until_stopped(work: impl Future<Output = Outcome<()>>, ended: Outcome<()>) -> Outcome<()> {
    tokio::select! {
        outcome = work => outcome,
        stopped = stop_signal() => stopped.map_err(Into::into).and(ended),
    }
}

/// Ctrl-C, or the signal that `kill` sends.
async fn stop_signal() -> std::io::Result<()> {
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
