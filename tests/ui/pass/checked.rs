//! What a check has loaded, as a parameter and as a field.

#![deny(warnings)]

use logto_rocket::{
    AccessToken, Checked, Denied, Identity, OrgToken, require_auth, with_access_token, with_org_token,
};
use rocket::http::Status;
use rocket::{Request, get, routes};

struct Order {
    id: u64,
}

fn at_once(_: &Identity, _: &Request<'_>) -> Result<Order, Denied> {
    Err(Denied::new(Status::NotFound))
}

async fn later(who: &Identity, request: &Request<'_>) -> Result<Order, Denied> {
    std::future::ready(()).await;
    if who.subject().is_empty() { at_once(who, request) } else { Ok(Order { id: 1 }) }
}

async fn list(_: &Identity, _: &Request<'_>) -> Result<Vec<Option<&'static str>>, Denied> {
    Ok(vec![None])
}

fn nothing(_: &Identity, _: &Request<'_>) -> Result<(), Denied> {
    Ok(())
}

async fn may_fail(_: &Identity, _: &Request<'_>) -> Result<bool, Denied> {
    Ok("1".parse::<u8>()? == 1)
}

#[require_auth(check = at_once)]
#[get("/one")]
fn one(order: Checked<Order>) -> String {
    order.id.to_string()
}

#[require_auth(check = later)]
#[get("/two/<id>")]
async fn two(id: u64, mut order: logto_rocket::Checked<Order>) -> String {
    order = order.clone();
    format!("{id} {}", order.id)
}

#[with_access_token(check = self::list)]
#[get("/three")]
fn three(items: Checked<Vec<Option<&'static str>>>, token: AccessToken) -> String {
    format!("{} {}", items.into_inner().len(), token.secret().len())
}

#[with_org_token(check = later, organization = "session")]
#[get("/four")]
fn four(token: OrgToken, order: Checked<crate::pass::checked::Order>) -> String {
    format!("{} {:?}", order.id, token)
}

/// Nobody has to take it.
#[require_auth(check = later)]
#[get("/five")]
fn five() {}

#[require_auth(check = nothing)]
#[get("/six")]
fn six() {}

#[require_auth(check = may_fail)]
#[get("/seven")]
fn seven() {}

#[require_auth(check = Self::load)]
struct Eight {
    order: Checked<Order>,
    who: Identity,
}

impl Eight {
    async fn load(who: &Identity, request: &Request<'_>) -> Result<Order, Denied> {
        later(who, request).await
    }
}

#[get("/eight")]
fn eight(guard: Eight) -> String {
    format!("{} {}", guard.order.id, guard.who.subject())
}

/// Each attribute has its own.
#[require_auth(check = at_once)]
#[with_access_token(check = list)]
#[get("/nine")]
fn nine(order: Checked<Order>, items: Checked<Vec<Option<&'static str>>>, token: AccessToken) -> String {
    format!("{} {} {}", order.id, items.len(), token.scopes())
}

macro_rules! checked {
    ($name:ident, $check:path, $loaded:ty) => {
        #[require_auth(check = $check)]
        #[get("/checked")]
        fn $name(loaded: Checked<$loaded>) -> String {
            loaded.id.to_string()
        }
    };
}

checked!(ten, later, Order);

/// A type of the application's own that has the name stays its own.
mod other {
    use logto_rocket::require_auth;
    use rocket::get;
    use rocket::request::{FromRequest, Outcome};

    pub(crate) struct Checked<T>(T);

    #[rocket::async_trait]
    impl<'r> FromRequest<'r> for Checked<u8> {
        type Error = ();

        async fn from_request(_: &'r rocket::Request<'_>) -> Outcome<Self, ()> {
            Outcome::Success(Checked(1))
        }
    }

    #[require_auth]
    #[get("/eleven")]
    pub(crate) fn eleven(own: Checked<u8>) -> String {
        own.0.to_string()
    }
}

#[test]
fn field_42_m01_is_accepted() {
    let routes = routes![one, two, three, four, five, six, seven, eight, nine, ten, other::eleven];
    assert_eq!(routes.len(), 11);
}
