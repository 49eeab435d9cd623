//! The user's own question: `check = path` takes a plain function and an async one alike.

use std::future::{Ready, ready};

/// What the user's function returned: an answer, or a future of one.
pub struct Checked<T>(pub T);

impl Checked<bool> {
    /// The answer of a plain function. Being inherent, it is found before [`ResolveCheck::resolve`].
    pub fn resolve(self) -> Ready<bool> {
        ready(self.0)
    }
}

/// Turns what an async function returned into its answer.
#[diagnostic::on_unimplemented(
    message = "`check` needs a function that returns `bool`, or an async one that does",
    label = "returns `{Self}`",
    note = "write `fn name(who: &Identity, request: &Request<'_>) -> bool`"
)]
pub trait ResolveCheck {
    /// The user's future.
    type Future: Future<Output = bool>;

    /// The future that the user's function has returned.
    fn resolve(self) -> Self::Future;
}

impl<F: Future<Output = bool> + Send> ResolveCheck for Checked<F> {
    type Future = F;

    fn resolve(self) -> F {
        self.0
    }
}
