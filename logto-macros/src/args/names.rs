//! Lists of scopes, of roles and of applications.

use super::entry::Entry;
use super::value::{self, Value};
use crate::problem::{Problem, Problems};
use quote::ToTokens;
use syn::{Expr, ExprPath, Ident, LitStr};

/// The names in the value of one key. Never empty.
#[derive(Debug)]
pub(crate) struct NameList {
    pub(crate) key: Ident,
    pub(crate) names: Vec<Name>,
    /// Whether the value is a constant without brackets, which may hold one name or a list of names.
    pub(crate) is_bare: bool,
}

/// A scope, a role or an application's id: a literal, or a constant that holds the name.
#[derive(Debug)]
pub(crate) enum Name {
    Literal { name: String, at: LitStr },
    Constant(ExprPath),
}

/// What the names stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Scope,
    Role,
    /// The id of an application (`client_id`).
    Client,
}

impl Name {
    /// The text of the literal or the path of the constant. Constants are not evaluated here.
    pub(crate) fn written(&self) -> String {
        match self {
            Name::Literal { name, .. } => name.clone(),
            Name::Constant(path) => path.to_token_stream().to_string().replace(' ', ""),
        }
    }

    pub(crate) fn at(&self) -> &dyn ToTokens {
        match self {
            Name::Literal { at, .. } => at,
            Name::Constant(path) => path,
        }
    }

    fn is_same(&self, other: &Name) -> bool {
        matches!(self, Name::Literal { .. }) == matches!(other, Name::Literal { .. })
            && self.written() == other.written()
    }
}

impl NameList {
    pub(crate) fn contains(&self, name: &Name) -> bool {
        self.names.iter().any(|own| own.is_same(name))
    }
}

impl Noun {
    fn one(self) -> &'static str {
        match self {
            Noun::Scope => "scope",
            Noun::Role => "role",
            Noun::Client => "application id",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Noun::Scope => "a scope",
            Noun::Role => "a role",
            Noun::Client => "an application id",
        }
    }

    fn many(self) -> &'static str {
        match self {
            Noun::Scope => "scopes",
            Noun::Role => "roles",
            Noun::Client => "application ids",
        }
    }
}

/// Parses `"a b"`, `["a", B]` or `C`. Wrong names are reported and left out.
pub(super) fn read(noun: Noun, entry: Entry, problems: &mut Problems) -> Option<NameList> {
    let mut is_bare = false;
    let names = match Value::of(&entry.value) {
        Value::Text(text) => split(noun, &entry, &text, problems),
        Value::List(elements) if elements.is_empty() => {
            problems.add(value::empty(&entry, &entry.value));
            Vec::new()
        }
        Value::List(elements) => {
            elements.iter().filter_map(|element| problems.take(element_of(noun, &entry, element))).collect()
        }
        Value::Constant(path) => {
            is_bare = true;
            vec![Name::Constant(path)]
        }
        Value::Other => {
            problems.add(value::ill_typed(&entry, "a string literal, a list or the path of a constant"));
            Vec::new()
        }
    };
    let list = without_repetition(noun, NameList { key: entry.key, names, is_bare }, problems);
    (!list.names.is_empty()).then_some(list)
}

fn split(noun: Noun, entry: &Entry, text: &LitStr, problems: &mut Problems) -> Vec<Name> {
    let written = text.value();
    if written.trim().is_empty() {
        problems.add(value::empty(entry, text));
        return Vec::new();
    }
    if written.contains(',') {
        problems.add(with_commas(noun, entry, text, &written));
        return Vec::new();
    }
    let names = written.split(' ').filter(|name| !name.is_empty());
    names.filter_map(|name| problems.take(literal(noun, name, text))).collect()
}

fn with_commas(noun: Noun, entry: &Entry, text: &LitStr, written: &str) -> Problem {
    let spaced = written.split([',', ' ']).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let problem = Problem::at(text, format!("{} are separated by spaces, not by commas", noun.many()));
    let problem = if spaced.is_empty() { problem } else { problem.help(format!("write {spaced:?}")) };
    match noun {
        Noun::Scope | Noun::Client => problem,
        Noun::Role => problem.help(format!(
            "write a role with a comma or a space in its name in a list: `{} = [{written:?}]`",
            entry.key
        )),
    }
}

fn element_of(noun: Noun, entry: &Entry, element: &Expr) -> Result<Name, Problem> {
    match Value::of(element) {
        Value::Constant(path) => Ok(Name::Constant(path)),
        Value::Text(text) => {
            let written = text.value();
            match noun {
                _ if written.trim_matches([' ', ',']).is_empty() => {
                    let one = noun.with_article();
                    Err(Problem::at(&text, format!("{one} is empty"))
                        .help(format!("name {one}, or remove this entry")))
                }
                Noun::Scope | Noun::Client => without_spaces(noun, entry, &written, &text),
                Noun::Role => literal(noun, &written, &text),
            }
        }
        Value::List(_) | Value::Other => Err(Problem::at(
            element,
            format!(
                "the list of `{}` may contain string literals and paths of constants, not {}",
                entry.key,
                value::described(element)
            ),
        )
        .help(match element {
            Expr::Range(_) => {
                format!("write a constant that holds a list without brackets: `{} = ALL`", entry.key)
            }
            _ => format!("write `{}`", entry.example),
        })),
    }
}

/// A literal with a space or a comma is meant to be several names: no scope or id has a space, and none in practice a
/// comma.
fn without_spaces(noun: Noun, entry: &Entry, written: &str, text: &LitStr) -> Result<Name, Problem> {
    let names: Vec<_> = written.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    if let [name] = names[..]
        && name == written
    {
        return literal(noun, name, text);
    }
    let apart = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    Err(Problem::at(text, format!("in a list, write each {} as a literal of its own", noun.one()))
        .help(format!("write `{} = [{apart}]`", entry.key)))
}

/// A scope follows RFC 6749, section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`. A role may have any
/// name that Logto's console accepts. The ids of applications are letters and digits.
fn literal(noun: Noun, name: &str, at: &LitStr) -> Result<Name, Problem> {
    let stray = match noun {
        Noun::Scope => name.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')),
        Noun::Role => name.chars().find(|c| c.is_control()),
        Noun::Client => name.chars().find(|c| !c.is_ascii_graphic()),
    };
    match (noun, stray) {
        (Noun::Scope, Some(stray)) => {
            Err(Problem::at(at, format!("the scope {name:?} contains {stray:?} (RFC 6749, section 3.3)"))
                .help("a scope is printable ASCII without spaces, quotation marks or backslashes"))
        }
        (Noun::Role, Some(stray)) => {
            Err(Problem::at(at, format!("the role {name:?} contains {stray:?}, a control character"))
                .help("write the role's name as Logto's console shows it"))
        }
        (Noun::Client, Some(stray)) => {
            Err(Problem::at(at, format!("the application id {name:?} contains {stray:?}"))
                .help("write the app id as the application's page in Logto shows it"))
        }
        (Noun::Role, None) if name.trim() != name => {
            Err(Problem::at(at, format!("the role {name:?} begins or ends with a space"))
                .help(format!("write {:?}", name.trim())))
        }
        (_, None) => Ok(Name::Literal { name: name.to_owned(), at: at.clone() }),
    }
}

fn without_repetition(noun: Noun, mut list: NameList, problems: &mut Problems) -> NameList {
    for name in std::mem::take(&mut list.names) {
        if list.contains(&name) {
            problems.add(
                Problem::at(name.at(), format!("`{}` names `{}` twice", list.key, name.written()))
                    .help(format!("name each {} once", noun.one())),
            );
        } else {
            list.names.push(name);
        }
    }
    list
}
