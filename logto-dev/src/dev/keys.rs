//! The signing keys.

use maud::{Markup, html};

use super::layout::button;
use super::outcome::Outcome;
use super::people::said;
use super::{Page, Visit};
use crate::live::Keys;

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    let ids = Keys::new(visit.shared).ids();
    let path = Page::Keys.path();
    html! {
        p { "The key set is at " a href="/oidc/jwks" { "/oidc/jwks" } ". Tokens of the previous key still verify." }
        ol {
            @for (index, id) in ids.iter().enumerate() {
                li { code { (id) } @if index == 0 { " (current)" } @else { " (previous)" } }
            }
        }
        div.buttons {
            (button(visit, path, "rotate", "Rotate to a new EC key"))
            (button(visit, path, "rotate_to_rsa", "Rotate to a new RSA key"))
            (button(visit, path, "forget_previous", "Remove the previous key"))
        }
    }
}

pub(super) fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    let keys = Keys::new(visit.shared);
    let done = match visit.form.get("form") {
        Some("rotate") => {
            format!("The tenant signs with the new key {} (ES384).", keys.rotate().map_err(said)?)
        }
        Some("rotate_to_rsa") => {
            format!("The tenant signs with the new key {} (RS256).", keys.rotate_to_rsa().map_err(said)?)
        }
        Some("forget_previous") => {
            keys.forget_previous();
            "The previous key is removed. Its tokens no longer verify.".to_owned()
        }
        _ => return Err("This form is not known.".to_owned()),
    };
    Ok(Outcome::Done(done))
}
