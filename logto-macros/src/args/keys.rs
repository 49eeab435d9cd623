//! The table of keys. A new key is a row here and a field of [`Args`].

use super::entry::{Entry, Written};
use super::model::{Args, Otherwise, SignIn, Subject, Via};
use super::names::{self, Noun};
use super::{duration, function, organization, resource, value};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems, listed as in_backticks};
use syn::Ident;

/// One key of the grammar.
pub(super) struct Key {
    pub(super) name: &'static str,
    /// A correct use, for messages.
    pub(super) example: &'static str,
    /// What to write if the key is repeated.
    pub(super) once: &'static str,
    /// Why an attribute does not accept this key, and what to write instead.
    refused: fn(Kind) -> Option<&'static str>,
    /// Parses the value into its field.
    pub(super) read: fn(Entry, &mut Args, &mut Problems),
}

/// The defaults for a key that every guard accepts, with one value.
const KEY: Key = Key {
    name: "",
    example: "",
    once: "write it once",
    refused: |kind| (kind == Kind::Public).then_some(OPEN),
    read: |_, _, _| {},
};

/// The defaults for a key with a list of names.
const NAMES: Key = Key { once: "write it once, with all names in one string, separated by spaces", ..KEY };

const OPEN: &str = "a public route has no conditions; to guard it, write `#[require_auth(..)]`";

const KEYS: [Key; 16] = [
    Key {
        name: "scopes",
        example: "scopes = \"read:orders\"",
        read: |entry, args, problems| args.scopes = names::read(Noun::Scope, entry, problems),
        ..NAMES
    },
    Key {
        name: "any_scope",
        example: "any_scope = \"read:orders admin\"",
        read: |entry, args, problems| args.any_scope = names::read(Noun::Scope, entry, problems),
        ..NAMES
    },
    Key {
        name: "roles",
        example: "roles = \"editor\"",
        read: |entry, args, problems| args.roles = names::read(Noun::Role, entry, problems),
        ..NAMES
    },
    Key {
        name: "any_role",
        example: "any_role = \"editor admin\"",
        read: |entry, args, problems| args.any_role = names::read(Noun::Role, entry, problems),
        ..NAMES
    },
    Key {
        name: "resource",
        example: "resource = \"https://api.example.com\"",
        read: |entry, args, problems| args.resource = problems.take(resource::read(entry)),
        ..KEY
    },
    Key {
        name: "organization",
        example: "organization = \"<org_id>\"",
        read: |entry, args, problems| args.organization = problems.take(organization::read(&entry)),
        ..KEY
    },
    Key {
        name: "via",
        example: "via = \"session\"",
        read: |entry, args, problems| args.via = problems.take(via(&entry)),
        ..KEY
    },
    Key {
        name: "subject",
        example: "subject = \"machine\"",
        refused: |kind| match kind {
            Kind::RequireAuth => None,
            Kind::WithAccessToken | Kind::WithOrgToken => {
                Some("the token is requested for the signed-in user, so the caller is always a user")
            }
            Kind::Public => Some(OPEN),
        },
        read: |entry, args, problems| args.subject = problems.take(subject(&entry)),
        ..KEY
    },
    Key {
        name: "clients",
        example: "clients = [\"app-id\"]",
        refused: |kind| match kind {
            Kind::RequireAuth => None,
            Kind::WithAccessToken | Kind::WithOrgToken => {
                Some("the token is requested with the user's session, so no bearer token is accepted")
            }
            Kind::Public => Some(OPEN),
        },
        read: |entry, args, problems| args.clients = names::read(Noun::Client, entry, problems),
        ..NAMES
    },
    Key {
        name: "max_age",
        example: "max_age = \"5m\"",
        read: |entry, args, problems| args.max_age = problems.take(duration::read(&entry)),
        ..KEY
    },
    Key {
        name: "check",
        example: "check = is_owner",
        once: "write it once; one function can call two others",
        read: |entry, args, problems| args.check = problems.take(function::read(entry)),
        ..KEY
    },
    Key {
        name: "otherwise",
        example: "otherwise = \"forward\"",
        read: |entry, args, problems| args.otherwise = problems.take(otherwise(&entry)),
        ..KEY
    },
    Key {
        name: "keep_alive",
        example: "keep_alive = false",
        read: |entry, args, problems| args.keep_alive = problems.take(value::switch(&entry)),
        ..KEY
    },
    Key {
        name: "sign_in",
        example: "sign_in = \"silent\"",
        refused: |kind| {
            (kind != Kind::Public).then_some("it is for routes that everybody may use: `#[public]`")
        },
        read: |entry, args, problems| args.sign_in = problems.take(sign_in(&entry)),
        ..KEY
    },
    Key {
        name: "param",
        example: "param = token",
        refused: |kind| match kind {
            Kind::RequireAuth => {
                Some("`#[require_auth]` provides no token; `#[with_access_token]` and `#[with_org_token]` do")
            }
            Kind::WithAccessToken | Kind::WithOrgToken => None,
            Kind::Public => Some(OPEN),
        },
        read: |entry, args, problems| args.param = problems.take(value::identifier(&entry)),
        ..KEY
    },
    Key {
        name: "crate",
        example: "crate = auth",
        refused: |_| None,
        read: |entry, args, problems| args.runtime = problems.take(value::crate_path(&entry)),
        ..KEY
    },
];

/// The key with this name, if the attribute accepts it.
pub(super) fn find(kind: Kind, name: &Ident) -> Result<&'static Key, Problem> {
    let unknown = || Problem::at(name, format!("`#[{}]` has no key `{name}`", kind.name()));
    let Some(key) = KEYS.iter().find(|key| name == key.name) else {
        return Err(unknown().did_you_mean(&name.to_string(), names_of(kind)).help(listed(kind)));
    };
    match (key.refused)(kind) {
        Some(reason) => Err(unknown().help(reason)),
        None => Ok(key),
    }
}

/// The keys of an attribute as a list for messages. `crate` is omitted, because it is hardly ever what a user
/// looks for.
pub(super) fn listed(kind: Kind) -> String {
    match kind {
        Kind::Public => OPEN.to_owned(),
        _ => format!("the keys are {}", in_backticks(names_of(kind).filter(|name| *name != "crate"))),
    }
}

fn names_of(kind: Kind) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(move |key| (key.refused)(kind).is_none()).map(|key| key.name)
}

fn via(entry: &Entry) -> Result<Written<Via>, Problem> {
    let via = one_of(entry, &[("session", Via::Session), ("bearer", Via::Bearer)]);
    via.map_err(|problem| problem.help("omit `via` to accept both"))
}

fn subject(entry: &Entry) -> Result<Written<Subject>, Problem> {
    let subject =
        one_of(entry, &[("user", Subject::User), ("machine", Subject::Machine), ("any", Subject::Any)]);
    subject.map_err(|problem| problem.help("omit `subject` to admit only users"))
}

fn otherwise(entry: &Entry) -> Result<Written<Otherwise>, Problem> {
    let otherwise = one_of(entry, &[("forward", Otherwise::Forward)]);
    otherwise.map_err(|problem| problem.help("omit `otherwise` to refuse anonymous callers"))
}

fn sign_in(entry: &Entry) -> Result<Written<SignIn>, Problem> {
    let sign_in = one_of(entry, &[("silent", SignIn::Silent)]);
    sign_in.map_err(|problem| problem.help("omit `sign_in` to begin none"))
}

/// Parses one of the words that a key accepts.
fn one_of<T: Copy>(entry: &Entry, words: &[(&str, T)]) -> Result<Written<T>, Problem> {
    let at = value::text(entry)?;
    let written = at.value();
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == written) {
        return Ok(Written { at, value: *value });
    }
    let quoted: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
    let (key, known) = (&entry.key, quoted.join(" or "));
    Err(Problem::at(&at, format!("`{key}` must be {known}, not {written:?}"))
        .did_you_mean(&written, words.iter().map(|(word, _)| *word)))
}
