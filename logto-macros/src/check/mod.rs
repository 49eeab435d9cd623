//! Whether what the user wrote makes sense, and the plan of what to generate.

mod contradiction;
mod handler;
mod organization;
mod structure;
pub(crate) mod token;

pub(crate) use handler::handler;
pub(crate) use structure::structure;

use crate::args::{Args, Via};
use crate::attribute::Kind;
use crate::problem::Problems;
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
    contradiction::among_names(&args, problems);
    contradiction::among_callers(&args, problems);
    let via = contradiction::credential(kind, &args, problems);
    Plan { kind, item: item.unraw().to_string(), args, organization, via, receivers }
}
