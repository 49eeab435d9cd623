//! The built-in pages: HTML without scripts, in light and dark.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, PreEscaped, html};

use super::languages::EN;
use super::model::{Page, PageAction};
use super::sentence::sentence;

const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded, and only the style above applies. There is no `form-action`, because browsers apply it to
/// the redirect after a form as well, and sign-out redirects to Logto.
pub(super) static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

impl Page {
    /// The page as this crate shows it: a whole HTML document. [`Pages`](crate::Pages) return `None` for that.
    ///
    /// Its style is allowed by a `Content-Security-Policy` that this crate sets only where it shows the page itself.
    #[must_use]
    pub fn to_html(&self) -> String {
        let texts = self.texts.0;
        // Turbo renders what it fetches, including these pages, and would fetch their links and forms by script. They
        // lead to sign-in and sign-out, and a script cannot follow those to Logto.
        let markup = html! {
            (DOCTYPE)
            html lang=(self.language()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width,initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title()) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { (self.title()) }
                        @if let Some(detail) = self.detail() {
                            p lang=[(self.language() != EN.tag).then_some(EN.tag)] { (sentence(detail)) }
                        }
                        p { (self.help()) }
                        @if !self.required_scopes().is_empty() {
                            p { (texts.needs) " " (self.required_scopes().join(", ")) }
                        }
                        @if let Some(note) = self.note() {
                            p { (note) }
                        }
                        @if !self.actions().is_empty() {
                            div class="actions" {
                                @for action in self.actions() { (html_of(action)) }
                            }
                        }
                        @if !self.reference().is_empty() {
                            footer {
                                p { code { (self.code()) } }
                                p { (texts.reference) " " (self.reference()) }
                            }
                        }
                    }
                }
            }
        };
        markup.into_string()
    }
}

fn html_of(action: &PageAction) -> maud::Markup {
    html! {
        @if action.is_post() {
            form method="post" action=(action.target()) data-turbo="false" {
                button class="go" { (action.label()) }
            }
        } @else {
            a class="go" href=(action.target()) data-turbo="false" { (action.label()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::Refusal;
    use crate::page::languages::Label;
    use crate::page::{AcceptLanguage, PageSubject};

    fn page() -> Page {
        let subject = PageSubject::Guard(Refusal::NotSignedIn);
        Page::new(subject, AcceptLanguage::default(), "\"><img onerror>".to_owned())
    }

    #[test]
    fn l13_texts_are_escaped() {
        let page = page().with_detail(Some("<script>".to_owned())).link(Label::SignIn, "/a\"b'&<");
        let html = page.to_html();
        assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
        assert!(html.contains("&quot;&gt;&lt;img onerror&gt;"), "{html}");
        // The quotes of attributes are double, so a single quote ends nothing.
        assert!(html.contains("href=\"/a&quot;b'&amp;&lt;\""), "{html}");
    }

    /// The policy allows the style by the hash of exactly what stands in the page.
    #[test]
    fn the_policy_names_the_style_of_the_page() {
        let html = page().to_html();
        let (_, rest) = html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = STANDARD.encode(digest(&SHA256, style.as_bytes()));
        assert!(
            CONTENT_SECURITY_POLICY.contains(&format!("'sha256-{hash}'")),
            "{}",
            *CONTENT_SECURITY_POLICY
        );
    }
}
