//! Checks of an attribute on a struct, which becomes a named guard.

use super::{Plan, checked, organization, plan, token};
use crate::args::Args;
use crate::attribute::Kind;
use crate::problem::{Problem, Problems};
use syn::{Ident, ItemStruct};

pub(crate) fn structure(kind: Kind, args: Args, item: &mut ItemStruct, problems: &mut Problems) -> Plan {
    only_one(kind, item, problems);
    if let Some(param) = &args.param {
        problems.add(no_parameters(param));
    }
    let receivers = token::fields(kind, item, problems);
    token::foreign_fields(kind, &args, item, problems);
    let organization = organization::of_struct(kind, &args, &item.ident, problems);
    let loaded = checked::of_struct(&args, item, problems);
    let fields_need_session = token::has_field_of_session(item);
    Plan { fields_need_session, ..plan(kind, &item.ident, args, organization, (receivers, loaded), problems) }
}

/// A guard has one rule. Further attributes are removed, because they would only report the same problems again.
fn only_one(kind: Kind, item: &mut ItemStruct, problems: &mut Problems) {
    item.attrs.retain(|attribute| {
        let Some(other) = Kind::of(attribute) else { return true };
        problems.add(match other {
            _ if other == kind => {
                Problem::at(attribute.path(), format!("`#[{}]` is given twice", kind.name()))
                    .help("one attribute accepts all the keys: remove one of them")
            }
            Kind::Public => Problem::at(attribute.path(), "`#[public]` cannot be used on a struct")
                .help("it marks a public route: remove it"),
            _ => Problem::at(attribute.path(), "a struct can have only one attribute")
                .help(format!("move the keys to `#[{}]`, or write another struct", kind.name())),
        });
        false
    });
}

fn no_parameters(param: &Ident) -> Problem {
    Problem::at(param, "a struct has no parameters")
        .help("omit `param`: the field that receives the token is found by its type")
}
