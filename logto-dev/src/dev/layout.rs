//! What every page has in common.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Page, Visit};
use crate::http::Response;
use crate::random;

const STYLE: &str = include_str!("dev.css");

/// A page with what it shows, and with the outcome of the form before it.
pub(super) fn page(status: u16, asked: Page, visit: &Visit<'_>) -> Response {
    let title = match &visit.problem {
        Some(_) => format!("Problem: {}", asked.title()),
        None => asked.title().to_owned(),
    };
    let unplaced = visit.problem.as_deref().filter(|_| visit.form.present("form").is_none());
    let main = html! {
        h1 { (asked.title()) }
        @if let Some(outcome) = visit.outcome() { (outcome.show()) }
        @if let Some(problem) = unplaced { p.problem role="alert" { (problem) } }
        (asked.show(visit))
    };
    document(status, &title, Some(asked), &main)
}

/// What is wrong with a form, at its beginning.
pub(super) fn problem(visit: &Visit<'_>, form: &str) -> Markup {
    html! {
        @if let Some(problem) = visit.problem_in(form) { p.problem role="alert" { (problem) } }
    }
}

/// The hidden fields of a form: its name, and the token.
pub(super) fn hidden(visit: &Visit<'_>, form: &str) -> Markup {
    html! {
        input type="hidden" name="form_token" value=(visit.dev.form_token);
        input type="hidden" name="form" value=(form);
    }
}

/// A form with one button.
pub(super) fn button(visit: &Visit<'_>, action: &str, form: &str, label: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (hidden(visit, form))
            button { (label) }
            (problem(visit, form))
        }
    }
}

/// The option of a `select`.
pub(super) fn option(value: &str, label: &str, chosen: &str) -> Markup {
    html! { option value=(value) selected[value == chosen] { (label) } }
}

pub(super) fn forbidden(refusal: &str) -> Response {
    let main = html! { h1 { "Not allowed" } p { (refusal) } };
    document(403, "Not allowed", None, &main)
}

pub(super) fn not_found() -> Response {
    let main = html! { h1 { "Not found" } p { "There is no such page. " a href="/dev/" { "The tenant" } " is here." } };
    document(404, "Not found", None, &main)
}

/// The response to a request for another machine.
pub(super) fn misdirected(endpoint: &str) -> Response {
    let text = format!("This tenant is for this machine alone: open it at {endpoint}/dev/\n");
    Response::text(421, &text).no_store()
}

/// `Referrer-Policy` is not `no-referrer`, because forms would be sent with the origin `null`.
fn document(status: u16, title: &str, current: Option<Page>, main: &Markup) -> Response {
    let nonce = random::request_id();
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - logto-dev" }
                link rel="icon" href="data:,";
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    p.brand { "logto-dev" }
                    nav aria-label="Pages" {
                        ul {
                            @for page in Page::ALL {
                                li {
                                    a href=(page.path()) aria-current=[(current == Some(page)).then_some("page")] {
                                        (page.title())
                                    }
                                }
                            }
                        }
                    }
                }
                main #main tabindex="-1" { (main) }
            }
        }
    };
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    Response::html(status, html.into_string())
        .header("content-security-policy", policy)
        .header("cache-control", "no-store")
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-resource-policy", "same-origin")
        .header("referrer-policy", "same-origin")
        .header("x-content-type-options", "nosniff")
        .header("x-frame-options", "DENY")
}
