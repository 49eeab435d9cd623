//! Items under an attribute that is wrong or incomplete.

use super::{assert_contains, assert_no_error, assert_one_error, expand};
use crate::attribute::Kind;
use quote::quote;

#[test]
fn a_mistake_keeps_the_guard_and_does_not_compile() {
    let expansion = expand(
        Kind::WithOrgToken,
        quote!(scops = "a", organization = "<org_id>"),
        quote!(
            #[get("/<org_id>")]
            fn members(org_id: &str, token: OrgToken) {}
        ),
    );
    assert_one_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(token: ::logto_rocket::OrgToken<__with_org_token_members>),
            quote!(Authorized<__with_org_token_members>),
        ],
    );
}

#[test]
fn any_item_is_emitted_again_with_one_error() {
    let items = [
        quote!(
            enum Shop {
                Open,
            }
        ),
        quote!(impl Shop {}),
        quote!(
            fn totals() {}
        ),
        quote!(
            fn method(&self) {}
        ),
        quote!(
            fn of_a_trait();
        ),
        quote!(
            struct Shop<T>(T);
        ),
        quote!(let order = 1;),
        quote!(
            pub unsafe trait Shop {}
        ),
        quote!(half typed),
    ];
    for item in items {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.token_type().is_none()) {
            let expansion = expand(kind, quote!(), item.clone());
            assert_one_error(&expansion);
            assert_contains(&expansion, std::slice::from_ref(&item));
        }
    }
}

#[test]
fn a_function_with_self_is_in_an_impl() {
    for item in [
        quote!(
            #[get("/")]
            fn orders() -> Self {}
        ),
        quote!(
            #[get("/")]
            fn orders(order: Json<Self>) {}
        ),
    ] {
        let expansion = expand(Kind::RequireAuth, quote!(), item);
        assert_one_error(&expansion);
        assert!(expansion.contains("cannotguardamethod"), "{expansion}");
        assert!(!expansion.contains("__require_auth"), "{expansion}");
    }
}

/// In every state of an attribute that is being typed, the item is there with its guard.
#[test]
fn an_attribute_that_is_being_typed_keeps_the_item() {
    for args in [
        quote!(sco),
        quote!(scopes),
        quote!(scopes =),
        quote!(scopes = READ::),
        quote!(scopes = scopes::),
        quote!(scopes = [,]),
        quote!(scopes = "read:orders" via),
        quote!(scopes = "read:orders", v),
        quote!(scopes = "read:orders", via =),
        quote!(scopes = "read:orders", via = s),
        quote!(check = |),
        quote!(crate),
        quote!(crate =),
    ] {
        let route = expand(
            Kind::RequireAuth,
            args.clone(),
            quote!(
                #[get("/orders")]
                fn orders() {
                    todo!()
                }
            ),
        );
        assert!(route.contains("compile_error"), "{args}: {route}");
        assert_contains(
            &route,
            &[
                quote!(#[get("/orders")]),
                quote!(
                    fn orders(
                        __logto_require_auth: ::logto_rocket::__private::Authorized<__require_auth_orders>,
                    ) {
                        todo!()
                    }
                ),
            ],
        );
        let guard = expand(
            Kind::RequireAuth,
            args,
            quote!(
                pub struct Guard {
                    who: Identity,
                }
            ),
        );
        assert_contains(
            &guard,
            &[
                quote!(
                    pub struct Guard {
                        who: Identity,
                    }
                ),
                quote!(NamedGuard for Guard),
            ],
        );
    }
}

/// A trailing comma is not a mistake.
#[test]
fn a_trailing_comma_is_allowed() {
    let args = quote!(scopes = "read:orders",);
    assert_no_error(&expand(
        Kind::RequireAuth,
        args,
        quote!(
            #[get("/orders")]
            fn orders() {}
        ),
    ));
}

#[test]
fn an_incomplete_body_causes_no_error() {
    let expansion =
        expand(Kind::RequireAuth, quote!(), quote!(#[get("/")] fn orders() { let orders = store. }));
    assert_no_error(&expansion);
    assert_contains(&expansion, &[quote!({ let orders = store. })]);
}

#[test]
fn nothing_makes_an_attribute_panic() {
    let args = [
        quote!(,),
        quote!(,,),
        quote!(=),
        quote!(scopes),
        quote!(scopes =),
        quote!(scopes = =),
        quote!(scopes = [,]),
        quote!(scopes = [[]]),
        quote!(scopes = ()),
        quote!(organization = "<"),
        quote!(organization = ">"),
        quote!(organization = "<>"),
        quote!(organization = "<..>"),
        quote!(organization = "header"),
        quote!(param = "<"),
        quote!(param = "r#"),
        quote!(param = "_"),
        quote!(param = r#fn),
        quote!(via = "\u{0}"),
        quote!(resource = ":"),
        quote!(resource = "\u{7f}:x"),
        quote!(scopes = "\n"),
        quote!({}),
        quote!(#![a]),
        quote!(r#scopes = "a"),
        quote!(self = "a"),
        quote!(scopes = if),
        quote!(scopes = -1),
        quote!(a::b = "c"),
        quote!('a = "b"),
        quote!(fn),
        quote!(roles = ","),
        quote!(roles = [",", "\u{0}", " "]),
        quote!(max_age = "\u{661}m"),
        quote!(max_age = ""),
        quote!(check = <u8>::c::<u8>),
        quote!(check = Self),
        quote!(check = Self::a),
        quote!(check = !),
        quote!(check = || ()),
        quote!(otherwise = ["forward"]),
        quote!(crate = Self),
        quote!(crate = <u8 as A>::b),
        quote!(crate = crate),
        quote!(crate = ""),
    ];
    let items = [
        quote!(
            #[get]
            fn orders(token: OrgToken) {}
        ),
        quote!(
            #[get = "/"]
            fn orders(token: AccessToken) {}
        ),
        quote!(
            #[get("?")]
            fn orders(&self, token: OrgToken) {}
        ),
        quote!(
            #[get("/<>?<>&<..>&<_>")]
            fn orders(token: OrgToken, (a, b): (u8, u8)) {}
        ),
        quote!(
            #[route(uri = , uri, "/<org_id>")]
            fn orders(token: Option<AccessToken>) {}
        ),
        quote!(
            #[route(GET GET)]
            fn orders(token: &OrgToken) {}
        ),
        quote!(
            struct Guard(AccessToken, OrgToken);
        ),
        quote!(
            struct Guard;
        ),
        quote!(),
    ];
    for kind in Kind::ALL {
        for args in &args {
            for item in &items {
                let expansion = expand(kind, args.clone(), item.clone());
                assert!(!expansion.contains("stoppedunexpectedly"), "{args} on {item}");
            }
        }
    }
}
