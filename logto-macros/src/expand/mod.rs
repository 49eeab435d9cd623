//! Turns a plan into tokens. Every path is absolute, because a user's module may define its own `Result`.

mod calls;
mod function;
mod handler;
mod hygiene;
mod rule;
mod rule_variable;
mod structure;

pub(crate) use handler::handler;
pub(crate) use structure::structure;

use crate::check::Plan;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Path, Type};

/// The path of the runtime crate.
struct Runtime(Option<Path>);

impl Runtime {
    fn of(plan: &Plan) -> Runtime {
        Runtime(plan.args.runtime.clone())
    }

    /// The path with the hygiene of `span`. If the user wrote `crate = ..`, a wrong path is
    /// reported there.
    fn path(&self, span: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(span=> ::logto_rocket) };
        let respan = |token: TokenTree| match token {
            // The span of `$crate` determines the crate.
            TokenTree::Ident(name) if name == "$crate" => TokenTree::Ident(name),
            mut token => {
                token.set_span(span.located_at(token.span()));
                token
            }
        };
        path.to_token_stream().into_iter().map(respan).collect()
    }

    /// The module with the items for generated code.
    fn private(&self, span: Span) -> TokenStream {
        let path = self.path(span);
        quote_spanned!(span=> #path::__private)
    }
}

/// A span that errors show as `place`, with the hygiene of the attribute.
fn at(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// A span for names that the user's code can neither use nor shadow.
fn hidden() -> Span {
    Span::mixed_site().located_at(Span::call_site())
}

/// An expression of any type, in place of one whose problem is already reported, so that the compiler reports no
/// further error. It never runs.
fn placeholder(written: &Type) -> TokenStream {
    quote!(::core::option::Option::<#written>::None.unwrap())
}
