//! The user's own question, asked through a function of one type, whatever the user's own looks like.

use super::rule::local;
use super::{Runtime, at, hidden};
use crate::args::Function;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ExprPath, Ident};

fn name() -> Ident {
    format_ident!("__logto_check", span = Span::call_site())
}

/// The function that asks. Whether the user's answers at once or with a future is for the compiler to find
/// out.
pub(super) fn asking(function: &Function, guarded: &Ident, runtime: &Runtime) -> TokenStream {
    let (crate_, private) = (runtime.path(Span::call_site()), runtime.private(Span::call_site()));
    let (name, path) = (name(), in_the_open(&function.path, guarded));
    // What is wrong with the function is shown where it is named.
    let span = at(path.span());
    let identity = Ident::new("__logto_identity", hidden().located_at(span));
    let request = Ident::new("__logto_request", hidden().located_at(span));
    let answer = quote_spanned!(span=> #path(#identity, #request));
    let private_here = runtime.private(span);
    let answer = quote_spanned!(span=> #private_here::answer(#answer));
    quote! {
        fn #name<'a>(
            #identity: &'a #crate_::Identity,
            #request: &'a #private::rocket::Request<'_>,
        ) -> #private::BoxFuture<'a, ::core::primitive::bool> {
            ::std::boxed::Box::pin(async move { #answer.await })
        }
    }
}

pub(super) fn call(function: &Function) -> TokenStream {
    let (rule, name) = (local(function.key.span()), name());
    quote_spanned!(at(function.key.span())=> #rule.check(#name))
}

/// An item within an item does not know what `Self` was outside.
fn in_the_open(path: &ExprPath, guarded: &Ident) -> ExprPath {
    let mut path = path.clone();
    if path.qself.is_none()
        && path.path.leading_colon.is_none()
        && let Some(first) = path.path.segments.first_mut()
        && first.ident == "Self"
    {
        let span = first.ident.span();
        first.ident = guarded.clone();
        first.ident.set_span(span);
    }
    path
}
