//! The modules of a crate and their code, without what is compiled for its own tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::circles::{Module, child};

/// The code of each module of a crate. The root of the crate is the module with the empty name.
pub(super) type Sources = BTreeMap<Module, String>;

/// Reads a crate whose root (`lib.rs` or `main.rs`) is in `directory`, apart from other crates further down.
pub(super) fn read(directory: &Path) -> Sources {
    let mut sources = Sources::new();
    let mut for_tests = Vec::new();
    for path in files(directory) {
        let module = module_of(path.strip_prefix(directory).expect("a file below the directory"));
        let code = Code::of(&fs::read_to_string(&path).expect("a source file"));
        for_tests.extend(code.test_modules.iter().map(|name| child(&module, name)));
        sources.insert(module, code.text);
    }
    sources.retain(|module, _| !for_tests.iter().any(|tests| is_within(module, tests)));
    sources
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("bin") {
                files.extend(self::files(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The module that a file is, from the file's path below the root of its crate.
fn module_of(path: &Path) -> Module {
    let path = path.with_extension("");
    let mut parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let is_root = parts.len() == 1 && (parts[0] == "lib" || parts[0] == "main");
    if is_root || parts.last().is_some_and(|name| name == "mod") {
        parts.pop();
    }
    parts.join("::")
}

fn is_within(module: &str, ancestor: &str) -> bool {
    module.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The code of a file: without comments, and without its modules of tests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) text: String,
    /// The modules of tests that have files of their own.
    pub(super) test_modules: Vec<String>,
}

impl Code {
    pub(super) fn of(text: &str) -> Self {
        let mut code = Code { text: String::new(), test_modules: Vec::new() };
        let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        while let Some(line) = lines.next() {
            if line.trim() != "#[cfg(test)]" {
                code.add(line);
                continue;
            }
            let Some(item) = lines.find(|line| !line.trim_start().starts_with("#[")) else { break };
            let Some(name) = module_name(item) else {
                code.add(item);
                continue;
            };
            if item.ends_with(';') {
                code.test_modules.push(name.to_owned());
            } else if item.ends_with('{') {
                // As `rustfmt` puts it: the brace that ends an item stands below the beginning of the item.
                let indent = &item[..item.len() - item.trim_start().len()];
                let end = format!("{indent}}}");
                lines.find(|line| *line == end);
            }
        }
        code
    }

    fn add(&mut self, line: &str) {
        self.text.push_str(line.split(" // ").next().unwrap_or_default());
        self.text.push('\n');
    }
}

/// The name of the module that `item` begins or declares.
fn module_name(item: &str) -> Option<&str> {
    let mut words = item.split_whitespace().skip_while(|word| word.starts_with("pub"));
    if words.next()? != "mod" {
        return None;
    }
    words.next().map(|name| name.trim_end_matches(';'))
}

#[test]
fn modules_of_tests_are_omitted_and_what_follows_them_is_read() {
    let text = "use a;\n// crate::routes\n#[cfg(test)]\nmod hostile;\n#[cfg(test)]\n#[path = \"x.rs\"]\npub(crate) \
                mod t;\nmod z;\n#[cfg(test)]\nmod tests {\n    use crate::routes::x;\n    fn f() {\n    }\n}\n\
                use b; // as it was\n#[cfg(test)]\nuse c;\n";
    let code = Code::of(text);
    assert_eq!(code.text, "use a;\nmod z;\nuse b;\nuse c;\n");
    assert_eq!(code.test_modules, ["hostile", "t"]);
}

#[test]
fn files_are_modules() {
    let module = |path: &str| module_of(Path::new(path));
    assert_eq!([module("lib.rs"), module("main.rs")], ["", ""]);
    assert_eq!([module("guard/mod.rs"), module("guard/main.rs")], ["guard", "guard::main"]);
    assert_eq!(module("token/retry.rs"), "token::retry");
    assert!(is_within("a::b", "a") && is_within("a", "a") && !is_within("ab", "a"));
}
