//! What can be a hook.

/// A function that the fairing calls at a moment in the life of a session: `async fn`s and async closures whose future
/// may move between threads, and that can be cloned.
///
/// It is implemented for all of them, and never by hand. `Arguments` is the tuple of the parameters, `Output` what the
/// hook returns.
#[diagnostic::on_unimplemented(
    message = "this cannot be a hook: its future must stay in its thread, or it takes or returns something else",
    label = "not a hook",
    note = "write an `async fn` or an async closure that holds no `Rc`, `RefCell` borrow or lock guard over an `.await`"
)]
pub trait Hook<Arguments, Output> {
    /// What the hook is doing.
    type Future: Future<Output = Output> + Send;

    /// Calls the hook.
    fn call(self, arguments: Arguments) -> Self::Future;
}

impl<A, B, T, F, Fut> Hook<(A, B), T> for F
where
    F: FnOnce(A, B) -> Fut,
    Fut: Future<Output = T> + Send,
{
    type Future = Fut;

    fn call(self, (first, second): (A, B)) -> Fut {
        self(first, second)
    }
}

impl<A, T, F, Fut> Hook<(A,), T> for F
where
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = T> + Send,
{
    type Future = Fut;

    fn call(self, (argument,): (A,)) -> Fut {
        self(argument)
    }
}
