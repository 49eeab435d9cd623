//! What each key expands to, and which keys contradict each other.

use super::{assert_contains, assert_no_error, assert_one_error, expand};
use crate::attribute::Kind;
use proc_macro2::TokenStream;
use quote::quote;

fn on_a_route(kind: Kind, args: TokenStream) -> String {
    let token = match kind {
        Kind::WithAccessToken => quote!(token: AccessToken),
        Kind::WithOrgToken => quote!(token: OrgToken),
        Kind::RequireAuth | Kind::Public => quote!(),
    };
    expand(
        kind,
        args,
        quote!(
            #[get("/orders/<org_id>")]
            fn orders(#token) {}
        ),
    )
}

#[test]
fn a_key_is_a_call() {
    for (args, call) in [
        (quote!(roles = "editor  admin"), quote!(.roles(&["editor", "admin"]))),
        (quote!(any_role = ["shop user", "b, c", ADMIN]), quote!(.any_role(&["shop user", "b, c", ADMIN]))),
        (quote!(roles = ADMIN), quote!(.roles(__LogtoNamesIn(ADMIN).names()))),
        (quote!(scopes = scopes::ALL), quote!(.scopes(__LogtoNamesIn(scopes::ALL).names()))),
        (quote!(scopes = [READ]), quote!(.scopes(&[READ]))),
        (quote!(max_age = "5m"), quote!(.max_age(300u64))),
        (quote!(check = is_owner), quote!(.check(__logto_check))),
        (
            quote!(check = shop::is_owner),
            quote!(::logto_rocket::__private::answer(shop::is_owner(__logto_identity, __logto_request))),
        ),
        (quote!(otherwise = "forward"), quote!(.forward())),
        (quote!(keep_alive = false), quote!(.no_keep_alive())),
    ] {
        for kind in [Kind::RequireAuth, Kind::WithAccessToken, Kind::WithOrgToken] {
            let expansion = on_a_route(kind, args.clone());
            assert_no_error(&expansion);
            assert_contains(&expansion, std::slice::from_ref(&call));
        }
    }
}

#[test]
fn clients_are_a_call_of_a_guard_that_takes_bearers() {
    for (args, call) in [
        (quote!(clients = "a  b"), quote!(.clients(&["a", "b"]))),
        (quote!(clients = ["a", PARTNER]), quote!(.clients(&["a", PARTNER]))),
        (quote!(clients = PARTNERS), quote!(.clients(__LogtoNamesIn(PARTNERS).names()))),
        (quote!(via = "bearer", clients = "a"), quote!(.clients(&["a"]))),
    ] {
        let expansion = on_a_route(Kind::RequireAuth, args.clone());
        assert_no_error(&expansion);
        assert_contains(&expansion, &[call]);
        for kind in [Kind::WithAccessToken, Kind::WithOrgToken, Kind::Public] {
            assert_one_error(&on_a_route(kind, quote!(clients = "a")));
        }
    }
    for args in [
        quote!(clients = ""),
        quote!(clients = []),
        quote!(clients = "a, b"),
        quote!(clients = ["a b"]),
        quote!(clients = [""]),
        quote!(clients = "a\u{e9}"),
        quote!(clients = "a a"),
        quote!(clients = 7),
        quote!(clients = "a", via = "session"),
        quote!(clients = "a", roles = "editor"),
    ] {
        assert_one_error(&on_a_route(Kind::RequireAuth, args));
    }
}

#[test]
fn a_struct_with_a_field_of_a_session_says_so() {
    let expand_struct =
        |fields: TokenStream| expand(Kind::RequireAuth, quote!(scopes = "a"), quote!(struct Guard(#fields);));
    for fields in [quote!(User), quote!(logto_rocket::User), quote!(Identity, AccessToken)] {
        assert_contains(&expand_struct(fields), &[quote!(.fields_need_session())]);
    }
    for fields in [quote!(), quote!(Identity), quote!(Checked<User>)] {
        assert!(!expand_struct(fields).contains("fields_need_session"));
    }
}

#[test]
fn a_method_of_a_struct_is_found_from_the_wrapper() {
    let expansion = expand(
        Kind::RequireAuth,
        quote!(check = Self::is_owner),
        quote!(
            struct r#Owner(Identity);
        ),
    );
    assert_no_error(&expansion);
    assert_contains(&expansion, &[quote!(r#Owner::is_owner(__logto_identity, __logto_request))]);
}

#[test]
fn contradicting_keys_are_refused() {
    for args in [
        quote!(roles = "a", via = "bearer"),
        quote!(any_role = "a", via = "bearer"),
        quote!(roles = "a", subject = "machine"),
        quote!(max_age = "5m", subject = "machine"),
        quote!(roles = "a b", any_role = "b c"),
        quote!(roles = A, any_role = [A, "b"]),
        quote!(scopes = A, any_scope = A),
        quote!(organization = "session", via = "bearer"),
        quote!(subject = "machine", via = "session"),
    ] {
        assert_one_error(&on_a_route(Kind::RequireAuth, args));
    }
    for args in [
        quote!(roles = "a", via = "session"),
        quote!(roles = "a", subject = "any"),
        quote!(scopes = "a", roles = "a"),
        quote!(max_age = "5m", via = "bearer"),
        quote!(
            roles = "a",
            max_age = "5m",
            check = c,
            otherwise = "forward",
            scopes = S,
            organization = "<org_id>"
        ),
    ] {
        assert_no_error(&on_a_route(Kind::RequireAuth, args));
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    for args in [
        quote!(roles = ""),
        quote!(roles = []),
        quote!(roles = [""]),
        quote!(roles = [" "]),
        quote!(roles = [" admin"]),
        quote!(roles = "a,b"),
        quote!(roles = "a\tb"),
        quote!(roles = ["a\nb"]),
        quote!(roles = 1),
        quote!(roles = "a a"),
        quote!(roles = [A, A]),
        quote!(scopes = [..ALL]),
        quote!(max_age = 300),
        quote!(max_age = "0"),
        quote!(max_age = FIVE_MINUTES),
        quote!(check = "is_owner"),
        quote!(check = is_owner()),
        quote!(check = |_, _| true),
        quote!(check = true),
        quote!(check = [is_owner]),
        quote!(otherwise = forward),
        quote!(otherwise = "forwards"),
        quote!(otherwise = "redirect"),
        quote!(keep_alive = "false"),
        quote!(keep_alive = 0),
        quote!(keep_alive = NEVER),
        quote!(crate = "auth"),
        quote!(crate = auth::<u8>),
        quote!(crate = 1),
    ] {
        assert_one_error(&on_a_route(Kind::RequireAuth, args));
    }
}

#[test]
fn a_public_route_has_no_keys() {
    for args in [quote!(scopes = "a"), quote!(via = "session"), quote!("a"), quote!(scopes), quote!(nonsense)]
    {
        assert_one_error(&on_a_route(Kind::Public, args));
    }
    assert_no_error(&on_a_route(Kind::Public, quote!(crate = auth)));
}

#[test]
fn a_public_route_begins_a_silent_sign_in_or_none() {
    let silent = on_a_route(Kind::Public, quote!(sign_in = "silent"));
    assert_no_error(&silent);
    assert_contains(&silent, &[quote!(.silent_sign_in())]);
    assert!(!on_a_route(Kind::Public, quote!()).contains("silent_sign_in"));
    for args in [quote!(sign_in = "loud"), quote!(sign_in = silent), quote!(sign_in), quote!(sign_in = "")] {
        assert_one_error(&on_a_route(Kind::Public, args));
    }
    for kind in [Kind::RequireAuth, Kind::WithAccessToken, Kind::WithOrgToken] {
        assert_one_error(&on_a_route(kind, quote!(sign_in = "silent")));
    }
}

#[test]
fn a_route_is_guarded_or_public() {
    for (kind, other) in [
        (Kind::Public, quote!(#[require_auth(scopes = "a")])),
        (Kind::Public, quote!(#[logto_rocket::with_org_token])),
        (Kind::RequireAuth, quote!(#[public])),
        (Kind::WithAccessToken, quote!(#[logto_rocket::public])),
    ] {
        for item in [
            quote!(#other #[get("/")] fn orders(token: AccessToken) {}),
            quote!(#[get("/")] #other fn orders(token: AccessToken) {}),
        ] {
            let expansion = expand(kind, quote!(), item);
            assert_one_error(&expansion);
            let guard = if kind == Kind::Public { other.clone() } else { quote!(Authorized<) };
            assert_contains(&expansion, &[guard]);
        }
    }
    let expansion = expand(
        Kind::RequireAuth,
        quote!(),
        quote!(
            #[public]
            struct Guard;
        ),
    );
    assert_one_error(&expansion);
}

/// A token for the session's organization proves nothing about an organization in the URI.
#[test]
fn field_08_a_route_with_dynamic_parts_says_which_organization() {
    let on = |args: TokenStream, uri: &str| {
        expand(
            Kind::WithOrgToken,
            args,
            quote!(
                #[get(#uri)]
                fn members(token: OrgToken) {}
            ),
        )
    };
    for uri in [
        "/orgs/<org>/members",
        "/orgs/<id>",
        "/orgs/<_>",
        "/files/<path..>",
        "/files/<_..>",
        "/members?<org>",
        "/members?<page..>",
        "/members?fixed=1&<org>",
        "/orgs/<ORG_ID>",
    ] {
        let expansion = on(quote!(), uri);
        assert_one_error(&expansion);
        assert!(expansion.contains("theorganizationisambiguous"), "{uri}: {expansion}");
        assert_contains(&expansion, &[quote!(Authorized<__with_org_token_members>)]);
        assert_no_error(&on(quote!(organization = "session"), uri));
        assert_no_error(&on(quote!(organization = "header:X-Org"), uri));
    }
    for (uri, source) in [
        ("/members", quote!(OrganizationSource::Session)),
        ("/members?fixed=1", quote!(OrganizationSource::Session)),
        (
            "/orgs/<org_id>/members/<id>",
            quote!(OrganizationSource::Segment { name: "org_id", index: 1usize }),
        ),
        ("/members?<page>&<organization_id>", quote!(OrganizationSource::Query("organization_id"))),
    ] {
        let expansion = on(quote!(), uri);
        assert_no_error(&expansion);
        assert_contains(&expansion, &[source]);
    }
    assert_contains(
        &on(quote!(organization = "<org>"), "/orgs/<org>/members"),
        &[quote!(OrganizationSource::Segment { name: "org", index: 1usize })],
    );
    assert_one_error(&on(quote!(), "/orgs/<org_id>/<organization_id>"));
    assert_one_error(&on(quote!(), "/orgs/<org_id..>"));
}
