//! The pages that this crate shows: plain HTML without scripts. Everything from a request is escaped.

use std::fmt::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1b1f;--soft:#5c5c66;--paper:#fff;--back:#f4f4f7;--line:#dcdce4;--accent:#5d34f2}\
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--soft:#a5a5b1;--paper:#1d1d22;--back:#121215;--line:#34343c;--accent:#a48bff}}\
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);\
font:16px/1.55 system-ui,sans-serif}main{width:min(30rem,92vw);background:var(--paper);border:1px solid var(--line);\
border-radius:14px;padding:2rem}h1{font-size:1.35rem;margin:0 0 .6rem}p{margin:.5rem 0;color:var(--soft)}code{font-size:.85em}\
.go{display:inline-block;margin:1rem .75rem 0 0;padding:.6rem 1.1rem;border-radius:9px;background:var(--accent);color:var(--paper);\
text-decoration:none;border:0;font:inherit;cursor:pointer}.go:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
.go+.go,form+.go{background:none;color:var(--ink);border:1px solid var(--soft)}\
form{display:inline}";

/// Nothing may be loaded, and only the style above applies. There is no `form-action`, because browsers apply it to
/// the redirect after a form as well, and sign-out redirects to Logto.
pub(crate) static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Turbo renders what it fetches, including these pages, and would fetch their links and forms by script. They lead
/// to sign-in and sign-out, and a script cannot follow those to Logto.
const NO_TURBO: &str = "data-turbo=\"false\"";

/// A page with a title, paragraphs, and links or buttons.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    title: String,
    paragraphs: Vec<String>,
    code: Option<String>,
    reference: Option<String>,
    actions: Vec<Action>,
}

#[derive(Debug, Clone)]
struct Action {
    label: &'static str,
    target: String,
    post: bool,
}

impl Page {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Page { title: title.into(), paragraphs: Vec::new(), code: None, reference: None, actions: Vec::new() }
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    pub(crate) fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// The reference under which the refusal is found in the audit log.
    pub(crate) fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    pub(crate) fn link(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.actions.push(Action { label, target: target.into(), post: false });
        self
    }

    /// A button that sends a POST request, for actions with side effects.
    pub(crate) fn button(mut self, label: &'static str, target: impl Into<String>) -> Self {
        self.actions.push(Action { label, target: target.into(), post: true });
        self
    }

    pub(crate) fn to_html(&self) -> String {
        let mut html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width,initial-scale=1\"><title>{title}</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
             <body><main><h1>{title}</h1>",
            title = escape(&self.title)
        );
        for paragraph in &self.paragraphs {
            let _ = write!(html, "<p>{}</p>", escape(paragraph));
        }
        if let Some(code) = &self.code {
            let _ = write!(html, "<p><code>{}</code></p>", escape(code));
        }
        if let Some(reference) = &self.reference {
            let _ = write!(html, "<p><small>Reference {}</small></p>", escape(reference));
        }
        for Action { label, target, post } in &self.actions {
            let target = escape(target);
            let _ = if *post {
                write!(
                    html,
                    "<form method=\"post\" action=\"{target}\" {NO_TURBO}><button class=\"go\">{label}</button></form>"
                )
            } else {
                write!(html, "<a class=\"go\" href=\"{target}\" {NO_TURBO}>{label}</a>")
            };
        }
        html.push_str("</main></body></html>");
        html
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l13_texts_are_escaped() {
        let html = Page::new("<script>").text("\"><img onerror>").code("'&").link("Go", "/a\"b").to_html();
        assert!(!html.contains("<script>") && !html.contains("<img"), "{html}");
        assert!(html.contains("/a&quot;b") && html.contains("&#39;&amp;"), "{html}");
    }
}
