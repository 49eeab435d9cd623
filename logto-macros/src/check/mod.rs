//! Whether what the user wrote makes sense, and the plan of what to generate.

mod handler;
mod organization;
mod structure;
pub(crate) mod token;

pub(crate) use handler::handler;
pub(crate) use structure::structure;

use crate::args::{Args, Organization, Subject, Via};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems};
use syn::Ident;
use syn::ext::IdentExt as _;

/// What an item asks of its callers: the constant that is generated.
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// The name of the item, for messages.
    pub(crate) item: String,
    pub(crate) args: Args,
    pub(crate) organization: Option<Source>,
    pub(crate) via: Option<Via>,
    /// The parameters or fields that receive the token; without mistakes one or none.
    pub(crate) receivers: Vec<Receiver>,
}

/// A parameter or field that receives the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// Its place in what the user wrote.
    pub(crate) index: usize,
    /// Whether it is written as it should be. If not, that is a problem already, and what is generated for
    /// it only has to give the compiler and Rocket nothing to add.
    pub(crate) sound: bool,
}

/// Where a route takes the id of its organization from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Segment { name: String, index: usize },
    Query(String),
    Parameter(String),
    Header(String),
    Session,
}

/// Checks that hold for every item, and the plan made of them.
fn plan(
    kind: Kind,
    item: &Ident,
    args: Args,
    organization: Option<Source>,
    receivers: Vec<Receiver>,
    problems: &mut Problems,
) -> Plan {
    one_key_for_each_scope(&args, problems);
    let via = credential(kind, &args, problems);
    Plan { kind, item: item.unraw().to_string(), args, organization, via, receivers }
}

/// A scope that is demanded anyway decides nothing among alternatives.
fn one_key_for_each_scope(args: &Args, problems: &mut Problems) {
    let (Some(all), Some(any)) = (&args.scopes, &args.any_scope) else { return };
    for scope in any.scopes.iter().filter(|scope| all.contains(scope)) {
        problems.add(
            Problem::at(scope.at(), format!("`{}` is in `scopes` and in `any_scope`", scope.written()))
                .help("all `scopes` are demanded, and one of `any_scope`: leave it out of one of the two"),
        );
    }
}

/// A token of the user can be fetched only with the refresh token of a session.
fn credential(kind: Kind, args: &Args, problems: &mut Problems) -> Option<Via> {
    let via = args.via.as_ref();
    if kind == Kind::RequireAuth {
        not_contradictory(args, problems);
        return via.map(|via| via.means);
    }
    if let Some(via) = via.filter(|via| via.means == Via::Bearer) {
        problems.add(
            Problem::at(&via.at, format!("`#[{}]` cannot work with `via = \"bearer\"`", kind.name()))
                .help("a token is fetched with the session of the user; a bearer token cannot be exchanged for one")
                .help("leave `via` out; to guard a route for bearers write `#[require_auth(via = \"bearer\")]`"),
        );
    }
    Some(Via::Session)
}

/// Keys that cannot all be met turn everybody away.
fn not_contradictory(args: &Args, problems: &mut Problems) {
    let Some(via) = &args.via else { return };
    let organization = args.organization.as_ref().map(|written| &written.means);
    let subject = args.subject.as_ref().map(|written| written.means);
    match via.means {
        Via::Bearer if organization == Some(&Organization::Session) => problems.add(
            Problem::at(
                &via.at,
                "`organization = \"session\"` needs a session, and `via = \"bearer\"` has none",
            )
            .help("take the organization from a segment (\"<org_id>\") or from a header (\"header:X-Org\")"),
        ),
        Via::Session if subject == Some(Subject::Machine) => problems.add(
            Problem::at(
                &via.at,
                "a machine has no session: `subject = \"machine\"` and `via = \"session\"` let nobody in",
            )
            .help("leave `via` out, or write `via = \"bearer\"`"),
        ),
        Via::Bearer | Via::Session => {}
    }
}
