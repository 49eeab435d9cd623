//! What the compiler accepts, and what it says about what it refuses.
//!
//! `TRYBUILD=overwrite cargo test -p logto-tests --test ui` writes the expected messages anew; read them
//! before committing. They are those of the Rust version that CI pins.

#[test]
fn field_42_m01_attributes_accept_and_refuse() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/**/*.rs");
    cases.compile_fail("ui/fail/**/*.rs");
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
