//! The program, as it is started from a shell: its command line, its output, its file and its pages.

// Clippy excepts test functions from this lint, but not the functions they call.
#![allow(clippy::unwrap_used)]

mod command_line;
mod file;
mod hostile;
mod pages;
mod readme;
mod receiver;
mod running;
mod visitor;
