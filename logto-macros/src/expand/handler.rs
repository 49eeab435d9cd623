//! Adds the guard to a handler as its first parameter. Rocket evaluates it before all others, and checks at launch
//! whether it can work. A token parameter is bound to the attribute's rule.

use super::{Runtime, at, hidden, hygiene, placeholder, rule};
use crate::attribute::{self, Kind};
use crate::check::token::plain_name;
use crate::check::{Loaded, Plan};
use crate::item::Handler;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree, token_stream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Ident, PatType, Type, parse_quote, parse_quote_spanned};

pub(crate) fn handler(plan: &Plan, mut handler: Handler) -> TokenStream {
    let marker = plan.kind.marker(&handler.sig.ident);
    let context = hygiene::of_route(&handler);
    let runtime = Runtime::of(plan);
    let binder = Binder { kind: plan.kind, runtime: &runtime, marker: &marker, context };
    let mut bindings = TokenStream::new();
    for receiver in &plan.receivers {
        if let Some(FnArg::Typed(parameter)) = handler.sig.inputs.get_mut(receiver.index) {
            bindings.extend(binder.bind(parameter, receiver.is_valid));
        }
    }
    if let Some(loaded) = &plan.loaded
        && let Some(FnArg::Typed(parameter)) = handler.sig.inputs.get_mut(loaded.index)
    {
        bindings.extend(binder.bind_loaded(parameter, loaded));
    }
    handler.body = with_bindings(&handler.body, bindings);
    hygiene::unwrap_types(&mut handler.sig, context);
    handler.sig.inputs.insert(0, binder.guard());
    // Our parameter may be the eighth.
    handler.attrs.push(parse_quote!(#[allow(clippy::too_many_arguments)]));

    let order = openapi_order(plan, &handler, &runtime);
    let checked_by = plan.loaded.as_ref().map(|loaded| checked_by(loaded, &marker, &runtime));
    let marker = marker_type(plan, &handler, &marker);
    quote!(#handler #marker #checked_by #order)
}

/// Says which type the check of the attribute loads.
fn checked_by(loaded: &Loaded, marker: &Ident, runtime: &Runtime) -> TokenStream {
    let (private, value) = (runtime.private(Span::call_site()), &loaded.value);
    quote! {
        #[automatically_derived]
        impl #private::CheckedBy<#value> for #marker {}
    }
}

/// `#[openapi]` must see our parameter. If none is below, the runtime crate detects one that was
/// above. Of several attributes of this crate, the lowest checks this for all.
fn openapi_order(plan: &Plan, handler: &Handler, runtime: &Runtime) -> TokenStream {
    let settles_it =
        |attribute: &Attribute| attribute::is_openapi(attribute) || Kind::of(attribute).is_some();
    if !cfg!(feature = "okapi") || plan.kind == Kind::Public || handler.attrs.iter().any(settles_it) {
        return TokenStream::new();
    }
    let (private, name) = (runtime.private(Span::call_site()), &handler.sig.ident);
    let operation = format_ident!("okapi_add_operation_for_{}_", name, span = Span::call_site());
    let module = format_ident!("__openapi_{}_{}", plan.kind.name(), name, span = Span::call_site());
    quote!(#private::openapi_order!(#operation, #module);)
}

/// Binds parameters to the rule of their handler.
struct Binder<'a> {
    kind: Kind,
    runtime: &'a Runtime,
    marker: &'a Ident,
    context: Span,
}

impl Binder<'_> {
    /// The hidden parameter. Each attribute uses another name, because Rocket identifies parameters by name.
    fn guard(&self) -> FnArg {
        let marker = self.marker;
        let name = format_ident!("__logto_{}", self.kind.name(), span = hidden());
        // Rocket reports a type that refuses to launch at its span: the attribute's line.
        let span = self.context.located_at(Span::call_site());
        let private = self.runtime.private(span);
        let guard = match self.kind {
            Kind::Public => Ident::new("Public", span),
            Kind::RequireAuth | Kind::WithAccessToken | Kind::WithOrgToken => Ident::new("Authorized", span),
        };
        parse_quote_spanned!(span=> #name: #private::#guard<#marker>)
    }

    /// Binds the parameter's type to the rule, and returns the `let` that gives the body the type it
    /// was written for.
    fn bind(&self, parameter: &mut PatType, is_valid: bool) -> TokenStream {
        let name = match plain_name(parameter) {
            Some(name) => name.ident.clone(),
            None => Ident::new("__logto_token", hidden()),
        };
        let (pattern, written) = (parameter.pat.clone(), parameter.ty.clone());
        let place = span_of_name(&written);
        let span = at(place);
        let runtime = self.runtime.path(span);
        let token = Ident::new(self.kind.token_type().unwrap_or_default(), span);
        let unbound = if is_valid {
            quote_spanned!(span=> #runtime::#token::__unbind(#name))
        } else {
            let placeholder = placeholder(&written);
            quote_spanned!(span=> { ::core::mem::drop(#name); #placeholder })
        };
        *parameter.pat = parse_quote!(#name);
        *parameter.ty = self.bound(self.context.located_at(place));
        quote_spanned! {span=>
            #[allow(clippy::used_underscore_binding, clippy::shadow_reuse, clippy::shadow_same)]
            let #pattern: #written = #unbound;
        }
    }

    /// The same for what the check has loaded.
    fn bind_loaded(&self, parameter: &mut PatType, loaded: &Loaded) -> TokenStream {
        let name = match plain_name(parameter) {
            Some(name) => name.ident.clone(),
            None => Ident::new("__logto_loaded", hidden()),
        };
        let (pattern, written) = (parameter.pat.clone(), parameter.ty.clone());
        let place = span_of_name(&written);
        let span = at(place);
        let runtime = self.runtime.path(span);
        let unbound = if loaded.is_valid {
            quote_spanned!(span=> #runtime::Checked::__unbind(#name))
        } else {
            let placeholder = placeholder(&written);
            quote_spanned!(span=> { ::core::mem::drop(#name); #placeholder })
        };
        *parameter.pat = parse_quote!(#name);
        let (value, marker) = (&loaded.value, self.marker);
        let context = self.context.located_at(place);
        let runtime = self.runtime.path(context);
        *parameter.ty = parse_quote_spanned!(context=> #runtime::Checked<#value, #marker>);
        quote_spanned! {span=>
            #[allow(clippy::used_underscore_binding, clippy::shadow_reuse, clippy::shadow_same)]
            let #pattern: #written = #unbound;
        }
    }

    fn bound(&self, span: Span) -> Type {
        let (runtime, marker) = (self.runtime.path(span), self.marker);
        let token = Ident::new(self.kind.token_type().unwrap_or_default(), span);
        parse_quote_spanned!(span=> #runtime::#token<#marker>)
    }
}

/// The span of the last segment of a type, which messages point at.
fn span_of_name(written: &Type) -> Span {
    match written {
        Type::Group(group) => span_of_name(&group.elem),
        Type::Path(path) => path.path.segments.last().map_or_else(|| path.span(), |last| last.ident.span()),
        other => other.span(),
    }
}

/// Inserts the bindings into the body's own braces: a block within the block would make the compiler
/// warn about unused braces in the user's code. Inner attributes stay first.
fn with_bindings(body: &Group, bindings: TokenStream) -> Group {
    let mut tokens = body.stream().into_iter();
    let mut content = TokenStream::new();
    while let Some(attribute) = inner_attribute(&mut tokens) {
        content.extend(attribute);
    }
    content.extend(bindings);
    content.extend(tokens);
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(body.span());
    group
}

/// `#![..]`, if the next tokens are one. Nothing else in a body begins with `#` and `!`.
fn inner_attribute(tokens: &mut token_stream::IntoIter) -> Option<Vec<TokenTree>> {
    let ahead: Vec<TokenTree> = tokens.clone().take(3).collect();
    match &ahead[..] {
        [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(_)]
            if hash.as_char() == '#' && bang.as_char() == '!' =>
        {
            tokens.nth(2);
            Some(ahead)
        }
        _ => None,
    }
}

/// The marker type that carries the rule. It has the visibility of the handler, whose signature names it.
fn marker_type(plan: &Plan, handler: &Handler, marker: &Ident) -> TokenStream {
    let vis = &handler.vis;
    let requirement = rule::requirement(plan, marker);
    quote! {
        #[doc(hidden)]
        #[allow(
            non_camel_case_types,
            dead_code,
            missing_docs,
            missing_debug_implementations,
            missing_copy_implementations,
            unreachable_pub
        )]
        #vis struct #marker;

        #requirement
    }
}
