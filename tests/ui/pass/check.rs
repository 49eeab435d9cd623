//! The user's own question: sync and async, from anywhere, with any name.

#![deny(warnings)]

use logto_rocket::{AccessToken, Identity, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::{Request, get, routes};

fn at_once(who: &Identity, request: &Request<'_>) -> bool {
    who.subject() == "alice" && request.headers().len() < 100
}

async fn later(who: &Identity, request: &Request<'_>) -> bool {
    std::future::ready(()).await;
    at_once(who, request)
}

#[require_auth(check = at_once)]
#[get("/one")]
fn one() {}

#[require_auth(check = later)]
#[get("/two")]
async fn two() {}

mod rules {
    use super::*;

    pub(crate) struct Owner;

    impl Owner {
        pub(crate) fn is(_: &Identity, _: &Request<'_>) -> bool {
            true
        }
    }

    pub(crate) fn lifetimes<'a, 'r>(_: &'a Identity, request: &'a Request<'r>) -> bool {
        request.rocket().config().port > 0
    }

    pub(crate) fn boxed<'a>(
        who: &'a Identity,
        _: &'a Request<'_>,
    ) -> std::pin::Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move { !who.subject().is_empty() })
    }

    pub(crate) fn returned(_: &Identity, _: &Request<'_>) -> impl Future<Output = bool> + use<> {
        std::future::ready(true)
    }

    pub(crate) fn generic<T: Default + PartialEq>(_: &Identity, _: &Request<'_>) -> bool {
        T::default() == T::default()
    }
}

#[require_auth(check = rules::Owner::is)]
#[get("/three")]
fn three() {}

#[require_auth(check = crate::pass::check::rules::lifetimes, scopes = "read:orders")]
#[get("/four")]
fn four() {}

#[with_access_token(check = self::rules::boxed)]
#[get("/five")]
fn five(token: AccessToken) {
    drop(token);
}

#[with_org_token(check = rules::returned)]
#[get("/six")]
fn six(token: OrgToken) {
    drop(token);
}

#[require_auth(check = rules::generic::<u8>)]
#[get("/seven")]
fn seven() {}

/// Names that the generated code could have had for itself.
#[allow(unused)]
mod taken {
    use super::*;

    pub(crate) fn check(_: &Identity, _: &Request<'_>) -> bool {
        true
    }

    pub(crate) async fn identity(_: &Identity, _: &Request<'_>) -> bool {
        true
    }

    pub(crate) fn request(_: &Identity, _: &Request<'_>) -> bool {
        true
    }

    pub(crate) trait ResolveCheck {}

    struct Checked;
    struct Box;
    struct BoxFuture;

    #[require_auth(check = check)]
    #[get("/eight")]
    pub(crate) fn eight() {}

    #[require_auth(check = identity)]
    pub(crate) struct Nine;

    #[require_auth(check = request)]
    pub(crate) struct Ten;

    #[require_auth(check = Self::is_owner)]
    pub(crate) struct Eleven(Identity);

    impl Eleven {
        async fn is_owner(who: &Identity, request: &Request<'_>) -> bool {
            who.subject().len() > request.uri().path().as_str().len()
        }
    }

    #[get("/guards")]
    pub(crate) fn guards(_nine: Nine, _ten: Ten, eleven: Eleven) {
        drop(eleven.0);
    }
}

macro_rules! checked {
    ($name:ident, $check:path) => {
        #[require_auth(check = $check)]
        #[get("/checked")]
        fn $name() -> &'static str {
            stringify!($name)
        }
    };
}

checked!(twelve, rules::Owner::is);

#[test]
fn field_42_m01_is_accepted() {
    let routes = routes![one, two, three, four, five, six, seven, taken::eight, taken::guards, twelve];
    assert_eq!(routes.len(), 10);
}
