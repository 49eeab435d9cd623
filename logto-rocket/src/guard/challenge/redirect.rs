//! The redirect of a refusal of the application's own check.

use rocket::http::Header;
use rocket::{Request, Response};

use super::bodiless::see_other;
use crate::guard::browser::{is_htmx, is_navigation};
use crate::guard::denied::Denied;
use crate::guard::failure::AuthFailure;
use crate::guard::return_path::public_return_path;
use crate::logto::Logto;

/// Leads a browser to where the check sends it, and says whether it did. Scripts and API clients get the refusal.
pub(super) fn follow(
    request: &Request<'_>,
    response: &mut Response<'_>,
    logto: &Logto,
    failure: &AuthFailure,
) -> bool {
    let Some(path) = failure.denied_by_check().and_then(Denied::redirect) else { return false };
    // An API leads nobody anywhere: its challenge is the answer.
    let Some(web_app) = logto.web_app() else { return false };
    let is_here = path_of(path) == request.uri().path().as_str();
    let public = public_return_path(path, &web_app.0.config).filter(|_| !is_here);
    let Some(public) = public else {
        let item = failure.rule().item;
        tracing::error!(target: "logto", item, "the redirect of a `check` was not followed, because it leads to the route itself, out of the application or to a route of the library; correct the path in `Denied::with_redirect`");
        return false;
    };
    if is_htmx(request) {
        response.set_header(Header::new("HX-Redirect", public));
        return false;
    }
    if !is_navigation(request) {
        return false;
    }
    see_other(response, public);
    true
}

fn path_of(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}
