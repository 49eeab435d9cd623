//! Attributes on a struct, which becomes a guard with a name.

use super::{Plan, organization, plan, token};
use crate::args::Args;
use crate::attribute::Kind;
use crate::problem::{Problem, Problems};
use syn::{Ident, ItemStruct};

pub(crate) fn structure(kind: Kind, args: Args, item: &mut ItemStruct, problems: &mut Problems) -> Plan {
    alone(kind, item, problems);
    if let Some(param) = &args.param {
        problems.add(no_parameters(param));
    }
    let receivers = token::fields(kind, item, problems);
    token::foreign_fields(kind, &args, item, problems);
    let organization = organization::of_struct(kind, &args, &item.ident, problems);
    plan(kind, &item.ident, args, organization, receivers, problems)
}

/// A guard has one rule. The others are taken off: they would only say the same again.
fn alone(kind: Kind, item: &mut ItemStruct, problems: &mut Problems) {
    item.attrs.retain(|attribute| {
        let Some(other) = Kind::of(attribute) else { return true };
        problems.add(match other {
            _ if other == kind => {
                Problem::at(attribute.path(), format!("`#[{}]` is given twice", kind.name()))
                    .help("one attribute takes all the keys: leave one of them out")
            }
            Kind::Public => Problem::at(attribute.path(), "`#[public]` cannot stand on a struct")
                .help("it marks a route that is open on purpose: leave it out"),
            _ => Problem::at(attribute.path(), "a struct has one rule, and so one attribute")
                .help(format!("give the keys to `#[{}]`, or make a struct of its own", kind.name())),
        });
        false
    });
}

fn no_parameters(param: &Ident) -> Problem {
    Problem::at(param, "a struct has no parameters to choose from")
        .help("leave `param` out: the type of a field tells which one receives the token")
}
