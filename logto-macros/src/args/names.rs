//! Lists of scopes.

use super::value::{self, Value};
use super::{Entry, keys};
use crate::problem::{Problem, Problems};
use quote::ToTokens;
use syn::{Expr, ExprPath, Ident, LitStr};

/// The scopes behind one key; never empty.
#[derive(Debug)]
pub(crate) struct ScopeList {
    pub(crate) key: Ident,
    pub(crate) scopes: Vec<Scope>,
}

/// A scope, by its name or by a constant that holds its name.
#[derive(Debug)]
pub(crate) enum Scope {
    Literal { name: String, at: LitStr },
    Constant(ExprPath),
}

impl Scope {
    /// The same text for the same scope, as far as it can be known before constants are evaluated.
    pub(crate) fn written(&self) -> String {
        match self {
            Scope::Literal { name, .. } => name.clone(),
            Scope::Constant(path) => path.to_token_stream().to_string().replace(' ', ""),
        }
    }

    pub(crate) fn at(&self) -> &dyn ToTokens {
        match self {
            Scope::Literal { at, .. } => at,
            Scope::Constant(path) => path,
        }
    }

    fn is_same(&self, other: &Scope) -> bool {
        matches!(self, Scope::Literal { .. }) == matches!(other, Scope::Literal { .. })
            && self.written() == other.written()
    }
}

impl ScopeList {
    pub(crate) fn contains(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|own| own.is_same(scope))
    }
}

/// Reads `"a b"` or `["a", B]`. What is wrong is left out and reported.
pub(super) fn read(entry: Entry, problems: &mut Problems) -> Option<ScopeList> {
    let scopes = match Value::of(&entry.value) {
        Value::Text(text) => split(&entry, &text, problems),
        Value::List(elements) if elements.is_empty() => {
            problems.add(value::empty(&entry.key, &entry.value));
            Vec::new()
        }
        Value::List(elements) => {
            elements.iter().filter_map(|element| problems.take(element_of(&entry, element))).collect()
        }
        Value::Constant(path) => {
            let name = path.to_token_stream();
            problems.add(
                Problem::at(&path, format!("constants in `{}` stand in brackets", entry.key))
                    .help(format!("write `{} = [{name}]`", entry.key)),
            );
            Vec::new()
        }
        Value::Other => {
            problems.add(value::ill_typed(&entry, "a string literal or a list"));
            Vec::new()
        }
    };
    let list = without_repetition(entry.key, scopes, problems);
    (!list.scopes.is_empty()).then_some(list)
}

fn split(entry: &Entry, text: &LitStr, problems: &mut Problems) -> Vec<Scope> {
    let written = text.value();
    if written.trim().is_empty() {
        problems.add(value::empty(&entry.key, text));
        return Vec::new();
    }
    if written.contains(',') {
        let spaced =
            written.split([',', ' ']).filter(|scope| !scope.is_empty()).collect::<Vec<_>>().join(" ");
        problems.add(
            Problem::at(text, "scopes are separated by spaces, not by commas")
                .help(format!("write {spaced:?}")),
        );
        return Vec::new();
    }
    let names = written.split(' ').filter(|name| !name.is_empty());
    names.filter_map(|name| problems.take(literal(name, text))).collect()
}

fn element_of(entry: &Entry, element: &Expr) -> Result<Scope, Problem> {
    match Value::of(element) {
        Value::Constant(path) => Ok(Scope::Constant(path)),
        Value::Text(text) => {
            let written = text.value();
            let names: Vec<_> = written.split([' ', ',']).filter(|name| !name.is_empty()).collect();
            match names[..] {
                [] => Err(Problem::at(&text, "a scope is empty").help("name a scope, or leave this one out")),
                [name] if name == written => literal(name, &text),
                _ => {
                    let apart = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
                    Err(Problem::at(&text, "in a list, each scope is a literal of its own")
                        .help(format!("write `{} = [{apart}]`", entry.key)))
                }
            }
        }
        Value::List(_) | Value::Other => Err(Problem::at(
            element,
            format!(
                "`{}` lists string literals and paths of constants, not {}",
                entry.key,
                value::described(element)
            ),
        )
        .help(format!("write `{}`", keys::example(&entry.key)))),
    }
}

/// RFC 6749, section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn literal(name: &str, at: &LitStr) -> Result<Scope, Problem> {
    match name.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')) {
        None => Ok(Scope::Literal { name: name.to_owned(), at: at.clone() }),
        Some(stray) => {
            Err(Problem::at(at, format!("the scope {name:?} contains {stray:?} (RFC 6749, section 3.3)"))
                .help("a scope is printable ASCII without spaces, quotation marks and backslashes"))
        }
    }
}

fn without_repetition(key: Ident, scopes: Vec<Scope>, problems: &mut Problems) -> ScopeList {
    let mut list = ScopeList { key, scopes: Vec::new() };
    for scope in scopes {
        if list.contains(&scope) {
            problems.add(
                Problem::at(scope.at(), format!("`{}` names `{}` twice", list.key, scope.written()))
                    .help("name each scope once"),
            );
        } else {
            list.scopes.push(scope);
        }
    }
    list
}
