//! Turns a struct into a named guard. Its fields say what it receives.

use super::{Runtime, at, hidden, placeholder, rule};
use crate::check::Plan;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Field, Ident, ItemStruct, Member};

pub(crate) fn structure(plan: &Plan, item: &ItemStruct) -> TokenStream {
    let requirement = rule::requirement(plan, &item.ident);
    let runtime = Runtime::of(plan);
    let named_guard = named_guard(plan, item, &runtime);
    let from_request = from_request(item, &runtime);
    let description = description(item, &runtime);
    quote!(#item #requirement #named_guard #from_request #description)
}

/// The description of the guard for `rocket_okapi`.
fn description(item: &ItemStruct, runtime: &Runtime) -> TokenStream {
    if !cfg!(feature = "okapi") {
        return TokenStream::new();
    }
    let (private, name) = (runtime.private(Span::call_site()), &item.ident);
    quote!(#private::openapi_guard!(#name);)
}

/// The code that fills the struct after its rule admitted the caller.
fn named_guard(plan: &Plan, item: &ItemStruct, runtime: &Runtime) -> TokenStream {
    let (crate_, private) = (runtime.path(Span::call_site()), runtime.private(Span::call_site()));
    let name = &item.ident;
    let granted = Ident::new("__logto_granted", hidden());
    let is_valid = |index: usize| {
        plan.receivers.iter().all(|receiver| receiver.index != index || receiver.is_valid)
            && plan.loaded.iter().all(|loaded| loaded.index != index || loaded.is_valid)
    };
    let fields = item.fields.members().zip(&item.fields).enumerate().map(|(index, (member, field))| {
        let value = if is_valid(index) { value(field, &granted, runtime) } else { placeholder(&field.ty) };
        filled(&member, field, &value)
    });
    quote! {
        #[automatically_derived]
        impl #private::NamedGuard for #name {
            // Without a `where`: under one, the compiler proves for each struct anew that all that a session holds can be
            // sent to other threads.
            #[allow(unused_variables)]
            fn fill<'a>(
                #granted: &'a #private::Granted<'_>,
            ) -> #private::BoxFuture<'a, ::core::result::Result<Self, #crate_::AuthFailure>> {
                ::std::boxed::Box::pin(async move {
                    ::core::result::Result::<Self, #crate_::AuthFailure>::Ok(Self { #(#fields),* })
                })
            }
        }
    }
}

/// `field: value`, which is valid for tuple structs as well.
fn filled(member: &Member, field: &Field, value: &TokenStream) -> TokenStream {
    let conditions = field.attrs.iter().filter(|attribute| is_condition(attribute));
    quote!(#(#conditions)* #member: #value)
}

/// The value of the field. It has the span of the field's type, where an unsupported type is
/// reported.
fn value(field: &Field, granted: &Ident, runtime: &Runtime) -> TokenStream {
    let span = at(field.ty.span());
    let private = runtime.private(span);
    let written = &field.ty;
    quote_spanned!(span=> <#written as #private::FromAuthorized>::from_authorized(#granted).await?)
}

/// Whether the attribute may remove the field. A removed field must not be filled.
fn is_condition(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

/// Rocket's `FromRequest` for the struct. The signature is the one that `#[rocket::async_trait]` would generate.
fn from_request(item: &ItemStruct, runtime: &Runtime) -> TokenStream {
    let (crate_, private) = (runtime.path(Span::call_site()), runtime.private(Span::call_site()));
    let (name, argument) = (&item.ident, Ident::new("__logto_argument", hidden()));
    quote! {
        #[automatically_derived]
        impl<'r> #private::rocket::request::FromRequest<'r> for #name {
            type Error = #crate_::AuthFailure;

            fn from_request<'life0, 'async_trait>(
                #argument: &'r #private::rocket::request::Request<'life0>,
            ) -> ::core::pin::Pin<::std::boxed::Box<
                dyn ::core::future::Future<Output = #private::rocket::request::Outcome<Self, Self::Error>>
                    + ::core::marker::Send
                    + 'async_trait,
            >>
            where
                'r: 'async_trait,
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                #private::named_guard::<Self>(#argument)
            }
        }

        #[automatically_derived]
        impl #private::rocket::Sentinel for #name {
            fn abort(#argument: &#private::rocket::Rocket<#private::rocket::Ignite>) -> ::core::primitive::bool {
                #private::refuses_to_launch::<Self>(#argument)
            }
        }
    }
}
