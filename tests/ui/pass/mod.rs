//! What the attributes accept. Each file is the code of a user, who may deny lints that others allow.

pub mod attributes_of_others;
pub mod check;
pub mod constants;
pub mod every_method;
pub mod keys;
pub mod made_by_macro_rules;
pub mod names_that_are_taken;
pub mod nested;
#[rustfmt::skip]
pub mod odd_but_right;
pub mod organization_told;
pub mod parameters;
pub mod pedantic;
pub mod public;
pub mod raw_identifiers;
pub mod renamed;
pub mod step_up;
pub mod strict_lints;
pub mod structs;
pub mod together;
pub mod traced;

/// A file that nobody names would not be compiled.
#[test]
fn field_42_m01_every_file_is_compiled() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass");
    let mut count = 0;
    for file in std::fs::read_dir(directory).expect("the directory of the cases") {
        let name = file.expect("a file").file_name().into_string().expect("a name in UTF-8");
        let module = name.strip_suffix(".rs").expect("a file of Rust");
        assert!(
            module == "mod" || include_str!("mod.rs").contains(&format!("\npub mod {module};\n")),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 20, "{count} files");
}
