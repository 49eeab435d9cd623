//! From a plan to tokens. Every path is written in full: a user's module may have a `Result` of its own.

mod demands;
mod function;
mod handler;
mod hygiene;
mod rule;
mod structure;

pub(crate) use handler::handler;
pub(crate) use structure::structure;

use crate::check::Plan;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Path, Type};

/// The runtime crate: the one place that knows its name.
struct Runtime(Option<Path>);

impl Runtime {
    fn of(plan: &Plan) -> Runtime {
        Runtime(plan.args.runtime.clone())
    }

    /// Its path, with the hygiene of `span`. Where the user has said what it is called, a wrong name is
    /// shown there.
    fn path(&self, span: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(span=> ::logto_rocket) };
        let respan = |token: TokenTree| match token {
            // The span of `$crate` tells which crate it is.
            TokenTree::Ident(name) if name == "$crate" => TokenTree::Ident(name),
            mut token => {
                token.set_span(span.located_at(token.span()));
                token
            }
        };
        path.to_token_stream().into_iter().map(respan).collect()
    }

    /// What generated code uses of it, and nobody else should.
    fn private(&self, span: Span) -> TokenStream {
        let path = self.path(span);
        quote_spanned!(span=> #path::__private)
    }
}

/// A span that errors show as `place`, in which names mean what they mean to the attribute.
fn at(place: Span) -> Span {
    Span::call_site().located_at(place)
}

/// A span for names that no code of the user can mean or hide.
fn hidden() -> Span {
    Span::mixed_site().located_at(Span::call_site())
}

/// An expression of any type, for what is wrong and has been reported: with it, the compiler has nothing to
/// add. It never runs.
fn placeholder(written: &Type) -> TokenStream {
    quote!(::core::option::Option::<#written>::None.unwrap())
}
