//! The constant that an attribute generates.

use super::Runtime;
use super::calls::RuleCalls;
use super::rule_variable::local;
use crate::check::Plan;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

/// The implementation of `Requirement` for `guarded`. It is in a separate block, so that a route in a place
/// where routes are not allowed causes only one error.
pub(super) fn requirement(plan: &Plan, guarded: &Ident) -> TokenStream {
    let runtime = Runtime::of(plan);
    let private = runtime.private(Span::call_site());
    let RuleCalls { items, calls } = RuleCalls::of(plan, guarded, &runtime);
    let rule = rule(plan, &calls, &private);
    quote! {
        const _: () = {
            #(#items)*

            #[automatically_derived]
            impl #private::Requirement for #guarded {
                const RULE: #private::Rule = #rule;
            }

            // Used once, because the compiler evaluates only used constants: a user's constant that
            // is not a valid scope is refused here, even if the route is never mounted.
            const _: #private::Rule = <#guarded as #private::Requirement>::RULE;
        };
    }
}

fn rule(plan: &Plan, calls: &[TokenStream], private: &TokenStream) -> TokenStream {
    let (attribute, item) = (plan.kind.name(), &plan.item);
    let rule = local(Span::call_site());
    // One statement per key, so that the compiler points at the key whose constant is wrong.
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
