//! What a table of texts consists of.

use std::borrow::Cow;

use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

/// The texts of every page in one language.
pub(crate) struct Texts {
    /// The language, as a tag of BCP 47.
    pub(crate) tag: &'static str,
    pub(crate) guard: fn(Refusal) -> Text,
    pub(crate) redirect_loop: fn(RedirectLoop) -> Text,
    pub(crate) endpoint: fn(EndpointRefusal) -> Text,
    pub(crate) label: fn(Label) -> &'static str,
    /// For a user who has signed out.
    pub(crate) signed_out: fn() -> Text,
    /// For a user whose form was not saved.
    pub(crate) not_saved: &'static str,
    /// Stands before the scopes that a page needs.
    pub(crate) needs: &'static str,
    /// Stands before the reference.
    pub(crate) reference: &'static str,
}

/// A title, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) title: &'static str,
    pub(crate) help: Cow<'static, str>,
}

pub(super) const fn text(title: &'static str, help: &'static str) -> Text {
    Text { title, help: Cow::Borrowed(help) }
}

listed! {
/// What a link or a button is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    SignIn,
    SignInAgain,
    SignOut,
    StaySignedIn,
    StartPage,
    TryAgain,
}
}
