//! When the program stops.

use std::io::Read as _;

use tokio::sync::oneshot;

/// Waits for Ctrl-C, for SIGTERM, or for the end of the standard input.
pub(crate) async fn asked_for(until_stdin_closes: bool) -> std::io::Result<()> {
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        terminated = terminated() => terminated,
        closed = stdin_closed(), if until_stdin_closes => closed,
    }
}

async fn stdin_closed() -> std::io::Result<()> {
    let (sender, closed) = oneshot::channel();
    std::thread::Builder::new().name("stdin".into()).spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = [0; 1024];
        while input.read(&mut buffer).is_ok_and(|read| read > 0) {}
        let _ = sender.send(());
    })?;
    // The end of the thread says the same.
    let _ = closed.await;
    Ok(())
}

#[cfg(unix)]
async fn terminated() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> std::io::Result<()> {
    std::future::pending().await
}
