//! The last requests with their responses. Tokens, codes and secrets are shortened.

use maud::{Markup, html};

use super::layout::button;
use super::outcome::Outcome;
use super::secrets::Secrets;
use super::{Page, Visit};
use crate::clock::epoch_ms;
use crate::http::iso_date;
use crate::{Entry, RecordedResponse};

const SHOWN: usize = 100;

/// A request as it is shown.
pub(super) struct Shown {
    at: String,
    method: String,
    path: String,
    client: Option<String>,
    status: Option<u16>,
    params: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    response: Option<ShownResponse>,
}

struct ShownResponse {
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// The last requests, latest first.
pub(super) fn last(visit: &Visit<'_>, count: usize) -> Vec<Shown> {
    let secrets = visit.shared.with_state(|state, _| Secrets::of(state));
    visit.shared.journal.latest(count).iter().map(|entry| shown(&secrets, entry)).collect()
}

fn shown(secrets: &Secrets, entry: &Entry) -> Shown {
    let pairs = |pairs: &[(String, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (secrets.text(name), secrets.value(name, value))).collect()
    };
    let response = |response: &RecordedResponse| ShownResponse {
        headers: pairs(&response.headers),
        body: response.body.as_deref().map(|body| secrets.body(body)),
    };
    Shown {
        at: iso_date(epoch_ms(entry.at)),
        method: entry.method.clone(),
        path: secrets.text(&entry.path),
        client: entry.client_id.as_deref().map(|client| secrets.text(client)),
        status: entry.status,
        params: pairs(&entry.params),
        headers: pairs(&entry.headers),
        response: entry.response.as_ref().map(response),
    }
}

/// When it was, what it was, and the status of the response.
pub(super) fn one_line(entry: &Shown) -> Markup {
    html! {
        span.time { (entry.at.get(11..19).unwrap_or_default()) } " "
        code { (entry.method) " " (entry.path) } " "
        strong { @match entry.status { Some(status) => { (status) }, None => { "no response" } } }
        @if let Some(client) = &entry.client { " " span.client { (client) } }
    }
}

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    let entries = last(visit, SHOWN);
    html! {
        p {
            "The last " (SHOWN) " requests, latest first, with the time in UTC. Tokens, codes and secrets are shortened. "
            a href=(Page::Requests.path()) { "Show newer ones" }
        }
        @if entries.is_empty() { p { "No requests yet." } }
        @else { (button(visit, Page::Requests.path(), "clear", "Remove all requests")) }
        ol.plain {
            @for entry in &entries {
                li {
                    details {
                        summary { (one_line(entry)) }
                        (pairs("Parameters", &entry.params))
                        (pairs("Headers", &entry.headers))
                        @if let Some(response) = &entry.response {
                            (pairs("Headers of the response", &response.headers))
                            h2 { "Body of the response" }
                            @match response.body.as_deref() {
                                Some("") => p { "Empty." },
                                Some(body) => pre { code { (body) } },
                                None => p { "A page, or a long body, which is not kept." },
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pairs(title: &str, pairs: &[(String, String)]) -> Markup {
    html! {
        @if !pairs.is_empty() {
            h2 { (title) }
            dl { @for (name, value) in pairs { dt { (name) } dd { code { (value) } } } }
        }
    }
}

pub(super) fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    if visit.form.get("form") != Some("clear") {
        return Err("This form is not known.".to_owned());
    }
    visit.shared.journal.clear();
    Ok(Outcome::Done("All requests are removed.".to_owned()))
}
