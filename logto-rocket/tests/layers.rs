//! Holds the imports of `logto-rocket` against its layers: a module imports from its own layer and from those below, and
//! only the upper two name `rocket`. In `logto-rocket` and the other crates no modules import from one another in a circle.

#![allow(clippy::expect_used, reason = "a source that cannot be read fails the test")]

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/sources.rs"]
mod sources;

use std::path::Path;

use circles::{ImportGraph, imported};
use sources::Sources;

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

/// The root of each crate that has no circles: the directory, below the workspace, with its `lib.rs` or `main.rs`.
const CRATES: [&str; 5] = [
    "logto-rocket/src",
    "logto-macros/src",
    "logto-sqlx/src",
    "logto-dev/src/bin/logto-dev",
    "logto-doctor/src",
];

fn sources_of(root: &str) -> Sources {
    sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(root))
}

fn violations(module: &str, layer: usize, sources: &Sources) -> Vec<String> {
    let code = &sources[module];
    let upward = imported(module, sources)
        .into_iter()
        .filter(|imported| layer_of(imported).is_some_and(|other| other > layer))
        .map(|imported| format!("`{module}` (layer {layer}) imports from `{imported}` above it"));
    let names_rocket = layer < NAMES_ROCKET && (code.contains("rocket::") || code.contains("use rocket"));
    let rocket = names_rocket.then(|| format!("`{module}` (layer {layer}) names `rocket`"));
    upward.chain(rocket).collect()
}

#[test]
fn no_modules_import_from_one_another() {
    let mut wrong = Vec::new();
    for root in CRATES {
        let graph = ImportGraph::of(&sources_of(root));
        wrong.extend(graph.circles().iter().map(|circle| {
            format!("{root}: a circle of {} modules:{}", circle.len(), graph.describe(circle))
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_imports_from_its_own_layer_or_below() {
    let sources = sources_of("logto-rocket/src");
    let mut wrong = Vec::new();
    // The root declares the modules and is in no layer.
    for module in sources.keys().filter(|module| !module.is_empty()) {
        let first = module.split("::").next().unwrap_or_default();
        let layer = layer_of(first).unwrap_or_else(|| panic!("`{first}` is in no layer: add it to `LAYERS`"));
        wrong.extend(violations(module, layer, &sources));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_import_and_a_low_mention_of_rocket_are_noticed() {
    let violations = |module: &str, layer: usize, code: &str| {
        let sources = Sources::from([(module.to_owned(), code.to_owned())]);
        violations(module, layer, &sources).len()
    };
    assert_eq!(violations("oidc", 1, "use crate::session::Session;"), 1);
    assert_eq!(violations("oidc", 1, "use crate::{clock::Clock, session::{Session}};"), 1);
    assert_eq!(violations("oidc::keys", 1, "use super::super::{\n    session::Session,\n};"), 1);
    assert_eq!(violations("oidc", 1, "fn f() { crate::session::random() }"), 1);
    assert_eq!(violations("session", 2, "use rocket::Request;"), 1);
    assert_eq!(violations("session", 2, "use crate::oidc::Provider; use crate::{clock::Clock};"), 0);
}
