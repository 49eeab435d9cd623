//! Checks of an attribute on the handler of a route.

use super::{Plan, checked, organization, plan, token};
use crate::args::Args;
use crate::attribute::{self, Kind};
use crate::item::Handler;
use crate::problem::{Problem, Problems};
use crate::route;
use quote::ToTokens;
use syn::{Attribute, GenericParam};

/// Checks whether the function is a route that can be guarded. Without a route attribute there is no plan.
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
    one_route(handler, problems);
    no_generics(handler, problems);

    let organization = organization::of_route(kind, &args, &path, uri.as_ref(), problems);
    let receivers = token::receivers(kind, &args, handler, uri.as_ref(), problems);
    let loaded = checked::of_handler(&args, handler, problems);
    Some(plan(kind, &handler.sig.ident, args, organization, (receivers, loaded), problems))
}

/// Removes a repeated attribute, which would only report the same problems again. Of two attributes that contradict
/// each other, the guard stays.
fn given_once(kind: Kind, handler: &mut Handler, problems: &mut Problems) {
    handler.attrs.retain(|attribute| {
        let Some(other) = Kind::of(attribute) else { return true };
        if other == kind {
            problems.add(Problem::at(attribute.path(), format!("`#[{}]` is given twice", kind.name())).help(
                match kind {
                    Kind::Public => "remove one of them",
                    _ => "one attribute accepts all the keys: remove one of them",
                },
            ));
            return false;
        }
        if other == Kind::Public || kind == Kind::Public {
            let guard = if kind == Kind::Public { other } else { kind };
            problems.add(
                Problem::at(
                    attribute.path(),
                    format!("a route is guarded or public, not both: it also has `#[{}]`", kind.name()),
                )
                .help(format!(
                    "remove `#[public]` to keep the guard; without `#[{}]` everybody is admitted",
                    guard.name()
                )),
            );
        }
        other != Kind::Public
    });
}

/// Of two attributes that are named like a route attribute, one may be of another crate. It is unknown which URI
/// counts and which of them sees the guard. The second is removed, because Rocket would report more errors for it.
fn one_route(handler: &mut Handler, problems: &mut Problems) {
    for second in route::all(&handler.attrs).skip(1) {
        let name = second.path().to_token_stream().to_string().replace(' ', "");
        problems.add(
            Problem::at(second.path(), format!("`#[{name}]` is the second route attribute of this handler"))
                .help("a handler has one route: write another handler for the second")
                .help("if this is an attribute of another crate, import it under another name: `use other::get as fetch`"),
        );
    }
    let mut is_first = true;
    handler.attrs.retain(|attribute| !attribute::is_route(attribute) || std::mem::take(&mut is_first));
}

fn no_route(kind: Kind, handler: &Handler) -> Problem {
    let name = kind.name();
    let is_catch =
        |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "catch");
    if handler.attrs.iter().any(is_catch) {
        return match kind {
            Kind::Public => Problem::at(&handler.sig.ident, "`#[public]` cannot be used on a catcher")
                .help("a catcher responds to failed requests of any caller: remove the attribute"),
            _ => Problem::at(&handler.sig.ident, format!("`#[{name}]` cannot guard a catcher"))
                .help("a catcher responds to failed requests; guard the routes instead"),
        };
    }
    let keys = if kind == Kind::Public { "" } else { "(..)" };
    Problem::at(&handler.sig.ident, format!("`#[{name}]` finds no route attribute below it"))
        .help("attributes expand from top to bottom: below `#[get(..)]` it is too late to add a guard")
        .help(format!("write `#[{name}{keys}]` first, and `#[get(..)]`, `#[post(..)]` or the like below it"))
}

/// Rocket calls a handler without type arguments.
fn no_generics(handler: &Handler, problems: &mut Problems) {
    for parameter in &handler.sig.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(_) => "type",
            GenericParam::Const(_) => "const",
        };
        problems.add(Problem::at(parameter, format!("a route cannot be generic over a {what}")).help(
            "Rocket calls the handler without type arguments: write the concrete type; lifetimes are fine",
        ));
    }
}
