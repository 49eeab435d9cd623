//! What the compiler accepts, and what it says about what it refuses.
//!
//! `TRYBUILD=overwrite cargo test -p logto-tests --test ui` writes the expected messages anew; read them
//! before committing. They are those of the Rust version that CI pins.
//!
//! What is accepted is compiled into this binary, and run. What is refused is only checked, all cases at once. trybuild
//! would link each accepted file by itself, and would build all dependencies again for that.
#![allow(clippy::expect_used, reason = "in a test")]
// `ui/pass/pedantic.rs` denies it too, and only the root of a crate can.
#![deny(future_incompatible)]

// As a user writes it whose crates have other names; see `pass/renamed.rs`.
extern crate logto_rocket as auth;
extern crate rocket as server;

#[path = "../ui/pass/mod.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "cases say what they deny")]
pub mod pass;
#[path = "../ui/shared_build.rs"]
mod shared_build;

#[test]
fn field_42_m01_attributes_accept_and_refuse() {
    shared_build::with_shared_build("field_42_m01_attributes_accept_and_refuse", || {
        trybuild::TestCases::new().compile_fail("ui/fail/**/*.rs");
    });
}

/// A file that nobody names would not be compiled.
#[test]
fn field_42_m01_every_file_is_compiled() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass");
    let mut count = 0;
    for file in std::fs::read_dir(directory).expect("the directory of the cases") {
        let name = file.expect("a file").file_name().into_string().expect("a name in UTF-8");
        let module = name.strip_suffix(".rs").expect("a file of Rust");
        assert!(
            module == "mod" || include_str!("../ui/pass/mod.rs").contains(&format!("\npub mod {module};\n")),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 20, "{count} files");
}

/// The cases that the checklist names are there, each with the message and the place that the compiler shows.
#[test]
fn field_42_m01_what_must_not_compile_has_a_case() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    for case in [
        "keys/unknown",
        "scopes/no_names",
        "place/given_twice",
        "scopes/outside_the_alphabet",
        "organization/unknown_segment",
        "organization/untold_segment",
        "place/below_the_route",
        "place/on_a_generic_handler",
        "place/on_a_method",
        "place/without_a_route",
        "scopes/in_both_keys",
        "max_age/no_duration",
        "keys/ill_typed",
        "token/without_the_attribute",
    ] {
        for file in [format!("{case}.rs"), format!("{case}.stderr")] {
            let text = std::fs::read_to_string(cases.join(&file)).unwrap_or_default();
            assert!(!text.is_empty(), "ui/fail/{file} is missing");
            assert!(!file.ends_with("stderr") || text.contains(&format!("--> ui/fail/{case}.rs:")), "{file}");
        }
    }
    let groups = std::fs::read_dir(&cases).into_iter().flatten().flatten();
    let files = groups.flat_map(|group| std::fs::read_dir(group.path()).into_iter().flatten().flatten());
    let count = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "stderr")).count();
    assert!(count >= 25, "{count} cases");
}
