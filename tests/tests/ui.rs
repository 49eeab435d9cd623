//! What the compiler accepts, and what it says about what it refuses.
//!
//! `TRYBUILD=overwrite cargo test -p logto-tests --test ui` writes the expected messages anew; read them
//! before committing. They are those of the Rust version that CI pins.

#[test]
fn attributes_accept_and_refuse() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/**/*.rs");
    cases.compile_fail("ui/fail/**/*.rs");
}
