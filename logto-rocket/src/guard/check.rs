//! The application's own check: `check = path` takes a plain function or an async one.

use std::future::{Ready, ready};

/// What the user's function may return. `When` is for the compiler to find: it keeps the answers that are
/// there apart from those that come later.
#[diagnostic::on_unimplemented(
    message = "`check` needs a function that returns `bool`, or an async one that does",
    label = "this function returns something else, or a future that must stay in its thread",
    note = "write `fn name(who: &Identity, request: &Request<'_>) -> bool`, or `async fn` with the same"
)]
pub trait Answer<When> {
    /// The answer, some time.
    type Future: Future<Output = bool> + Send;

    /// The answer, some time.
    fn into_future(self) -> Self::Future;
}

/// The answer of a plain function.
#[derive(Debug)]
pub struct AtOnce;

/// The answer of an async function.
#[derive(Debug)]
pub struct Later;

/// `bool`, as a bound: two implementations fit every type then, and where neither
/// is content, the compiler speaks of [`Answer`] rather than of what one of them lacks.
pub trait Decision {
    /// Yes or no.
    fn decided(self) -> bool;
}

impl Decision for bool {
    fn decided(self) -> bool {
        self
    }
}

impl<D: Decision> Answer<AtOnce> for D {
    type Future = Ready<bool>;

    fn into_future(self) -> Ready<bool> {
        ready(self.decided())
    }
}

impl<F: Future<Output = bool> + Send> Answer<Later> for F {
    type Future = F;

    fn into_future(self) -> F {
        self
    }
}

/// The answer to what the user's function has returned.
pub fn answer<When, A: Answer<When>>(returned: A) -> A::Future {
    returned.into_future()
}
