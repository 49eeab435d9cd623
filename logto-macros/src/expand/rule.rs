//! The constant that an attribute turns into.

use super::demands::Demands;
use super::{Runtime, hidden};
use crate::check::Plan;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

/// The implementation of `Requirement` for `guarded`, in a block of its own, so that a route which stands
/// where none can stand is told so once.
pub(super) fn requirement(plan: &Plan, guarded: &Ident) -> TokenStream {
    let runtime = Runtime::of(plan);
    let private = runtime.private(Span::call_site());
    let Demands { items, calls } = Demands::of(plan, guarded, &runtime);
    let rule = rule(plan, &calls, &private);
    quote! {
        const _: () = {
            #(#items)*

            #[automatically_derived]
            impl #private::Requirement for #guarded {
                const RULE: #private::Rule = #rule;
            }

            // Read once, because the compiler evaluates only what is read: a constant of the user that
            // holds no scope is refused here, even if the route is never mounted.
            const _: #private::Rule = <#guarded as #private::Requirement>::RULE;
        };
    }
}

fn rule(plan: &Plan, calls: &[TokenStream], private: &TokenStream) -> TokenStream {
    let (attribute, item) = (plan.kind.name(), &plan.item);
    let rule = local(Span::call_site());
    // A statement for each demand: where a constant turns out to be wrong, the compiler shows its key.
    quote! {
        {
            let #rule = #private::Rule::new(
                #attribute,
                ::core::concat!(::core::module_path!(), "::", #item),
                ::core::file!(),
                ::core::line!(),
            );
            #(let #rule = #calls;)*
            #rule
        }
    }
}

/// The variable in which the rule grows. It cannot be what a constant of the user is called.
pub(super) fn local(place: Span) -> Ident {
    Ident::new("__logto_rule", hidden().located_at(place))
}
