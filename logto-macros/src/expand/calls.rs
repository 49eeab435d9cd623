//! The conditions of a rule: one call of the runtime crate for each key.

use super::rule_variable::local;
use super::{Runtime, at, function};
use crate::args::{Name, NameList, Otherwise, Resource, SignIn, Subject, Via};
use crate::attribute::Kind;
use crate::check::{Plan, Source};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned as _;

/// The calls that build a rule, and the items that they use.
#[derive(Default)]
pub(super) struct RuleCalls {
    pub(super) items: Vec<TokenStream>,
    pub(super) calls: Vec<TokenStream>,
}

impl RuleCalls {
    pub(super) fn of(plan: &Plan, guarded: &Ident, runtime: &Runtime) -> RuleCalls {
        let args = &plan.args;
        let private = runtime.private(Span::call_site());
        let lists = [
            ("scopes", &args.scopes),
            ("any_scope", &args.any_scope),
            ("roles", &args.roles),
            ("any_role", &args.any_role),
            ("clients", &args.clients),
        ];
        let mut generated = RuleCalls::default();
        for (method, list) in lists {
            generated.calls.extend(list.as_ref().map(|list| names(method, list)));
        }
        if lists.iter().any(|(_, list)| list.as_ref().is_some_and(|list| list.is_bare)) {
            generated.items.push(lists_of_constants());
        }
        generated.calls.extend(args.resource.as_ref().map(resource));
        generated.calls.extend(plan.organization.as_ref().map(|source| organization(source, &private)));
        generated.calls.extend(plan.via.map(|which| via(which, &private)));
        generated.calls.extend(args.subject.as_ref().map(|written| subject(written.value, &private)));
        generated.calls.extend(token(plan.kind, &private));
        generated.calls.extend(plan.fields_need_session.then(fields_need_session));
        generated.calls.extend(args.max_age.as_ref().map(|written| max_age(written.value)));
        if let Some(asked) = &args.check {
            let loaded = plan.loaded.as_ref().map(|loaded| &loaded.value);
            generated.items.push(function::wrapper(asked, guarded, loaded, runtime));
            generated.calls.push(function::call(asked));
        }
        generated.calls.extend(args.otherwise.as_ref().map(|written| otherwise(written.value)));
        generated.calls.extend((args.keep_alive == Some(false)).then(no_keep_alive));
        generated.calls.extend(args.sign_in.as_ref().map(|written| sign_in(written.value)));
        generated
    }
}

fn names(method: &str, list: &NameList) -> TokenStream {
    let span = at(list.key.span());
    let (rule, method) = (local(list.key.span()), Ident::new(method, span));
    let values = list.names.iter().map(|name| match name {
        Name::Literal { name, .. } => quote!(#name),
        Name::Constant(path) if list.is_bare => {
            let (constant, span) = (constant(), at(path.span()));
            quote_spanned!(span=> #constant(#path).names())
        }
        Name::Constant(path) => quote!(#path),
    });
    match list.is_bare {
        true => quote_spanned!(span=> #rule.#method(#(#values)*)),
        false => quote_spanned!(span=> #rule.#method(&[#(#values),*])),
    }
}

/// The helper type for a constant without brackets, which may hold one name or a list. The type of the constant
/// selects a method of the helper type. A trait cannot do this, because a constant cannot call its methods.
fn constant() -> Ident {
    format_ident!("__LogtoNamesIn", span = Span::call_site())
}

fn lists_of_constants() -> TokenStream {
    let constant = constant();
    let list = quote!(&'static [&'static ::core::primitive::str]);
    let method = |self_type: TokenStream, generics: TokenStream, value: TokenStream| {
        quote! {
            #[allow(dead_code)]
            impl #generics #constant<#self_type> {
                const fn names(&'static self) -> #list {
                    #value
                }
            }
        }
    };
    let text = quote!(&'static ::core::primitive::str);
    let one = method(text.clone(), quote!(), quote!(::core::slice::from_ref(&self.0)));
    let many = method(list.clone(), quote!(), quote!(self.0));
    let length = quote!(<const N: ::core::primitive::usize>);
    let array = method(quote!([#text; N]), length, quote!(&self.0));
    quote!(struct #constant<T>(T); #one #many #array)
}

fn resource(resource: &Resource) -> TokenStream {
    match resource {
        Resource::Literal(uri) => {
            let rule = local(Span::call_site());
            quote!(#rule.resource(#uri))
        }
        Resource::Constant { key, path } => {
            let rule = local(key.span());
            // With an explicit type, a constant that is not a string is reported where it is used, without
            // a note that points into the runtime crate.
            quote_spanned! {at(key.span())=>
                #rule.resource({
                    let #rule: &'static ::core::primitive::str = #path;
                    #rule
                })
            }
        }
    }
}

fn organization(source: &Source, private: &TokenStream) -> TokenStream {
    let rule = local(Span::call_site());
    let source = match source {
        Source::Segment { name, index } => quote!(Segment { name: #name, index: #index }),
        Source::Query(name) => quote!(Query(#name)),
        Source::Parameter(name) => quote!(Parameter(#name)),
        Source::Header(name) => quote!(Header(#name)),
        Source::Session => quote!(Session),
    };
    quote!(#rule.organization(#private::OrganizationSource::#source))
}

fn via(via: Via, private: &TokenStream) -> TokenStream {
    let rule = local(Span::call_site());
    match via {
        Via::Session => quote!(#rule.via(#private::Via::Session)),
        Via::Bearer => quote!(#rule.via(#private::Via::Bearer)),
    }
}

fn subject(subject: Subject, private: &TokenStream) -> TokenStream {
    let rule = local(Span::call_site());
    match subject {
        Subject::User => quote!(#rule.subject(#private::Subject::User)),
        Subject::Machine => quote!(#rule.subject(#private::Subject::Machine)),
        Subject::Any => quote!(#rule.subject(#private::Subject::Any)),
    }
}

fn token(kind: Kind, private: &TokenStream) -> Option<TokenStream> {
    let rule = local(Span::call_site());
    match kind {
        Kind::RequireAuth | Kind::Public => None,
        Kind::WithAccessToken => Some(quote!(#rule.token(#private::TokenKind::Access))),
        Kind::WithOrgToken => Some(quote!(#rule.token(#private::TokenKind::Organization))),
    }
}

fn max_age(seconds: u64) -> TokenStream {
    let rule = local(Span::call_site());
    quote!(#rule.max_age(#seconds))
}

fn fields_need_session() -> TokenStream {
    let rule = local(Span::call_site());
    quote!(#rule.fields_need_session())
}

fn no_keep_alive() -> TokenStream {
    let rule = local(Span::call_site());
    quote!(#rule.no_keep_alive())
}

fn sign_in(sign_in: SignIn) -> TokenStream {
    let rule = local(Span::call_site());
    match sign_in {
        SignIn::Silent => quote!(#rule.silent_sign_in()),
    }
}

fn otherwise(otherwise: Otherwise) -> TokenStream {
    let rule = local(Span::call_site());
    match otherwise {
        Otherwise::Forward => quote!(#rule.forward()),
    }
}
