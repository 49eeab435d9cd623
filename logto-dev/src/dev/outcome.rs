//! What a form has done.

use maud::{Markup, html};

/// What is shown after a form.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Done(String),
    Token(IssuedToken),
    /// What an application answered to what was posted to it.
    Posted(Vec<Posted>),
}

#[derive(Clone)]
pub(super) struct IssuedToken {
    pub(super) about: String,
    pub(super) token: String,
    pub(super) curl: String,
    /// The claims as JSON; none in an opaque token.
    pub(super) claims: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Posted {
    pub(super) what: String,
    pub(super) to: String,
    pub(super) status: Result<u16, String>,
    pub(super) body: String,
}

impl Outcome {
    pub(super) fn show(&self) -> Markup {
        html! {
            section #result tabindex="-1" aria-label="Result" {
                @match self {
                    Self::Done(what) => p role="status" { (what) },
                    Self::Token(issued) => (issued.show()),
                    Self::Posted(posted) => { @for one in posted { (one.show()) } },
                }
            }
        }
    }
}

impl IssuedToken {
    fn show(&self) -> Markup {
        html! {
            p role="status" { (self.about) }
            h2 { "For curl" }
            pre #curl { code { (self.curl) } }
            h2 { "Token" }
            pre #token { code { (self.token) } }
            @if let Some(claims) = &self.claims {
                h2 { "Claims" }
                pre #claims { code { (claims) } }
            }
        }
    }
}

impl Posted {
    fn show(&self) -> Markup {
        html! {
            @match &self.status {
                Ok(status) => p role="status" {
                    (self.what) " was posted to " code { (self.to) } ". The application responded with status "
                    strong { (status) } "."
                },
                Err(problem) => p.problem role="alert" {
                    (self.what) " was not delivered to " code { (self.to) } ": " (problem)
                    ". Is the application running there?"
                },
            }
            @if !self.body.is_empty() {
                pre { code { (self.body) } }
            }
        }
    }
}

/// Without the token.
impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IssuedToken").field("about", &self.about).finish_non_exhaustive()
    }
}
