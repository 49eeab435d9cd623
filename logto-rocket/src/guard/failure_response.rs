//! Refusals as responses: what a catcher or a handler returns.

use rocket::Request;
use rocket::response::{self, Responder, Response};

use super::browser::prefers_html;
use super::challenge::challenge;
use super::failure::AuthFailure;
use super::problem::{Problem, problem_of, write_problem};
use super::request_state::RequestState;
use crate::logto::Logto;
use crate::page::{Page, show};

/// A catcher may return it: the response is a problem document (RFC 9457) with the status and the challenge of the
/// failure.
///
/// A handler may return it too, for example the `Err` of a parameter `Result<User, AuthFailure>`. The response is then
/// that of a guard which failed: browsers are redirected to sign-in or get a page. If the application has a catcher for
/// the status, the response is the problem document.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{AuthFailure, User};
/// use rocket::Request;
/// use rocket::http::Status;
///
/// #[catch(default)]
/// fn problem(status: Status, request: &Request<'_>) -> Result<AuthFailure, Status> {
///     AuthFailure::of(request).filter(|failure| failure.status() == status).ok_or(status)
/// }
///
/// #[get("/greeting")]
/// fn greeting(user: Result<User, AuthFailure>) -> Result<String, AuthFailure> {
///     Ok(format!("Hello {}", user?.claims().display_name()))
/// }
/// # fn main() {}
/// ```
impl<'r> Responder<'r, 'static> for AuthFailure {
    fn respond_to(mut self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = problem_response(&self);
        if let Some(logto) = request.rocket().state::<Logto>() {
            challenge(&mut response, &self, logto);
        }
        self.is_final = true;
        RequestState::of(request).record(request, &self);
        Ok(response)
    }
}

fn problem_response(failure: &AuthFailure) -> Response<'static> {
    let mut response = Response::new();
    response.set_status(failure.status());
    write_problem(&mut response, problem_of(failure));
    response
}

/// A catcher may return it: the response is the built-in page, or that of the application's [`Pages`](crate::Pages); a
/// client that prefers JSON gets a problem document.
impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::new();
        if prefers_html(request) {
            show(&self, request, &mut response);
        } else if let Some(failure) = AuthFailure::of(request).filter(|failure| failure.code() == self.code())
        {
            return Ok(problem_response(&failure));
        } else {
            let (title, help) = self.in_english();
            let mut problem = Problem::new(self.status(), self.code(), title, &help);
            problem.location = self.location();
            write_problem(&mut response, problem.to_json());
        }
        response.set_status(self.status());
        Ok(response)
    }
}
