//! Calls the function of `check` through a wrapper with a fixed signature.

use super::rule_variable::local;
use super::{Runtime, at, hidden};
use crate::args::Function;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{ExprPath, Ident, Type};

fn name() -> Ident {
    format_ident!("__logto_check", span = Span::call_site())
}

/// The wrapper. Whether the user's function is sync or async is decided by the compiler.
/// `loaded` is the type that a parameter or field takes of what it has loaded.
pub(super) fn wrapper(
    function: &Function,
    guarded: &Ident,
    loaded: Option<&Type>,
    runtime: &Runtime,
) -> TokenStream {
    let (crate_, private) = (runtime.path(Span::call_site()), runtime.private(Span::call_site()));
    let (name, path) = (name(), resolve_self(&function.path, guarded));
    // A type error in the function is reported where the function is named.
    let span = at(path.span());
    let identity = Ident::new("__logto_identity", hidden().located_at(span));
    let request = Ident::new("__logto_request", hidden().located_at(span));
    let answer = quote_spanned!(span=> #path(#identity, #request));
    let private_here = runtime.private(span);
    let answer = match loaded {
        None => quote_spanned!(span=> #private_here::answer(#answer)),
        Some(loaded) => quote_spanned!(span=> #private_here::answer_with::<#loaded, _, _>(#answer)),
    };
    quote! {
        fn #name<'a>(
            #identity: &'a #crate_::Identity,
            #request: &'a #private::rocket::Request<'_>,
        ) -> #private::BoxFuture<'a, #private::CheckOutcome> {
            ::std::boxed::Box::pin(async move { #private::decided(#answer.await) })
        }
    }
}

pub(super) fn call(function: &Function) -> TokenStream {
    let (rule, name) = (local(function.key.span()), name());
    quote_spanned!(at(function.key.span())=> #rule.check(#name))
}

/// Replaces `Self`, which has no meaning inside a nested item.
fn resolve_self(path: &ExprPath, guarded: &Ident) -> ExprPath {
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
