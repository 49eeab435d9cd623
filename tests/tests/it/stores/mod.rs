//! The stores that need nothing but Rust, and whether the checks find what is wrong with a store.

mod flawed;
mod flaws;
mod memory;
