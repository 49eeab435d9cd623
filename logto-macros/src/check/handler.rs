//! Attributes on the handler of a route.

use super::{Plan, organization, plan, token};
use crate::args::Args;
use crate::attribute::Kind;
use crate::item::Handler;
use crate::problem::{Problem, Problems};
use crate::route;
use quote::ToTokens;
use syn::{Attribute, GenericParam};

/// Whether this is a route that can be guarded. Without a route attribute there is no plan.
pub(crate) fn handler(
    kind: Kind,
    args: Args,
    handler: &mut Handler,
    problems: &mut Problems,
) -> Option<Plan> {
    given_once(kind, handler, problems);
    let Some(attribute) = route::attribute(&handler.attrs) else {
        problems.add(no_route(kind, handler));
        return None;
    };
    let uri = route::uri(attribute);
    let path = attribute.path().to_token_stream();
    no_generics(handler, problems);

    let organization = organization::of_route(kind, &args, &path, uri.as_ref(), problems);
    let receivers = token::receivers(kind, &args, handler, uri.as_ref(), problems);
    Some(plan(kind, &handler.sig.ident, args, organization, receivers, problems))
}

/// The second one is taken off: it would only say the same again.
fn given_once(kind: Kind, handler: &mut Handler, problems: &mut Problems) {
    handler.attrs.retain(|attribute| {
        let again = Kind::of(attribute) == Some(kind);
        if again {
            problems.add(
                Problem::at(attribute.path(), format!("`#[{}]` is given twice", kind.name()))
                    .help("one attribute takes all the keys: leave one of them out"),
            );
        }
        !again
    });
}

fn no_route(kind: Kind, handler: &Handler) -> Problem {
    let name = kind.name();
    let is_catch =
        |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "catch");
    if handler.attrs.iter().any(is_catch) {
        return Problem::at(&handler.sig.ident, format!("`#[{name}]` cannot guard a catcher"))
            .help("a catcher answers for requests that failed; guard the routes instead");
    }
    Problem::at(&handler.sig.ident, format!("`#[{name}]` finds no route attribute below it"))
        .help(
            "attributes work from the top down: below `#[get(..)]`, the handler's guards are settled already",
        )
        .help(format!("write `#[{name}(..)]` first, and `#[get(..)]`, `#[post(..)]` or the like under it"))
}

/// Rocket calls a handler without naming types for its parameters.
fn no_generics(handler: &Handler, problems: &mut Problems) {
    for parameter in &handler.sig.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(_) => "type",
            GenericParam::Const(_) => "const",
        };
        problems.add(
            Problem::at(parameter, format!("a route cannot be generic over a {what}"))
                .help("Rocket calls the handler by itself: write the concrete type; lifetimes are fine"),
        );
    }
}
