//! Checks what the user wrote and makes the plan of what to generate.

pub(crate) mod checked;
mod contradiction;
mod handler;
mod organization;
mod structure;
pub(crate) mod token;

pub(crate) use checked::Loaded;
pub(crate) use handler::handler;
pub(crate) use structure::structure;

use crate::args::{Args, Via};
use crate::attribute::Kind;
use crate::problem::Problems;
use syn::Ident;
use syn::ext::IdentExt as _;

/// The rule of an item, from which the constant is generated.
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// The name of the item, for messages.
    pub(crate) item: String,
    pub(crate) args: Args,
    pub(crate) organization: Option<Source>,
    pub(crate) via: Option<Via>,
    /// The parameters or fields that receive the token: one or none, unless there is a mistake.
    pub(crate) receivers: Vec<Receiver>,
    /// The parameter or field that receives what the `check` has loaded.
    pub(crate) loaded: Option<Loaded>,
    /// Whether a field can only be filled for a session, as far as its type is written out.
    pub(crate) fields_need_session: bool,
}

/// A parameter or field that receives the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// Its index among the user's parameters or fields.
    pub(crate) index: usize,
    /// Whether it is written correctly. If not, the problem is already reported, and what is generated for
    /// it must not cause further errors.
    pub(crate) is_valid: bool,
}

/// The source of the organization id.
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
    receivers: (Vec<Receiver>, Option<Loaded>),
    problems: &mut Problems,
) -> Plan {
    contradiction::of_names(&args, problems);
    contradiction::of_callers(&args, problems);
    let via = contradiction::credential(kind, &args, problems);
    let (receivers, loaded) = receivers;
    Plan {
        kind,
        item: item.unraw().to_string(),
        args,
        organization,
        via,
        receivers,
        loaded,
        fields_need_session: false,
    }
}
