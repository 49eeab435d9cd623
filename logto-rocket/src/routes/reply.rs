//! Responses of this crate's own endpoints. By default they are not cached and do not leak their URL.

use std::io::Cursor;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Builder, Responder, Response};
use serde_json::{Value, json};

use super::incoming::ITEM;
use super::path::{below, is_path};
use crate::config::WebAppConfig;
use crate::guard::challenge::{bearer_challenge, has_own_catcher};
use crate::guard::{
    Denied, Problem, RequestState, audited_subject, is_htmx, is_script, prefers_html, write_problem,
};
use crate::logto::Logto;
use crate::page::recorded::{record, recorded};
use crate::page::{AcceptLanguage, Label, Page, PageSettings, PageSubject, show};
use crate::refusals::endpoint::EndpointRefusal;
use crate::telemetry::{self, By, SubjectHash};

pub(super) enum Reply {
    /// 303: the browser continues with `GET`, whatever the method was.
    SeeOther(String),
    /// A redirect that may lead to another origin, where a script cannot follow. htmx navigates the whole page
    /// (`HX-Redirect`), and other scripts get the address as JSON.
    ExternalRedirect(String),
    /// The same after a sign-out, with `Clear-Site-Data` where the settings name what the browser clears.
    SignedOut(String),
    Json(Value),
    /// A JSON document that may be cached and read by scripts of any origin.
    Public(Value),
    /// The response to a CORS preflight for such a document.
    Preflight,
    /// The response to a prefetch: nothing is done. The status is 503, because browsers do not keep that. They would
    /// keep a 204 and show it to the user later, as a page that does nothing.
    Prefetch,
    /// 200 with an empty body.
    Ok,
    /// 200 with the page of a user who has signed out.
    SignedOutPage {
        /// Where its links lead.
        sign_in: String,
        start_page: String,
    },
    Refusal(Refusal),
}

/// A refusal of one of these endpoints: a page for browsers, a problem document (RFC 9457) for other clients.
pub(super) struct Refusal {
    why: EndpointRefusal,
    status: Status,
    /// The words of the application in place of the help.
    words: Option<String>,
    actions: Vec<Action>,
    /// The address to open instead, for scripts.
    location: Option<String>,
    /// Whom the audit event is about, if not the user of the request's session.
    subject: Option<SubjectHash>,
}

struct Action {
    label: Label,
    target: String,
    is_post: bool,
}

impl Refusal {
    pub(super) fn new(why: EndpointRefusal) -> Self {
        Refusal { why, status: why.status(), words: None, actions: Vec::new(), location: None, subject: None }
    }

    /// A refusal whose status and words are those of the application.
    pub(super) fn of_application(why: EndpointRefusal, denied: &Denied) -> Self {
        let words = denied.words().map(str::to_owned);
        Refusal { status: denied.status(), words, ..Refusal::new(why) }
    }

    pub(super) fn link(mut self, label: Label, target: impl Into<String>) -> Self {
        self.actions.push(Action { label, target: target.into(), is_post: false });
        self
    }

    pub(super) fn button(mut self, label: Label, target: impl Into<String>) -> Self {
        self.actions.push(Action { label, target: target.into(), is_post: true });
        self
    }

    /// Adds the member `location` to the problem document: the address that a script should open instead.
    pub(super) fn location(mut self, target: impl Into<String>) -> Self {
        self.location = Some(target.into());
        self
    }

    /// The audit event is about this user, who has no session yet.
    pub(super) fn about(mut self, subject: Option<SubjectHash>) -> Self {
        self.subject = subject;
        self
    }

    fn page(&self, request: &Request<'_>) -> Page {
        let subject = PageSubject::Endpoint(self.why);
        let page = Page::new(subject, AcceptLanguage::of(request), telemetry::reference())
            .with_status(self.status)
            .with_words(self.words.clone())
            .with_location(self.location.clone());
        self.actions.iter().fold(page, |page, Action { label, target, is_post }| match is_post {
            true => page.button(*label, target),
            false => page.link(*label, target),
        })
    }

    /// Writes the audit event too: this refusal is certain to be the response.
    fn respond(self, request: &Request<'_>) -> response::Result<'static> {
        let status = self.status;
        let to_catcher = PageSettings::of(request).is_some_and(|settings| settings.refusals_to_catchers)
            && has_own_catcher(request, status);
        let page = (to_catcher || prefers_html(request)).then(|| self.page(request));
        let subject = self.subject.clone().or_else(|| subject_of_session(request));
        let reference = page.as_ref().map(Page::reference);
        telemetry::refused(By::Endpoint, self.why.code(), ITEM, reference, subject.as_ref());
        #[cfg(feature = "testing")]
        RequestState::of(request).note_refusal_code(self.why.code());
        if to_catcher {
            if let Some(page) = page {
                record(request, page);
            }
            return Err(status);
        }
        let mut response = Response::new();
        response.set_status(status);
        set_headers(&mut response, request, self.why.code());
        match page {
            Some(page) => show(&page, request, &mut response),
            None => {
                let help = self.words.as_deref().unwrap_or(self.why.help());
                let mut problem = Problem::new(status, self.why.code(), self.why.title(), help);
                problem.location = self.location.as_deref();
                write_problem(&mut response, problem.to_json());
            }
        }
        Ok(response)
    }
}

fn subject_of_session(request: &Request<'_>) -> Option<SubjectHash> {
    audited_subject(request, request.rocket().state::<Logto>()?)
}

/// The headers of a refusal with this code and the status of the response.
fn set_headers(response: &mut Response<'_>, request: &Request<'_>, code: &str) {
    response.set_header(Header::new("Cache-Control", "no-store"));
    response.set_header(Header::new("Referrer-Policy", "no-referrer"));
    match response.status().code {
        // RFC 9110 §15.5.2: a 401 must carry a challenge.
        401 => {
            if let Some(logto) = request.rocket().state::<Logto>() {
                response.set_header(Header::new("WWW-Authenticate", bearer_challenge(logto)));
            }
        }
        // RFC 9110 §15.5.6.
        405 if code == EndpointRefusal::PostOnly.code() => {
            response.set_header(Header::new("Allow", "POST"));
        }
        503 => {
            response.set_header(Header::new("Retry-After", "5"));
        }
        _ => {}
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Reply::Refusal(refusal)
    }
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if let Reply::Refusal(refusal) = self {
            return refusal.respond(request);
        }
        let mut response = Response::build();
        response
            .header(Header::new("Cache-Control", "no-store"))
            .header(Header::new("Referrer-Policy", "no-referrer"));
        match self {
            Reply::SeeOther(target) => {
                response.status(Status::SeeOther).header(Header::new("Location", target));
            }
            Reply::ExternalRedirect(target) => redirect_elsewhere(&mut response, request, target),
            Reply::SignedOut(target) => {
                let web_app = request.rocket().state::<Logto>().and_then(Logto::web_app);
                if let Some(cleared) = web_app.and_then(|web_app| web_app.0.config.clear_site_data.clone()) {
                    response.header(Header::new("Clear-Site-Data", cleared));
                }
                redirect_elsewhere(&mut response, request, target);
            }
            Reply::Prefetch => {
                response.status(Status::ServiceUnavailable);
            }
            Reply::Ok => {}
            Reply::SignedOutPage { sign_in, start_page } => {
                let page = Page::signed_out(AcceptLanguage::of(request))
                    .link(Label::SignInAgain, sign_in)
                    .link(Label::StartPage, start_page);
                let mut response = response.finalize();
                show(&page, request, &mut response);
                return Ok(response);
            }
            Reply::Json(value) => write_json(&mut response, &value),
            Reply::Public(value) => {
                write_json(&mut response, &value);
                response
                    .header(Header::new("Cache-Control", "public, max-age=3600"))
                    .header(Header::new("Access-Control-Allow-Origin", "*"));
            }
            Reply::Preflight => {
                response
                    .status(Status::NoContent)
                    .header(Header::new("Access-Control-Allow-Origin", "*"))
                    .header(Header::new("Access-Control-Allow-Methods", "GET"))
                    .header(Header::new("Access-Control-Allow-Headers", "*"));
            }
            // Has responded above.
            Reply::Refusal(_) => {}
        }
        response.ok()
    }
}

fn redirect_elsewhere(response: &mut Builder<'_>, request: &Request<'_>, target: String) {
    if is_htmx(request) {
        response.header(Header::new("HX-Redirect", target));
    } else if is_script(request) {
        write_json(response, &json!({ "location": target }));
    } else {
        response.status(Status::SeeOther).header(Header::new("Location", target));
    }
}

fn write_json(response: &mut Builder<'_>, value: &Value) {
    let body = value.to_string();
    response.header(ContentType::JSON).sized_body(body.len(), Cursor::new(body));
}

/// Adds the headers that every response under the prefix has, including Rocket's own responses for these routes.
pub(crate) fn finish(request: &Request<'_>, response: &mut Response<'_>, config: &WebAppConfig) {
    let is_sign_out = match below(request.uri(), &config.prefix_in_rocket) {
        Some(rest) => rest.eq(["sign-out"]),
        None if is_path(request.uri(), &config.callback_in_rocket) => false,
        None => return,
    };
    response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    // The catcher of the application that has shown a refusal knows nothing of its headers.
    if response.status().code >= 400
        && let Some(page) = recorded(request).filter(|page| page.status() == response.status())
    {
        set_headers(response, request, page.code());
    }
    // RFC 9110 §15.5.6.
    if response.status() == Status::MethodNotAllowed && RequestState::of(request).came_as_head() {
        let allowed = if is_sign_out { "GET, POST" } else { "GET" };
        response.set_header(Header::new("Allow", allowed));
    }
}
