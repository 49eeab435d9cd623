//! The graph of imports between the source files, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};

/// A module's path, such as `guard::authorize`. Each source file is one module; the root of the crate is "".
pub(super) type Module = String;

/// What a file imports: the path as it is written, the name that it has here, and whether the import is a re-export.
struct Import {
    path: Vec<String>,
    name: String,
    is_public: bool,
}

/// The module `name` in `parent`.
pub(super) fn child(parent: &str, name: &str) -> Module {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}::{name}") }
}

/// The modules directly below the root that `module` imports from.
pub(super) fn imported(module: &str, sources: &BTreeMap<Module, String>) -> BTreeSet<String> {
    let imports = imports_of(module, sources);
    let paths = imports.iter().filter_map(|import| absolute(module, &import.path, sources));
    paths.filter_map(|path| path.into_iter().next()).collect()
}

/// The modules that each module imports from. A name that a module re-exports from another one counts as an import
/// from that one; a re-export itself counts for nothing, so that a table of contents is in no circle.
pub(super) struct ImportGraph(BTreeMap<Module, BTreeSet<Module>>);

impl ImportGraph {
    /// From the code of each module.
    pub(super) fn of(sources: &BTreeMap<Module, String>) -> Self {
        let imports: BTreeMap<&str, Vec<Import>> =
            sources.keys().map(|module| (module.as_str(), imports_of(module, sources))).collect();
        let graph = imports.iter().map(|(module, of_module)| {
            let paths = of_module.iter().filter_map(|import| {
                let path = absolute(module, &import.path, sources)?;
                let is_table_of_contents =
                    import.is_public && path.join("::").starts_with(&child(module, ""));
                if is_table_of_contents { None } else { defining_module(path, sources, &imports) }
            });
            ((*module).to_owned(), paths.filter(|path| path != module).collect())
        });
        ImportGraph(graph.collect())
    }

    /// The sets of modules that import from one another, each in alphabetical order.
    pub(super) fn circles(&self) -> BTreeSet<Vec<Module>> {
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            self.0.keys().map(|module| (module, self.reached_from(module))).collect();
        let in_circle_with = |module: &Module| -> Vec<Module> {
            let others = reached[module].iter().filter(|other| reached[**other].contains(module));
            others.map(|other| (*other).clone()).collect()
        };
        self.0.keys().map(in_circle_with).filter(|circle| !circle.is_empty()).collect()
    }

    /// What each member of `circle` imports from the others.
    pub(super) fn describe(&self, circle: &[Module]) -> String {
        let lines = circle.iter().map(|module| {
            let others = self.0[module].iter().filter(|other| circle.contains(other));
            let others: Vec<String> = others.map(|other| shown(other)).collect();
            format!("\n   {} imports from {}", shown(module), others.join(", "))
        });
        lines.collect()
    }

    fn reached_from<'a>(&'a self, module: &'a Module) -> BTreeSet<&'a Module> {
        let (mut reached, mut ahead) = (BTreeSet::new(), vec![module]);
        while let Some(next) = ahead.pop() {
            let imported = self.0.get(next).into_iter().flatten();
            ahead.extend(imported.filter(|imported| reached.insert(*imported)));
        }
        reached
    }
}

fn shown(module: &str) -> String {
    format!("`{}`", if module.is_empty() { "crate" } else { module })
}

/// The path from the crate's root on; `None` for a path into another crate.
fn absolute(module: &str, path: &[String], sources: &BTreeMap<Module, String>) -> Option<Vec<String>> {
    let mut base = parts(module);
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => return Some(rest.to_vec()),
        "self" => base.extend_from_slice(rest),
        "super" => {
            let levels = path.iter().take_while(|part| *part == "super").count();
            base.truncate(base.len().saturating_sub(levels));
            base.extend_from_slice(&path[levels..]);
        }
        name if sources.contains_key(&child(module, name)) => base.extend_from_slice(path),
        _ => return None,
    }
    Some(base)
}

/// The module that declares what `path` names, through re-exports.
fn defining_module(
    mut path: Vec<String>,
    sources: &BTreeMap<Module, String>,
    imports: &BTreeMap<&str, Vec<Import>>,
) -> Option<Module> {
    loop {
        let length = (0..=path.len()).rev().find(|end| sources.contains_key(&path[..*end].join("::")))?;
        let module = path[..length].join("::");
        let Some(name) = path.get(length) else { return Some(module) };
        let re_exported = imports[module.as_str()].iter().find_map(|import| {
            if import.is_public && import.name == *name {
                absolute(&module, &import.path, sources)
            } else {
                None
            }
        });
        match re_exported {
            Some(mut elsewhere) if elsewhere != path[..=length] => {
                elsewhere.extend_from_slice(&path[length + 1..]);
                path = elsewhere;
            }
            _ => return Some(module),
        }
    }
}

/// The `use` items of a module, and the paths beside them that begin with `crate`, `super` or a module in it.
fn imports_of(module: &str, sources: &BTreeMap<Module, String>) -> Vec<Import> {
    let code = &sources[module];
    let (mut imports, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        let (is_public, tree) = match trimmed.split_once("use ") {
            Some(("", tree)) => (false, tree),
            Some((visibility, tree)) if visibility.starts_with("pub") && visibility.ends_with([' ', ')']) => {
                (true, tree)
            }
            _ => {
                rest.push_str(line);
                rest.push('\n');
                continue;
            }
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(line) = lines.next() else { break };
            tree.push_str(line);
        }
        let tree = tree.split(';').next().unwrap_or_default();
        imports.extend(expand(tree).into_iter().map(|(path, name)| Import { path, name, is_public }));
    }
    let children = sources.keys().filter_map(|other| other.strip_prefix(&child(module, "")));
    let children = children.filter(|rest| !rest.is_empty() && !rest.contains("::"));
    let roots = ["crate", "super"].into_iter().chain(children);
    let paths = roots.flat_map(|root| paths_from(&format!("{root}::"), &rest));
    imports.extend(paths.map(|path| Import { path, name: String::new(), is_public: false }));
    imports
}

/// The paths in `code` that begin with `root`.
fn paths_from(root: &str, code: &str) -> Vec<Vec<String>> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | ':');
    let starts = code.match_indices(root).map(|(start, _)| start);
    let starts = starts.filter(|start| !code[..*start].ends_with(is_part));
    let ends = |rest: &str| rest.find(|character| !is_part(character)).unwrap_or(rest.len());
    starts.map(|start| parts(&code[start..start + ends(&code[start..])])).collect()
}

/// The single paths of a `use` tree, each with the name that it gives.
fn expand(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    let Some((before, inner)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
        let path = parts(path);
        let name = alias.map(|name| name.trim().to_owned()).or_else(|| path.last().cloned());
        return vec![(path, name.unwrap_or_default())];
    };
    let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (index, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                if !inner[start..index].trim().is_empty() {
                    found.extend(expand(&format!("{}{}", before, inner[start..index].trim())));
                }
                start = index + 1;
            }
            _ => {}
        }
    }
    found
}

fn parts(path: &str) -> Vec<String> {
    path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
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
    let renamed = [("g", contents), ("g::a", "use super::c;"), ("g::b", "use super::A;")];
    assert_eq!(circles(&renamed), [["g::a", "g::b"]]);
    let parent = [("g", "mod a;\nuse a::A;\nstruct G;"), ("g::a", "use super::G;")];
    assert_eq!(circles(&parent), [["g", "g::a"]]);
    let parent_without_use = [("g", "mod a;\nfn g() { a::f() }"), ("g::a", "use super::G;")];
    assert_eq!(circles(&parent_without_use), [["g", "g::a"]]);
    let through_the_root =
        [("", "mod a;\nmod b;\npub use a::A;\n"), ("a", "use crate::b::B;"), ("b", "use crate::{A};")];
    assert_eq!(circles(&through_the_root), [["a", "b"]]);
    let none =
        [("g", contents), ("g::a", "use super::B;"), ("g::b", "use crate::h::H;"), ("h", "use std::a;")];
    assert_eq!(circles(&none), [[""; 0]; 0]);
}
