//! Holds the imports of `logto-rocket` against its layers: a module imports from its own layer and from those below, only
//! the upper two name `rocket`, and no modules import from one another in a circle.

#![allow(clippy::expect_used, reason = "a source that cannot be read fails the test")]

#[path = "layers/circles.rs"]
mod circles;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use circles::{ImportGraph, Module};

/// Modules by layer, the lowest first. `CONTRIBUTING.md` says what each is for.
const LAYERS: [&[&str]; 5] = [
    &[
        "clock",
        "config",
        "enum_macros",
        "error",
        "names",
        "sign_in_parameters",
        "syntax",
        "telemetry",
        "types",
    ],
    &["oidc"],
    &["bearer", "pending_sign_in", "session", "token", "webhook"],
    &["guard", "health", "logto", "page", "refusals"],
    &["doctor", "fairing", "routes", "testing"],
];
/// The lowest layer that may name `rocket`.
const NAMES_ROCKET: usize = 3;

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The crate's source files, apart from `lib.rs`, which declares the modules.
fn sources() -> Vec<PathBuf> {
    fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).expect("a directory of the source") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.retain(|path| {
        !["lib.rs", "layers.rs"].iter().any(|name| path.ends_with(Path::new("src").join(name)))
    });
    files
}

/// The code of a file: without comments, and without what stands in its module of tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_ascii_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn is_for_tests(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    ["tests", "testing", "attacks", "hostile", "vectors"].contains(&name)
        || path.components().any(|part| part.as_os_str() == "simulation")
}

/// The modules that follow `crate::` in `code`.
fn imported(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn violations(module: &str, layer: usize, code: &str) -> Vec<String> {
    let upward = imported(code)
        .filter(|imported| layer_of(imported).is_some_and(|other| other > layer))
        .map(|imported| format!("`{module}` (layer {layer}) imports from `{imported}` above it"));
    let names_rocket = layer < NAMES_ROCKET && (code.contains("rocket::") || code.contains("use rocket"));
    let rocket = names_rocket.then(|| format!("`{module}` (layer {layer}) names `rocket`"));
    upward.chain(rocket).collect()
}

/// The path of a source file below `src`.
fn below_src(path: &Path) -> &Path {
    path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("below src")
}

/// The module that a source file is.
fn module_of(path: &Path) -> Module {
    let path = below_src(path).with_extension("");
    let path = if path.ends_with("mod") { path.parent().unwrap_or(&path).to_owned() } else { path };
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("::")
}

#[test]
fn no_modules_import_from_one_another() {
    let sources = sources().into_iter().filter(|path| !is_for_tests(path));
    let sources: BTreeMap<Module, String> = sources
        .map(|path| (module_of(&path), code_of(&fs::read_to_string(&path).expect("a source file"))))
        .collect();
    let graph = ImportGraph::of(&sources);
    let circles = graph.circles();
    let wrong: Vec<String> = circles
        .iter()
        .map(|circle| format!("a circle of {} modules:{}", circle.len(), graph.describe(circle)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn circles_are_noticed_through_re_exports_and_paths() {
    let circles = |sources: &[(&str, &str)]| {
        let sources = sources.iter().map(|(module, code)| ((*module).to_owned(), (*code).to_owned()));
        ImportGraph::of(&sources.collect()).circles().into_iter().collect::<Vec<_>>()
    };
    let contents = "mod a;\nmod b;\npub(crate) use a::A;\npub use b::{B, b as c};\n";
    let direct = [("g", contents), ("g::a", "use super::b::B;"), ("g::b", "use super::a::{\n    A,\n};")];
    assert_eq!(circles(&direct), [["g::a", "g::b"]]);
    let re_exported =
        [("g", contents), ("g::a", "use crate::g::{B};"), ("g::b", "fn b() { super::A::new() }")];
    assert_eq!(circles(&re_exported), [["g::a", "g::b"]]);
    let parent = [("g", "mod a;\nuse a::A;\nstruct G;"), ("g::a", "use super::G;")];
    assert_eq!(circles(&parent), [["g", "g::a"]]);
    let none =
        [("g", contents), ("g::a", "use super::B;"), ("g::b", "use crate::h::H;"), ("h", "use std::a;")];
    assert_eq!(circles(&none), [[""; 0]; 0]);
}

#[test]
fn every_module_imports_from_its_own_layer_or_below() {
    let mut wrong = Vec::new();
    for path in sources() {
        if is_for_tests(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        let below_src = below_src(&path);
        let first = below_src.components().next().expect("a file").as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs");
        let layer =
            layer_of(module).unwrap_or_else(|| panic!("`{module}` is in no layer: add it to `LAYERS`"));
        let found = violations(module, layer, &code_of(&text));
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", below_src.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_import_and_a_low_mention_of_rocket_are_noticed() {
    assert_eq!(violations("oidc", 1, "use crate::session::Session;").len(), 1);
    assert_eq!(violations("session", 2, "use rocket::Request;").len(), 1);
    assert_eq!(violations("session", 2, "use crate::oidc::Provider; use crate::{clock::Clock};").len(), 0);
    assert!(
        code_of("use a;\n// crate::routes\n#[cfg(test)]\nmod tests { use crate::routes::x; }").trim()
            == "use a;"
    );
}
