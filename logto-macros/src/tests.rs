//! What the attributes generate, as tokens. That it compiles, and what is refused in which words, is tested
//! with the compiler, in the workspace's `tests/ui`.

use crate::attribute::Kind;
use crate::boundary;
use proc_macro2::TokenStream;
use quote::quote;

/// The expansion without spaces and last commas, so that tests do not depend on how tokens are printed.
fn expand(kind: Kind, args: TokenStream, item: TokenStream) -> String {
    without_space(&boundary::run(kind, args, item).to_string())
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect::<String>().replace(",)", ")")
}

#[track_caller]
fn assert_contains(expansion: &str, expected: &[TokenStream]) {
    for part in expected {
        let part = without_space(&part.to_string());
        assert!(expansion.contains(&part), "no `{part}` in:\n{expansion}");
    }
}

#[track_caller]
fn assert_no_error(expansion: &str) {
    assert!(!expansion.contains("compile_error"), "{expansion}");
}

#[track_caller]
fn assert_one_error(expansion: &str) {
    assert_eq!(expansion.matches("compile_error!").count(), 1, "{expansion}");
}

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
            quote!(impl<'r> ::logto_rocket::__private::rocket::request::FromRequest<'r> for Member),
            quote!(impl ::logto_rocket::__private::rocket::Sentinel for Member),
        ],
    );
}

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
fn whatever_it_stands_on_is_emitted_again_with_one_error() {
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
        let expansion = expand(Kind::RequireAuth, quote!(), item.clone());
        assert_one_error(&expansion);
        assert_contains(&expansion, &[item]);
    }
}

#[test]
fn a_body_that_is_being_typed_is_no_concern_of_ours() {
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
    for kind in [Kind::RequireAuth, Kind::WithAccessToken, Kind::WithOrgToken] {
        for args in &args {
            for item in &items {
                let expansion = expand(kind, args.clone(), item.clone());
                assert!(!expansion.contains("stoppedunexpectedly"), "{args} on {item}");
            }
        }
    }
}
