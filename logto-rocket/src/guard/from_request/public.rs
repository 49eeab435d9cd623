//! Routes that are open on purpose.

use std::fmt;
use std::marker::PhantomData;

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::guard::launch::launches_open;
use crate::guard::request_state::RequestState;
use crate::guard::rule::Requirement;
use crate::guard::silent_sign_in;

/// What `#[public]` inserts as a function's first parameter: it lets everybody in, and says in the
/// access report that this is meant. With `sign_in = "silent"` it leads a browser through a silent sign-in first, once.
pub struct Public<R>(PhantomData<fn() -> R>);

impl<R> fmt::Debug for Public<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Public")
    }
}

/// The browser comes back to the route after a silent sign-in.
pub struct SilentSignInBegins;

/// Rocket logs it as the error of a guard.
impl fmt::Debug for SilentSignInBegins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a silent sign-in begins; this is not an error")
    }
}

#[rocket::async_trait]
impl<'r, R: Requirement> FromRequest<'r> for Public<R> {
    type Error = SilentSignInBegins;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, SilentSignInBegins> {
        if const { R::RULE.silent }
            && let Some(address) = silent_sign_in::address(request).await
        {
            RequestState::of(request).begin_silent_sign_in(address);
            return Outcome::Error((Status::SeeOther, SilentSignInBegins));
        }
        Outcome::Success(Public(PhantomData))
    }
}

impl<R: Requirement> Sentinel for Public<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launches_open::<Self, R>(rocket)
    }
}
