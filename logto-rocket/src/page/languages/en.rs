//! English: the rows of the refusals, as sentences.

use super::table::{Label, Text, Texts, text};
use crate::guard::{NOT_SAVED, RedirectLoop, Refusal};
use crate::page::sentence::sentence;
use crate::refusals::endpoint::EndpointRefusal;

pub(crate) const EN: Texts = Texts {
    tag: "en",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text("You are signed out", "Your session in this application has ended. You can close this page.")
    },
    not_saved: NOT_SAVED,
    needs: "This page needs:",
    reference: "Reference",
};

fn guard(refusal: Refusal) -> Text {
    Text { title: refusal.title(), help: sentence(refusal.help()).into() }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    Text { title: end.title(), help: end.help().into() }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    Text { title: refusal.title(), help: sentence(refusal.help()).into() }
}

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Sign in",
        Label::SignInAgain => "Sign in again",
        Label::SignOut => "Sign out",
        Label::StaySignedIn => "Stay signed in",
        Label::StartPage => "Go to the start page",
        Label::TryAgain => "Try again",
    }
}
