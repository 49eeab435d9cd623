//! The constant that an attribute turns into.

use super::{at, hidden, private};
use crate::args::{Resource, Scope, ScopeList, Subject, Via};
use crate::attribute::Kind;
use crate::check::{Plan, Source};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

/// The implementation of `Requirement` for `guarded`.
pub(super) fn requirement(plan: &Plan, guarded: &Ident) -> TokenStream {
    let private = private(Span::call_site());
    let rule = rule(plan);
    quote! {
        #[automatically_derived]
        impl #private::Requirement for #guarded {
            const RULE: #private::Rule = #rule;
        }

        // Read once, because the compiler evaluates only what is read: a constant of the user that holds
        // no scope is refused here, even if the route is never mounted.
        const _: #private::Rule = <#guarded as #private::Requirement>::RULE;
    }
}

fn rule(plan: &Plan) -> TokenStream {
    let private = private(Span::call_site());
    let (attribute, item) = (plan.kind.name(), &plan.item);
    let (rule, demands) = (local(Span::call_site()), demands(plan));
    // A statement for each demand: where a constant turns out to be wrong, the compiler shows its key.
    quote! {
        {
            let #rule = #private::Rule::new(
                #attribute,
                ::core::concat!(::core::module_path!(), "::", #item),
                ::core::file!(),
                ::core::line!(),
            );
            #(let #rule = #demands;)*
            #rule
        }
    }
}

fn demands(plan: &Plan) -> Vec<TokenStream> {
    let args = &plan.args;
    let mut demands = Vec::new();
    demands.extend(args.scopes.as_ref().map(scopes));
    demands.extend(args.any_scope.as_ref().map(any_scope));
    demands.extend(args.resource.as_ref().map(resource));
    demands.extend(plan.organization.as_ref().map(organization));
    demands.extend(plan.via.map(via));
    demands.extend(args.subject.as_ref().map(|written| subject(written.means)));
    demands.extend(token(plan.kind));
    demands
}

/// The variable in which the rule grows. It cannot be what a constant of the user is called.
fn local(place: Span) -> Ident {
    Ident::new("__logto_rule", hidden().located_at(place))
}

fn scopes(list: &ScopeList) -> TokenStream {
    let rule = local(list.key.span());
    let names = list.scopes.iter().map(scope);
    quote_spanned!(at(list.key.span())=> #rule.scopes(&[#(#names),*]))
}

fn any_scope(list: &ScopeList) -> TokenStream {
    let rule = local(list.key.span());
    let names = list.scopes.iter().map(scope);
    quote_spanned!(at(list.key.span())=> #rule.any_scope(&[#(#names),*]))
}

fn scope(scope: &Scope) -> TokenStream {
    match scope {
        Scope::Literal { name, .. } => quote!(#name),
        Scope::Constant(path) => quote!(#path),
    }
}

fn resource(resource: &Resource) -> TokenStream {
    match resource {
        Resource::Literal(uri) => {
            let rule = local(Span::call_site());
            quote!(#rule.resource(#uri))
        }
        Resource::Constant { key, path } => {
            let rule = local(key.span());
            // With a type of its own, a constant that is no string is reported where it is named, without
            // a note that leads into the runtime crate.
            quote_spanned! {at(key.span())=>
                #rule.resource({
                    let #rule: &'static ::core::primitive::str = #path;
                    #rule
                })
            }
        }
    }
}

fn organization(source: &Source) -> TokenStream {
    let (rule, private) = (local(Span::call_site()), private(Span::call_site()));
    let source = match source {
        Source::Segment { name, index } => quote!(Segment { name: #name, index: #index }),
        Source::Query(name) => quote!(Query(#name)),
        Source::Parameter(name) => quote!(Parameter(#name)),
        Source::Header(name) => quote!(Header(#name)),
        Source::Session => quote!(Session),
    };
    quote!(#rule.organization(#private::OrganizationSource::#source))
}

fn via(via: Via) -> TokenStream {
    let (rule, private) = (local(Span::call_site()), private(Span::call_site()));
    match via {
        Via::Session => quote!(#rule.via(#private::Via::Session)),
        Via::Bearer => quote!(#rule.via(#private::Via::Bearer)),
    }
}

fn subject(subject: Subject) -> TokenStream {
    let (rule, private) = (local(Span::call_site()), private(Span::call_site()));
    match subject {
        Subject::User => quote!(#rule.subject(#private::Subject::User)),
        Subject::Machine => quote!(#rule.subject(#private::Subject::Machine)),
        Subject::Any => quote!(#rule.subject(#private::Subject::Any)),
    }
}

fn token(kind: Kind) -> Option<TokenStream> {
    let (rule, private) = (local(Span::call_site()), private(Span::call_site()));
    match kind {
        Kind::RequireAuth => None,
        Kind::WithAccessToken => Some(quote!(#rule.token(#private::TokenKind::Access))),
        Kind::WithOrgToken => Some(quote!(#rule.token(#private::TokenKind::Organization))),
    }
}
