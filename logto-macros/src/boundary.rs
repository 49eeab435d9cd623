//! Runs the stages, and recovers: the one place where mistakes turn into tokens.

use crate::args;
use crate::attribute::Kind;
use crate::check;
use crate::expand;
use crate::item::{Item, Refused, What};
use crate::problem::{Problem, Problems};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Expands one attribute. The answer always contains the user's item, and a `compile_error!` if anything
/// is wrong: an item that came out unguarded must not compile.
pub(crate) fn run(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    guarded(kind, &item, || expand(kind, args, item.clone()))
}

fn guarded(kind: Kind, item: &TokenStream, expand: impl FnOnce() -> TokenStream) -> TokenStream {
    catch_unwind(AssertUnwindSafe(expand)).unwrap_or_else(|_| {
        let problem =
            Problem::at_span(Span::call_site(), format!("`#[{}]` stopped unexpectedly", kind.name())).help(
                "this is a mistake in `logto-macros`, not in your code: please report it, with this item",
            );
        with_problem(item.clone(), problem)
    })
}

fn expand(kind: Kind, args: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let args = args::parse(kind, args, &mut problems);
    let mut output = match syn::parse2(tokens.clone()) {
        Err(error) => {
            // The item is no Rust; the compiler has said so itself, or will.
            problems.add(Problem::at_span(error.span(), error.to_string()));
            tokens
        }
        Ok(Item::Handler(mut handler)) => match check::handler(kind, args, &mut handler, &mut problems) {
            // A mistake in the keys is no reason to leave the guard out: without the guard's types,
            // Rocket would add an error of its own that leads the reader astray.
            Some(plan) => expand::handler(&plan, *handler),
            None => handler.into_token_stream(),
        },
        Ok(Item::Struct(item)) if kind == Kind::Public => {
            let problem = Problem::at(&item.ident, "`#[public]` cannot stand on a struct").help(ROUTES);
            return with_problem(item.into_token_stream(), problem);
        }
        Ok(Item::Struct(mut item)) => {
            let plan = check::structure(kind, args, &mut item, &mut problems);
            expand::structure(&plan, &item)
        }
        Ok(Item::Refused(refused)) => {
            // One error is enough: the keys do not matter on an item that cannot have them.
            return with_problem(refused.item.clone(), refusal(kind, &refused));
        }
    };
    output.extend(problems.into_tokens());
    output
}

fn refusal(kind: Kind, refused: &Refused) -> Problem {
    let name = kind.name();
    let cannot_stand_on = |what| Problem::at(&refused.at, format!("`#[{name}]` cannot stand on {what}"));
    match (refused.what, kind) {
        (What::Method, Kind::Public) => cannot_stand_on("a method").help(FREE),
        (What::Method, _) => {
            Problem::at(&refused.at, format!("`#[{name}]` cannot guard a method")).help(FREE)
        }
        (What::GenericStruct, Kind::Public) => cannot_stand_on("a struct").help(ROUTES),
        (What::GenericStruct, _) => cannot_stand_on("a generic struct").help(
            "Rocket builds the guard for each request: write its fields without type parameters and lifetimes",
        ),
        (What::Other(what), Kind::Public) => cannot_stand_on(what).help(ROUTES),
        (What::Other(what), _) => cannot_stand_on(what)
            .help("put it on a route, above `#[get(..)]` or the like, or on a struct")
            .help("a struct becomes a guard with a name, to be used as the type of a parameter"),
    }
}

const FREE: &str = "Rocket's routes are free functions: move this one out of the `impl` or `trait`";
const ROUTES: &str = "it marks a route that is open on purpose: put it above `#[get(..)]` or the like";

fn with_problem(mut item: TokenStream, problem: Problem) -> TokenStream {
    let mut problems = Problems::default();
    problems.add(problem);
    item.extend(problems.into_tokens());
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn a_panic_keeps_the_item_and_does_not_compile() {
        let item = quote!(
            fn orders() {}
        );
        let output = guarded(Kind::RequireAuth, &item, || panic!("on purpose")).to_string();
        assert!(output.starts_with(&item.to_string()), "{output}");
        assert!(output.contains("compile_error") && output.contains("please report it"), "{output}");
    }
}
