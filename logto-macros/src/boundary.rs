//! Runs the stages and recovers from errors. Only this module turns problems into tokens.

use crate::args;
use crate::attribute::Kind;
use crate::check;
use crate::expand;
use crate::item::{Item, Refused, What};
use crate::problem::{Problem, Problems};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Expands one attribute. The output always contains the user's item, and a `compile_error!` if anything
/// is wrong: an item without its guard must not compile.
pub(crate) fn run(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    guarded(kind, &item, || expand(kind, args, item.clone()))
}

fn guarded(kind: Kind, item: &TokenStream, expand: impl FnOnce() -> TokenStream) -> TokenStream {
    catch_unwind(AssertUnwindSafe(expand)).unwrap_or_else(|_| {
        let problem =
            Problem::at_span(Span::call_site(), format!("`#[{}]` stopped unexpectedly", kind.name()))
                .help("this is a bug in `logto-macros`, not in your code; please report it, with this item");
        with_problem(item.clone(), problem)
    })
}

fn expand(kind: Kind, args: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let args = args::parse(kind, args, &mut problems);
    let mut output = match syn::parse2(tokens.clone()) {
        Err(error) => {
            // The item is not valid Rust, which the compiler reports as well.
            problems.add(Problem::at_span(error.span(), error.to_string()));
            tokens
        }
        Ok(Item::Handler(mut handler)) => match check::handler(kind, args, &mut handler, &mut problems) {
            // Expand the guard even if there are mistakes in the keys: without the guard's types,
            // Rocket would report an error of its own that misleads the reader.
            Some(plan) => expand::handler(&plan, *handler),
            None => handler.into_token_stream(),
        },
        Ok(Item::Struct(item)) if kind == Kind::Public => {
            let problem =
                Problem::at(&item.ident, "`#[public]` cannot be used on a struct").help(ONLY_ROUTES);
            return with_problem(item.into_token_stream(), problem);
        }
        Ok(Item::Struct(mut item)) => {
            let plan = check::structure(kind, args, &mut item, &mut problems);
            expand::structure(&plan, &item)
        }
        Ok(Item::Refused(refused)) => {
            // One error is enough: on an item that cannot be guarded, the keys do not matter.
            return with_problem(refused.item.clone(), refusal(kind, &refused));
        }
    };
    output.extend(problems.into_tokens());
    output
}

fn refusal(kind: Kind, refused: &Refused) -> Problem {
    let name = kind.name();
    let cannot_be_used_on = |what| Problem::at(&refused.at, format!("`#[{name}]` cannot be used on {what}"));
    match (refused.what, kind) {
        (What::Method, Kind::Public) => cannot_be_used_on("a method").help(MOVE_OUT),
        (What::Method, _) => {
            Problem::at(&refused.at, format!("`#[{name}]` cannot guard a method")).help(MOVE_OUT)
        }
        (What::GenericStruct, Kind::Public) => cannot_be_used_on("a struct").help(ONLY_ROUTES),
        (What::GenericStruct, _) => cannot_be_used_on("a generic struct").help(
            "Rocket creates the guard for each request, so the struct cannot have type parameters or lifetimes",
        ),
        (What::Other(what), Kind::Public) => cannot_be_used_on(what).help(ONLY_ROUTES),
        (What::Other(what), _) => cannot_be_used_on(what)
            .help("put it on a route, above `#[get(..)]` or the like, or on a struct")
            .help("a struct becomes a named guard, to be used as the type of a parameter"),
    }
}

const MOVE_OUT: &str = "Rocket's routes are free functions: move this one out of the `impl` or `trait`";
const ONLY_ROUTES: &str = "it marks a public route: put it above `#[get(..)]` or the like";

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
