//! Pages for developers under `/dev/`: they show what is in the tenant, and change it as the methods of
//! [`Tenant`](crate::Tenant) do. They work without script, and each form ends in a redirect to a page.

mod faults;
mod guard;
mod keys;
mod layout;
mod messages;
mod outcome;
mod overview;
mod people;
mod requests;
mod secrets;
mod tokens;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use maud::Markup;
use tokio::runtime::Handle;

use crate::http::{Params, Request, Response};
use crate::live::Live;
use crate::random;
use crate::shared::Shared;
use layout::{forbidden, misdirected, not_found, page};
use outcome::Outcome;

/// The outcomes that can be shown again when a page is reloaded.
const KEPT_OUTCOMES: usize = 32;

/// The state of the pages.
pub(crate) struct DevPages {
    /// In every form, so that no other page can send one.
    form_token: String,
    outcomes: Mutex<VecDeque<(String, Outcome)>>,
}

impl DevPages {
    pub(crate) fn new() -> Self {
        Self { form_token: random::token(), outcomes: Mutex::default() }
    }

    fn keep(&self, outcome: Outcome) -> String {
        let id = random::request_id();
        let mut outcomes = self.lock();
        outcomes.truncate(KEPT_OUTCOMES - 1);
        outcomes.push_front((id.clone(), outcome));
        id
    }

    fn outcome(&self, id: &str) -> Option<Outcome> {
        self.lock().iter().find(|(known, _)| known == id).map(|(_, outcome)| outcome.clone())
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Outcome)>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pages, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Overview,
    People,
    Tokens,
    Keys,
    Messages,
    Faults,
    Requests,
}

impl Page {
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::People,
        Self::Tokens,
        Self::Keys,
        Self::Messages,
        Self::Faults,
        Self::Requests,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/dev/",
            Self::People => "/dev/people",
            Self::Tokens => "/dev/tokens",
            Self::Keys => "/dev/keys",
            Self::Messages => "/dev/messages",
            Self::Faults => "/dev/faults",
            Self::Requests => "/dev/requests",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Overview => "Tenant",
            Self::People => "Users",
            Self::Tokens => "Tokens",
            Self::Keys => "Signing keys",
            Self::Messages => "Logouts and webhooks",
            Self::Faults => "Faults",
            Self::Requests => "Requests",
        }
    }

    fn show(self, visit: &Visit<'_>) -> Markup {
        match self {
            Self::Overview => overview::show(visit),
            Self::People => people::show(visit),
            Self::Tokens => tokens::show(visit),
            Self::Keys => keys::show(visit),
            Self::Messages => messages::show(visit),
            Self::Faults => faults::show(visit),
            Self::Requests => requests::show(visit),
        }
    }

    /// Does what a form asks for. The error is what is wrong with the form.
    async fn act(self, visit: &Visit<'_>) -> Result<Outcome, String> {
        match self {
            Self::Overview => Err("This page has no forms.".to_owned()),
            Self::People => people::act(visit),
            Self::Tokens => tokens::act(visit),
            Self::Keys => keys::act(visit),
            Self::Messages => messages::act(visit).await,
            Self::Faults => faults::act(visit),
            Self::Requests => requests::act(visit),
        }
    }
}

/// A request for one of the pages.
struct Visit<'a> {
    shared: &'a Arc<Shared>,
    runtime: &'a Handle,
    dev: &'a DevPages,
    request: &'a Request,
    form: Params,
    /// What is wrong with the form, when its page is shown again.
    problem: Option<String>,
}

impl<'a> Visit<'a> {
    fn live(&self) -> Live<'a> {
        Live { shared: self.shared, runtime: self.runtime }
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.request.query.present(name)
    }

    /// What was typed into a field if its form is shown again, or else what the field begins with.
    fn typed<'v>(&'v self, form: &str, field: &str, first: &'v str) -> &'v str {
        match &self.problem {
            Some(_) if self.form.get("form") == Some(form) => self.form.get(field).unwrap_or_default(),
            _ => first,
        }
    }

    /// What is wrong with this form.
    fn problem_in(&self, form: &str) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.form.get("form") == Some(form))
    }

    fn outcome(&self) -> Option<Outcome> {
        self.query("result").and_then(|id| self.dev.outcome(id))
    }
}

/// The response of a tenant with these pages to a request that is for them, or that is not for this machine.
pub(crate) async fn answer(shared: &Arc<Shared>, runtime: &Handle, request: &Request) -> Option<Response> {
    let dev = shared.dev.as_ref()?;
    if !guard::is_for_this_machine(request) {
        return Some(misdirected(&shared.endpoint));
    }
    if matches!(request.path.as_str(), "/" | "/dev") {
        return Some(Response::redirect(302, "/dev/").no_store());
    }
    if !request.path.starts_with("/dev/") {
        return None;
    }
    let Some(asked) = Page::ALL.into_iter().find(|page| page.path() == request.path) else {
        return Some(not_found());
    };
    let mut visit = Visit { shared, runtime, dev, request, form: Params::default(), problem: None };
    let response = match request.method.as_str() {
        "GET" | "HEAD" => page(200, asked, &visit),
        "POST" => {
            visit.form = request.form();
            match guard::refusal(request, &visit.form, &dev.form_token) {
                Some(refusal) => forbidden(refusal),
                None => act(asked, visit).await,
            }
        }
        _ => Response::text(405, "Method Not Allowed").header("allow", "GET, HEAD, POST"),
    };
    Some(response)
}

/// Does what a form asks for, and leads to a page that says what was done.
async fn act(asked: Page, mut visit: Visit<'_>) -> Response {
    match asked.act(&visit).await {
        Ok(outcome) => {
            let id = visit.dev.keep(outcome);
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let user = visit.query("user").map(|user| ("user", user));
            query.extend_pairs(user).append_pair("result", &id);
            Response::redirect(303, &format!("{}?{}#result", asked.path(), query.finish())).no_store()
        }
        Err(problem) => {
            visit.problem = Some(problem);
            page(422, asked, &visit)
        }
    }
}
