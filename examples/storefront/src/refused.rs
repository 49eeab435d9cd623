//! Refusals in the shop's look, in the reader's language.

use logto_rocket::{AcceptLanguage, AuthFailure, OwnPage, Page, Pages};
use maud::html;
use rocket::http::{ContentType, Header};
use rocket::{Catcher, Request, Responder, catch, catchers};

use crate::answer::is_for_people;
use crate::base_path::BasePath;
use crate::html::page;
use crate::workplace;

pub(crate) fn catchers() -> Vec<Catcher> {
    catchers![not_found]
}

/// The shop shows what its guards refuse. The other pages are the built-in ones.
pub(crate) struct ShopPages;

impl Pages for ShopPages {
    fn refused(&self, refused: &Page, request: &Request<'_>) -> Option<OwnPage> {
        let lead = html! {
            section class="hero" {
                h1 { (refused.title()) }
                p { (refused.help()) }
            }
        };
        let more = html! {
            section {
                @if let Some(detail) = refused.detail() {
                    p lang="en" { (detail) }
                }
                @if !refused.required_scopes().is_empty() {
                    ul {
                        @for scope in refused.required_scopes() {
                            li { (scope) }
                        }
                    }
                }
                p class="soft" { code { (refused.code()) } " · " (refused.reference()) }
                @if is_about_workplace(refused, request) {
                    p { a class="button" href={ (BasePath::in_links(request)) (workplace::PATH) } { (choose_another(refused.language())) } }
                }
                p {
                    // A refusal of a guard has links and no forms.
                    @for (index, action) in refused.actions().iter().enumerate() {
                        a class={ "button" @if index > 0 { " quiet" } } href=(action.target()) { (action.label()) } " "
                    }
                }
            }
        };
        let html = page(BasePath::in_links(request), refused.language(), refused.title(), None, &lead, &more);
        Some(OwnPage::html(html).language(refused.language()).content_security_policy(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
        ))
    }
}

/// Whether a permission is missing in the organization that the user works in: it may be there in another one.
fn is_about_workplace(refused: &Page, request: &Request<'_>) -> bool {
    let is_below =
        request.route().is_some_and(|route| route.uri.unmounted_origin.path().starts_with(workplace::PATH));
    is_below && matches!(refused.code(), "insufficient_scope" | "not_a_member" | "no_organization")
}

fn choose_another(language: &str) -> &'static str {
    match language {
        "de" => "Organisation wählen",
        "es" => "Elegir la organización",
        "fr" => "Choisir l’organisation",
        "ja" => "組織を選択",
        "ko" => "조직 선택",
        "pt-BR" => "Escolher a organização",
        "zh-Hans" => "选择组织",
        "zh-Hant" => "選擇組織",
        _ => "Choose the organization",
    }
}

/// The response to an address that the shop does not have.
#[derive(Responder)]
#[response(status = 404)]
struct NotFound {
    body: (ContentType, String),
    vary: Header<'static>,
}

/// A guard hides what it refuses with 404 as well: a program gets the problem document of its refusal.
#[catch(404)]
fn not_found(request: &Request<'_>) -> Result<AuthFailure, Box<NotFound>> {
    match AuthFailure::of(request) {
        Some(hidden) if !is_for_people(request) => Ok(hidden),
        _ => Err(Box::new(no_such_page(request))),
    }
}

fn no_such_page(request: &Request<'_>) -> NotFound {
    let vary = Header::new("Vary", "Accept, Accept-Language");
    if !is_for_people(request) {
        return NotFound { body: (ContentType::JSON, r#"{"error":"not_found"}"#.to_owned()), vary };
    }
    let (language, title, help, back) = match AcceptLanguage::of(request).lookup(["en", "de"]) {
        Some("de") => {
            ("de", "Diese Seite gibt es nicht", "Vielleicht hilft die Startseite weiter.", "Zum Laden")
        }
        _ => ("en", "There is no such page", "The start page may help.", "Back to the shop"),
    };
    let base = BasePath::in_links(request);
    let lead = html! {
        section class="hero" {
            h1 { (title) }
            p { (help) }
        }
    };
    let more = html! {
        section { p { a class="button" href={ (base) "/" } { (back) } } }
    };
    NotFound { body: (ContentType::HTML, page(base, language, title, None, &lead, &more)), vary }
}
