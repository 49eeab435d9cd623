//! Handlers that `macro_rules!` has a hand in.
//!
//! Rocket's route attributes give names of their own, such as the one of the request, the spans of the
//! parameters' types, and find those names again only where the types come from the same expansion as the
//! route attribute itself.

use crate::item::Handler;
use crate::route;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned as _;
use syn::{FnArg, ReturnType, Signature, Type};

/// Where names mean what they mean to the route attribute. Its `#` tells: the rest of it may have come from
/// elsewhere, as in `#[$meta]`.
pub(super) fn of_route(handler: &Handler) -> Span {
    route::attribute(&handler.attrs).map_or_else(Span::call_site, |attribute| attribute.pound_token.span())
}

/// A type that came as `$type:ty` is in a group that nobody sees, whose span is the macro's. The compiler
/// drops the group from what an attribute emits, so the type itself gets that span.
pub(super) fn unwrap_types(sig: &mut Signature, context: Span) {
    for input in &mut sig.inputs {
        if let FnArg::Typed(parameter) = input {
            unwrap(&mut parameter.ty, context);
        }
    }
    if let ReturnType::Type(_, written) = &mut sig.output {
        unwrap(written, context);
    }
}

fn unwrap(written: &mut Type, context: Span) {
    if let Type::Group(group) = written {
        *written = Type::Verbatim(within(group.elem.to_token_stream(), context));
    }
}

fn within(tokens: TokenStream, context: Span) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                within(group.stream(), context)
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), within(group.stream(), context));
                inner.set_span(context.located_at(group.span()));
                TokenTree::Group(inner).into()
            }
            // The span of `$crate` tells which crate it is.
            TokenTree::Ident(name) if name == "$crate" => TokenTree::Ident(name).into(),
            mut token => {
                token.set_span(context.located_at(token.span()));
                token.into()
            }
        })
        .collect()
}
