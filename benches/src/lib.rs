//! What the servers of the benchmark and the program that measures them have in common.

pub mod cpu;
pub mod server;
pub mod session;

/// The API whose access tokens are used.
pub const API: &str = "https://shopping.your-app.com/api";
/// The origin under which the Rocket applications believe to live. They really listen on a port of the system's choice.
pub const ORIGIN: &str = "http://localhost:8000";
/// How large a session is, in bytes: what a person's claims and three tokens come to.
pub const SESSION_BYTES: usize = 2_600;
