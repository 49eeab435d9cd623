//! Routes and structs under a correct attribute.

use super::{assert_contains, assert_no_error, expand};
use crate::attribute::Kind;
use quote::quote;

#[test]
fn a_route_gets_a_guard_in_front_of_its_parameters() {
    let expansion = expand(
        Kind::RequireAuth,
        quote!(scopes = "a b", any_scope = [c::D], via = "bearer"),
        quote! {
            /// Doc.
            #[get("/orders/<id>")]
            #[must_use]
            pub(crate) async fn r#match(id: u64) -> String { id.to_string() }
        },
    );
    assert_no_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(#[doc = r" Doc."] #[get("/orders/<id>")] #[must_use]),
            quote!(
                pub(crate) async fn r#match(
                    __logto_require_auth: ::logto_rocket::__private::Authorized<__require_auth_match>,
                    id: u64,
                ) -> String {
                    id.to_string()
                }
            ),
            quote!(
                pub(crate) struct __require_auth_match;
            ),
            quote!("require_auth", ::core::concat!(::core::module_path!(), "::", "match"),),
            quote!(__logto_rule.scopes(&["a", "b"])),
            quote!(__logto_rule.any_scope(&[c::D])),
            quote!(__logto_rule.via(::logto_rocket::__private::Via::Bearer)),
        ],
    );
    assert!(!expansion.contains(".token("), "{expansion}");
}

#[test]
fn a_token_is_bound_for_rocket_and_plain_for_the_body() {
    let expansion = expand(
        Kind::WithAccessToken,
        quote!(resource = "https://api.example.com"),
        quote! {
            #[get("/upstream")]
            fn upstream(id: u8, mut token: logto_rocket::AccessToken) { #![allow(unused)] token.secret(); }
        },
    );
    assert_no_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(id: u8, token: ::logto_rocket::AccessToken<__with_access_token_upstream>),
            quote!(
                {
                    #![allow(unused)]
                    #[allow(clippy::used_underscore_binding, clippy::shadow_reuse, clippy::shadow_same)]
                    let mut token: logto_rocket::AccessToken = ::logto_rocket::AccessToken::__unbind(token);
                    token.secret();
                }
            ),
            quote!(.resource("https://api.example.com")),
            quote!(.via(::logto_rocket::__private::Via::Session)),
            quote!(.token(::logto_rocket::__private::TokenKind::Access)),
        ],
    );
}

#[test]
fn what_the_check_has_loaded_is_bound_and_its_type_is_fixed() {
    let handler = quote! {
        #[get("/orders/<id>")]
        fn order(id: u64, mut order: Checked<Order>) { order.id; }
    };
    let expansion = expand(Kind::RequireAuth, quote!(check = own_order), handler.clone());
    assert_no_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(id: u64, order: ::logto_rocket::Checked<Order, __require_auth_order>),
            quote!(let mut order: Checked<Order> = ::logto_rocket::Checked::__unbind(order);),
            quote!(::logto_rocket::__private::answer_with::<Order, _, _>(own_order(
                __logto_identity,
                __logto_request
            ))),
            quote!(impl ::logto_rocket::__private::CheckedBy<Order> for __require_auth_order {}),
        ],
    );
    // Without a `check` the parameter is another attribute's, or nobody's.
    let expansion = expand(Kind::RequireAuth, quote!(), handler);
    assert_no_error(&expansion);
    assert_contains(&expansion, &[quote!(id: u64, mut order: Checked<Order>)]);
    // So is one that is bound already.
    let bound = quote! {
        #[get("/orders/<id>")]
        fn order(order: ::logto_rocket::Checked<Order, __require_auth_order>) {}
    };
    let expansion = expand(Kind::WithAccessToken, quote!(check = other, param = x), bound);
    assert!(!expansion.contains("answer_with"), "{expansion}");
}

#[test]
fn an_organization_is_found_in_the_route() {
    let sources = [
        (quote!(), quote!(#[get("/orgs/<org_id>")]), quote!(Segment { name: "org_id", index: 1usize })),
        (
            quote!(),
            quote!(#[get("/<a>/<b>/<organization_id>?<c>")]),
            quote!(Segment { name: "organization_id", index: 2usize }),
        ),
        (quote!(), quote!(#[get("/<a>?<b>&<org_id>")]), quote!(Query("org_id"))),
        (quote!(), quote!(#[get("/orgs")]), quote!(Session)),
        (quote!(organization = "session"), quote!(#[get("/<org_id>")]), quote!(Session)),
        (quote!(organization = "header:X-Org"), quote!(#[get("/<org_id>")]), quote!(Header("X-Org"))),
        (
            quote!(organization = "<b>"),
            quote!(#[route(GET, uri = "/<org_id>/x/<b>")]),
            quote!(Segment { name: "b", index: 2usize }),
        ),
    ];
    for (args, route, source) in sources {
        let expansion = expand(Kind::WithOrgToken, args, quote!(#route fn members(token: OrgToken) {}));
        assert_no_error(&expansion);
        assert_contains(
            &expansion,
            &[quote!(.organization(::logto_rocket::__private::OrganizationSource::#source))],
        );
    }
}

#[test]
fn a_struct_is_filled_field_by_field() {
    let expansion = expand(
        Kind::WithOrgToken,
        quote!(organization = "<org_id>"),
        quote!(
            pub struct Member {
                token: OrgToken,
                #[cfg(test)]
                identity: Identity,
            }
        ),
    );
    assert_no_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(OrganizationSource::Parameter("org_id")),
            quote!(token: <OrgToken as ::logto_rocket::__private::FromAuthorized>::from_authorized(__logto_granted).await?),
            quote!(#[cfg(test)] identity: <Identity as),
            quote!(impl ::logto_rocket::__private::NamedGuard for Member),
            // A `where` here makes the compiler prove for each struct anew that a session is `Send`.
            quote!(fn fill<'a>(__logto_granted: &'a ::logto_rocket::__private::Granted<'_>,)),
            quote!(impl<'r> ::logto_rocket::__private::rocket::request::FromRequest<'r> for Member),
            quote!(impl ::logto_rocket::__private::rocket::Sentinel for Member),
        ],
    );
}

#[test]
#[cfg(feature = "okapi")]
fn an_openapi_attribute_must_see_the_guard() {
    let order = quote!(::logto_rocket::__private::openapi_order!(okapi_add_operation_for_orders_, __openapi_require_auth_orders););
    let without = expand(
        Kind::RequireAuth,
        quote!(),
        quote!(
            #[get("/")]
            fn orders() {}
        ),
    );
    assert_contains(&without, std::slice::from_ref(&order));
    for openapi in [quote!(#[openapi]), quote!(#[rocket_okapi::openapi(tag = "a")])] {
        let below = expand(Kind::RequireAuth, quote!(), quote!(#openapi #[get("/")] fn orders() {}));
        assert_no_error(&below);
        assert!(!below.contains("openapi_order"), "{below}");
    }
    // A public route has no guard that a description could miss.
    let open = expand(
        Kind::Public,
        quote!(),
        quote!(
            #[get("/")]
            fn orders() {}
        ),
    );
    assert!(!open.contains("openapi_order"), "{open}");
    let structure = expand(
        Kind::RequireAuth,
        quote!(),
        quote!(
            struct Known;
        ),
    );
    assert_contains(&structure, &[quote!(::logto_rocket::__private::openapi_guard!(Known);)]);
}

#[test]
fn a_public_route_gets_a_parameter_that_admits_everybody() {
    let expansion = expand(
        Kind::Public,
        quote!(),
        quote! {
            #[get("/health")]
            fn health() {}
        },
    );
    assert_no_error(&expansion);
    assert_contains(
        &expansion,
        &[
            quote!(
                fn health(__logto_public: ::logto_rocket::__private::Public<__public_health>) {}
            ),
            quote!(
                struct __public_health;
            ),
        ],
    );
    assert!(expansion.contains("Rule::new(\"public\","), "{expansion}");
    assert!(!expansion.contains("Authorized"), "{expansion}");
}

#[test]
fn the_runtime_crate_has_the_name_that_the_user_gives_it() {
    let items = [
        quote!(
            #[get("/<org_id>")]
            fn members(org_id: &str, token: OrgToken) {}
        ),
        quote!(
            struct Member {
                token: OrgToken,
                identity: Identity,
            }
        ),
    ];
    for (name, expected) in [
        (quote!(auth), quote!(auth::__private::Rule)),
        (quote!(crate::facade::auth), quote!(crate::facade::auth::__private::Rule)),
        (quote!(::auth), quote!(::auth::__private::Rule)),
    ] {
        for item in &items {
            let args = quote!(
                crate = #name, organization = "<org_id>", scopes = ALL, roles = ["a"], check = is_owner, max_age = "5m"
            );
            let expansion = expand(Kind::WithOrgToken, args, item.clone());
            assert_no_error(&expansion);
            assert!(!expansion.contains("logto_rocket"), "{expansion}");
            assert_contains(&expansion, std::slice::from_ref(&expected));
        }
    }
}
