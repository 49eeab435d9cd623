//! From a plan to tokens. Every path is written in full: a user's module may have a `Result` of its own.

mod handler;
mod hygiene;
mod rule;
mod structure;

pub(crate) use handler::handler;
pub(crate) use structure::structure;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

/// The runtime crate: the one place that knows its name.
fn runtime(span: Span) -> TokenStream {
    quote_spanned!(span=> ::logto_rocket)
}

/// What generated code uses of the runtime crate, and nobody else should.
fn private(span: Span) -> TokenStream {
    let runtime = runtime(span);
    quote_spanned!(span=> #runtime::__private)
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
