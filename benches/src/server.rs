//! A server's side of the agreement with the program that measures it: the first line of its input holds its settings,
//! its first line of output tells where it listens, and it ends when its input does.

use std::io::{self, BufRead, Write};
use std::net::SocketAddr;

use serde::de::DeserializeOwned;

/// Reads the settings.
///
/// # Errors
///
/// If there is no line, or it does not hold such settings.
pub fn settings<T: DeserializeOwned>() -> io::Result<T> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// From now on the process ends when its input does, so that no server outlives its parent.
pub fn end_with_input() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
}

/// Tells where the server listens.
///
/// # Errors
///
/// If nobody reads the output.
pub fn announce(address: SocketAddr) -> io::Result<()> {
    say(&format!("listening {address}"))
}

/// Writes a line at once.
///
/// # Errors
///
/// If nobody reads the output.
pub fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}
