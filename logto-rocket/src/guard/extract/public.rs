//! Routes that are open on purpose.

use std::convert::Infallible;
use std::marker::PhantomData;

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::guard::launch::launches_open;
use crate::guard::rule::Requirement;

/// What `#[public]` inserts as a function's first parameter: it lets everybody in, and says in the
/// access report that this is meant.
pub struct Public<R>(PhantomData<fn() -> R>);

impl<R> std::fmt::Debug for Public<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Public")
    }
}

#[rocket::async_trait]
impl<'r, R: Requirement> FromRequest<'r> for Public<R> {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Public(PhantomData))
    }
}

impl<R: Requirement> Sentinel for Public<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launches_open::<Self, R>(rocket)
    }
}
