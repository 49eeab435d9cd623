//! The application's own check: `check = path` takes a plain function or an async one.

use std::any::Any;
use std::future::{Ready, ready};
use std::sync::Arc;

use super::denied::Denied;

/// What a check has loaded, for the parameters that take it.
pub(super) type Loaded = Arc<dyn Any + Send + Sync>;

/// What a check has decided.
#[derive(Debug)]
pub enum CheckOutcome {
    /// The caller is admitted. There is a value where the check returns a `Result`.
    Admitted(Option<Loaded>),
    /// The caller is refused. Without reasons where the check returns a `bool`.
    Refused(Option<Denied>),
}

/// What the user's function may return. `When` is for the compiler to find: it keeps the answers that are
/// there apart from those that come later.
#[diagnostic::on_unimplemented(
    message = "`check` needs a function that returns `bool` or `Result<T, Denied>`, or an async one that does",
    label = "this function returns something else, or a future that must stay in its thread",
    note = "write `fn name(who: &Identity, request: &Request<'_>) -> bool`, or `async fn` with the same"
)]
pub trait Answer<When> {
    /// The answer.
    type Decision: Decision;
    /// The answer, some time.
    type Future: Future<Output = Self::Decision> + Send;

    /// The answer, some time.
    fn into_future(self) -> Self::Future;
}

/// The answer of a plain function.
#[derive(Debug)]
pub struct AtOnce;

/// The answer of an async function.
#[derive(Debug)]
pub struct Later;

/// `bool` or `Result<T, Denied>`, as a bound: two implementations of [`Answer`] fit every type then, and where neither
/// is content, the compiler speaks of [`Answer`] rather than of what one of them lacks.
pub trait Decision: Send {
    /// Yes or no.
    fn decided(self) -> CheckOutcome;
}

impl Decision for bool {
    fn decided(self) -> CheckOutcome {
        if self { CheckOutcome::Admitted(None) } else { CheckOutcome::Refused(None) }
    }
}

/// `Ok(false)` refuses: it is the answer of a check that returns `bool` and may fail.
impl<T: Send + Sync + 'static> Decision for Result<T, Denied> {
    fn decided(self) -> CheckOutcome {
        match self {
            Ok(value) if (&value as &dyn Any).downcast_ref() == Some(&false) => CheckOutcome::Refused(None),
            Ok(value) => CheckOutcome::Admitted(Some(Arc::new(value))),
            Err(denied) => CheckOutcome::Refused(Some(denied)),
        }
    }
}

/// The decision of a check that hands over a `T`.
#[diagnostic::on_unimplemented(
    message = "`check` does not load the `{T}` that a `Checked` takes",
    label = "this function returns something else than `Result<{T}, Denied>`",
    note = "let the function return `Result<{T}, Denied>`, or change the type in `Checked<..>`"
)]
pub trait Loads<T> {}

impl<T> Loads<T> for Result<T, Denied> {}

impl<D: Decision> Answer<AtOnce> for D {
    type Decision = D;
    type Future = Ready<D>;

    fn into_future(self) -> Ready<D> {
        ready(self)
    }
}

impl<D: Decision, F: Future<Output = D> + Send> Answer<Later> for F {
    type Decision = D;
    type Future = F;

    fn into_future(self) -> F {
        self
    }
}

/// The answer to what the user's function has returned.
pub fn answer<When, A: Answer<When>>(returned: A) -> A::Future {
    returned.into_future()
}

/// The answer to what the user's function has returned, where a handler takes a `Checked<T>`.
pub fn answer_with<T, When, A: Answer<When, Decision: Loads<T>>>(returned: A) -> A::Future {
    returned.into_future()
}

/// What the answer says.
pub fn decided(answer: impl Decision) -> CheckOutcome {
    answer.decided()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m04_only_an_answer_that_says_no_refuses() {
        let is_admitted = |outcome| matches!(outcome, CheckOutcome::Admitted(_));
        assert!(is_admitted(true.decided()) && !is_admitted(false.decided()));
        assert!(is_admitted(Ok::<bool, Denied>(true).decided()));
        assert!(!is_admitted(Ok::<bool, Denied>(false).decided()));
        assert!(is_admitted(Ok::<(), Denied>(()).decided()));
        assert!(!is_admitted(Err::<(), Denied>(Denied::default()).decided()));
        let CheckOutcome::Admitted(Some(loaded)) = Ok::<u8, Denied>(7).decided() else {
            panic!("a value is loaded")
        };
        assert_eq!(loaded.downcast_ref::<u8>(), Some(&7));
    }
}
