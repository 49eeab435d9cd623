//! The keys that exist. A new key is one more row here, and a field of [`Args`].

use super::{Args, Entry, Subject, Via, Written, organization, scopes, value};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems, listed as in_backticks};
use syn::Ident;

/// One key of the grammar.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// A correct use, for messages.
    pub(super) example: &'static str,
    /// Why an attribute does not have this key, and what to write instead.
    refused: fn(Kind) -> Option<&'static str>,
    /// Reads the value into its field.
    pub(super) read: fn(Entry, &mut Args, &mut Problems),
}

const KEYS: [Key; 7] = [
    Key {
        name: "scopes",
        example: "scopes = \"read:orders\"",
        refused: nowhere,
        read: |entry, args, problems| args.scopes = scopes::read(entry, problems),
    },
    Key {
        name: "any_scope",
        example: "any_scope = \"read:orders admin\"",
        refused: nowhere,
        read: |entry, args, problems| args.any_scope = scopes::read(entry, problems),
    },
    Key {
        name: "resource",
        example: "resource = \"https://api.example.com\"",
        refused: nowhere,
        read: |entry, args, problems| args.resource = problems.take(value::resource(entry)),
    },
    Key {
        name: "organization",
        example: "organization = \"<org_id>\"",
        refused: nowhere,
        read: |entry, args, problems| args.organization = problems.take(organization::read(&entry)),
    },
    Key {
        name: "via",
        example: "via = \"session\"",
        refused: nowhere,
        read: |entry, args, problems| args.via = problems.take(via(&entry)),
    },
    Key {
        name: "subject",
        example: "subject = \"machine\"",
        refused: |kind| match kind {
            Kind::RequireAuth => None,
            Kind::WithAccessToken | Kind::WithOrgToken => {
                Some("a token is fetched for the user who is signed in; there is nobody else to choose")
            }
        },
        read: |entry, args, problems| args.subject = problems.take(subject(&entry)),
    },
    Key {
        name: "param",
        example: "param = token",
        refused: |kind| match kind {
            Kind::RequireAuth => Some(
                "`#[require_auth]` hands out no token; `#[with_access_token]` and `#[with_org_token]` do",
            ),
            Kind::WithAccessToken | Kind::WithOrgToken => None,
        },
        read: |entry, args, problems| args.param = problems.take(value::identifier(&entry)),
    },
];

fn nowhere(_: Kind) -> Option<&'static str> {
    None
}

/// The key called `name`, if this attribute has it.
pub(super) fn find(kind: Kind, name: &Ident) -> Result<&'static Key, Problem> {
    let Some(key) = KEYS.iter().find(|key| name == key.name) else {
        return Err(Problem::at(name, format!("`#[{}]` has no key `{name}`", kind.name()))
            .did_you_mean(&name.to_string(), names(kind))
            .help(format!("the keys are {}", listed(kind))));
    };
    match (key.refused)(kind) {
        Some(reason) => {
            Err(Problem::at(name, format!("`#[{}]` has no key `{name}`", kind.name())).help(reason))
        }
        None => Ok(key),
    }
}

/// The keys of an attribute, as a message lists them.
pub(super) fn listed(kind: Kind) -> String {
    in_backticks(names(kind))
}

/// How to use the key called `name`.
pub(super) fn example(name: &Ident) -> &'static str {
    KEYS.iter().find(|key| name == key.name).map_or("", |key| key.example)
}

fn names(kind: Kind) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(move |key| (key.refused)(kind).is_none()).map(|key| key.name)
}

fn via(entry: &Entry) -> Result<Written<Via>, Problem> {
    let via = one_of(entry, &[("session", Via::Session), ("bearer", Via::Bearer)]);
    via.map_err(|problem| problem.help("leave `via` out to accept both"))
}

fn subject(entry: &Entry) -> Result<Written<Subject>, Problem> {
    let subject =
        one_of(entry, &[("user", Subject::User), ("machine", Subject::Machine), ("any", Subject::Any)]);
    subject.map_err(|problem| problem.help("leave `subject` out to let persons in, and no machines"))
}

/// A word that a key knows.
fn one_of<T: Copy>(entry: &Entry, words: &[(&str, T)]) -> Result<Written<T>, Problem> {
    let at = value::text(entry)?;
    let written = at.value();
    if let Some((_, means)) = words.iter().find(|(word, _)| *word == written) {
        return Ok(Written { at, means: *means });
    }
    let quoted: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    let (key, known) = (&entry.key, quoted.join(" or "));
    Err(Problem::at(&at, format!("`{key}` is {known}, not {written:?}"))
        .did_you_mean(&written, words.iter().map(|(word, _)| *word)))
}
