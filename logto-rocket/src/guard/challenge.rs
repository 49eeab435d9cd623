//! The answer to a request that a guard did not let pass.

mod bodiless;
mod header;
mod redirect;

use rocket::http::{ContentType, Header, Status};
use rocket::{Catcher, Request, Response};

#[cfg(test)]
pub(crate) use header::Challenge;
pub(crate) use header::bearer_challenge;
pub(super) use header::challenge;

use bodiless::{see_other, set_empty};

use super::audited_subject::audited_subject;
use super::browser::{is_htmx, is_prefetch, prefers_html};
use super::failure::AuthFailure;
use super::problem::{problem_of, write_problem};
use super::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use super::refused_page::{
    comes_from_sign_in, known_reference, may_redirect, note_sign_in, page_of, sign_in_path, wants_sign_in,
};
use super::request_state::RequestState;
use crate::logto::{Logto, WebApp};
use crate::page::{PageSettings, show};
use crate::telemetry::{self, By};

/// Turns the catcher's answer to a failed guard into the right one, and says whether it did. Nothing happens
/// if the application has answered otherwise.
///
/// This is also where a refusal is written to the audit: once for each refused request, however many guards have failed,
/// and never for one that a handler has answered after all.
pub(crate) async fn decorate<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
) -> bool {
    let Some(failure) = RequestState::of(request).failure(request) else { return false };
    if response.status() != failure.status() {
        // A catcher of the application's may answer as it likes; refused is refused.
        if failure.is_final {
            let subject = audited_subject(request, logto);
            telemetry::refused(By::Guard, failure.code(), failure.rule().item, None, subject.as_ref());
            #[cfg(feature = "testing")]
            RequestState::of(request).note_refusal_code(failure.code());
        }
        return false;
    }
    let shape = (response.content_type(), response.body().preset_size());
    if !failure.is_final && !is_from_catcher(request, shape, &failure).await {
        return false;
    }
    let AuditedRefusal { code, reference } = answer(request, response, logto, &failure);
    #[cfg(feature = "testing")]
    RequestState::of(request).note_refusal_code(code);
    let subject = audited_subject(request, logto);
    telemetry::refused(By::Guard, code, failure.rule().item, reference.as_deref(), subject.as_ref());
    true
}

/// Whether a catcher has answered because of this failure. After an optional guard, such as
/// `Option<User>`, the handler may have come to the same status for reasons of its own.
async fn is_from_catcher(request: &Request<'_>, shape: Shape, failure: &AuthFailure) -> bool {
    if has_own_catcher(request, failure.status()) {
        return true;
    }
    let default = Catcher::default();
    match default.handler.handle(failure.status(), request).await {
        Ok(response) => shape == (response.content_type(), response.body().preset_size()),
        Err(_) => false,
    }
}

/// What distinguishes one response from another without reading its body.
type Shape = (Option<ContentType>, Option<usize>);

/// What the answer goes by.
struct AuditedRefusal {
    code: &'static str,
    /// On a page.
    reference: Option<String>,
}

fn answer<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    failure: &AuthFailure,
) -> AuditedRefusal {
    if let Some(web_app) = wants_sign_in(request, logto, failure) {
        if is_prefetch(request) {
            return answer_prefetch(response, failure);
        }
        if is_htmx(request) && !comes_from_sign_in(request, web_app, failure) {
            note_sign_in(request, web_app, failure);
            response.set_header(Header::new("HX-Redirect", sign_in_path(request, web_app, failure)));
        } else if may_redirect(request, failure) {
            return redirect_to_sign_in(request, response, logto, web_app, failure);
        }
    }
    if redirect::follow(request, response, logto, failure) {
        return AuditedRefusal { code: failure.code(), reference: None };
    }
    challenge(response, failure, logto);
    let reference = if has_own_catcher(request, failure.status()) {
        known_reference(request)
    } else {
        write_body(request, response, failure, logto)
    };
    AuditedRefusal { code: failure.code(), reference }
}

/// Answers a prefetch with a response that no browser keeps: sign-in begins with the user's own navigation.
fn answer_prefetch(response: &mut Response<'_>, failure: &AuthFailure) -> AuditedRefusal {
    response.set_status(Status::ServiceUnavailable);
    set_empty(response);
    AuditedRefusal { code: failure.code(), reference: None }
}

/// Redirects a browser to sign-in, unless it has just come from there: that would be an endless loop.
fn redirect_to_sign_in<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    logto: &Logto,
    web_app: &WebApp,
    failure: &AuthFailure,
) -> AuditedRefusal {
    if !comes_from_sign_in(request, web_app, failure) {
        note_sign_in(request, web_app, failure);
        see_other(response, sign_in_path(request, web_app, failure));
        return AuditedRefusal { code: failure.code(), reference: None };
    }
    // The mark is no longer needed: the next sign-in is the user's own.
    RequestState::of(request).set_cookie(redirect_loop_mark(web_app, RedirectLoopMark::Over));
    let page = page_of(request, logto, failure);
    challenge(response, failure, logto);
    let keeps_catcher = PageSettings::of(request).is_some_and(|settings| settings.refusals_to_catchers)
        && response.status() == page.status()
        && has_own_catcher(request, page.status());
    if !keeps_catcher {
        response.set_status(page.status());
        show(&page, request, response);
    }
    AuditedRefusal { code: page.code(), reference: Some(page.reference().to_owned()) }
}

/// Whether the application answers this status here itself. Its answer stays; only headers are added.
pub(crate) fn has_own_catcher(request: &Request<'_>, status: Status) -> bool {
    let segments = request.uri().path().segments();
    request.rocket().catchers().any(|catcher| {
        catcher.code.is_none_or(|code| code == status.code)
            && catcher.base.path().segments().prefix_of(segments.clone())
    })
}

/// Returns the page's reference, if it is a page.
fn write_body<'r>(
    request: &'r Request<'_>,
    response: &mut Response<'r>,
    failure: &AuthFailure,
    logto: &Logto,
) -> Option<String> {
    if !prefers_html(request) {
        write_problem(response, problem_of(failure));
        return None;
    }
    let page = page_of(request, logto, failure);
    show(&page, request, response);
    Some(page.reference().to_owned())
}
