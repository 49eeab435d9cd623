//! A user's module may have a `Result`, a `Box` or a `core` of its own.

#![allow(dead_code, unused_imports, unused_macros, non_camel_case_types, non_upper_case_globals)]

/// Types, traits and constants, as far as Rocket's own attributes stand them.
mod shop {
    use logto_rocket::{OrgToken, require_auth, with_access_token, with_org_token};
    use rocket::{get, routes};

    pub struct Result;
    pub struct Option;
    pub struct Ok;
    pub struct Err;
    pub struct Box;
    pub struct String;
    pub struct Vec;
    pub struct Pin;
    pub struct str;
    pub struct u32;
    pub struct usize;
    pub struct bool;
    pub trait Send {}
    pub trait Sync {}
    pub trait Future {}
    pub trait FromRequest {}
    pub trait Requirement {}
    pub struct Rule;
    pub struct Via;
    pub struct Request;
    pub struct Outcome;
    pub struct Authorized;
    pub const rule: &::core::primitive::str = "a";
    pub const scopes: &::core::primitive::str = "b";
    pub const token: &::core::primitive::str = "c";
    pub const resource: &::core::primitive::str = "https://api.example.com";

    #[require_auth(scopes = [rule, scopes, token], any_scope = "d", resource = resource, via = "session")]
    #[get("/guarded/<org>")]
    pub fn guarded(org: ::core::primitive::u8) -> ::std::string::String {
        ::std::format!("{org}")
    }

    #[with_access_token]
    #[with_org_token]
    #[get("/tokens/<org_id>")]
    pub async fn tokens(
        org_id: ::core::primitive::u8,
        access: logto_rocket::AccessToken,
        organization: OrgToken,
    ) {
        drop((org_id, access, organization));
    }

    pub fn all() -> ::std::vec::Vec<::rocket::Route> {
        routes![guarded, tokens]
    }
}

/// And what they do not stand: a struct is ours alone.
mod guards {
    use super::shop::*;
    use logto_rocket::{Identity, require_auth, with_access_token};

    pub mod core {}
    pub mod std {}
    pub mod rocket {}
    pub struct None;
    pub struct granted;
    pub struct request;
    pub const line: &::core::primitive::str = "a";

    macro_rules! concat {
        ($($tokens:tt)*) => {
            compile_error!("not this one")
        };
    }
    use {concat as file, concat as module_path};

    #[require_auth(scopes = [rule, line], resource = resource)]
    pub struct Guard {
        identity: Identity,
    }

    #[with_access_token]
    pub struct Tuple(logto_rocket::AccessToken, pub Identity);

    #[require_auth]
    pub struct Some;
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(shop::all().len(), 2);
}
