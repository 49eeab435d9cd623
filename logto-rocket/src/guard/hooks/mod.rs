//! The application's functions that are called when sessions begin and end.

mod hook;
mod sign_in;
mod sign_out;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use rocket::Request;
use rocket::futures::FutureExt;

pub use hook::Hook;
pub use sign_in::{SignedIn, Welcome};
pub use sign_out::SignedOut;

use super::denied::Denied;
use super::rule::BoxFuture;
use crate::session::{SessionEnd, SessionEndHook};

/// The hooks of one application.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    sign_in: Vec<Arc<dyn SignInHook>>,
    sign_out: Vec<Arc<dyn SignOutHook>>,
    session_end: Vec<SessionEndHook>,
}

/// A hook `on_sign_in` of some type.
trait SignInHook: Send + Sync {
    fn run<'a>(
        &self,
        user: &'a SignedIn<'a>,
        request: &'a Request<'_>,
    ) -> BoxFuture<'a, Result<Welcome, Denied>>;
}

/// A hook `on_sign_out` of some type.
trait SignOutHook: Send + Sync {
    fn run<'a>(&self, user: &'a SignedOut<'a>, request: &'a Request<'_>) -> BoxFuture<'a, ()>;
}

struct OfType<F>(F);

impl<F> SignInHook for OfType<F>
where
    F: Clone + Send + Sync + 'static,
    F: for<'a, 'b, 'r> Hook<(&'a SignedIn<'b>, &'a Request<'r>), Result<Welcome, Denied>>,
{
    fn run<'a>(
        &self,
        user: &'a SignedIn<'a>,
        request: &'a Request<'_>,
    ) -> BoxFuture<'a, Result<Welcome, Denied>> {
        let hook = self.0.clone();
        // A panic before the first `.await` is one of the future too.
        Box::pin(async move { hook.call((user, request)).await })
    }
}

impl<F> SignOutHook for OfType<F>
where
    F: Clone + Send + Sync + 'static,
    F: for<'a, 'b, 'r> Hook<(&'a SignedOut<'b>, &'a Request<'r>), ()>,
{
    fn run<'a>(&self, user: &'a SignedOut<'a>, request: &'a Request<'_>) -> BoxFuture<'a, ()> {
        let hook = self.0.clone();
        Box::pin(async move { hook.call((user, request)).await })
    }
}

impl Hooks {
    pub(crate) fn on_sign_in<F>(&mut self, hook: F)
    where
        F: Clone + Send + Sync + 'static,
        F: for<'a, 'b, 'r> Hook<(&'a SignedIn<'b>, &'a Request<'r>), Result<Welcome, Denied>>,
    {
        self.sign_in.push(Arc::new(OfType(hook)));
    }

    pub(crate) fn on_sign_out<F>(&mut self, hook: F)
    where
        F: Clone + Send + Sync + 'static,
        F: for<'a, 'b, 'r> Hook<(&'a SignedOut<'b>, &'a Request<'r>), ()>,
    {
        self.sign_out.push(Arc::new(OfType(hook)));
    }

    pub(crate) fn on_session_end<F>(&mut self, hook: F)
    where
        F: Clone + Send + Sync + 'static,
        F: Hook<(SessionEnd,), ()>,
    {
        self.session_end.push(Arc::new(move |end| {
            let hook = hook.clone();
            Box::pin(async move { hook.call((end,)).await })
        }));
    }

    pub(crate) fn session_end(&self) -> Vec<SessionEndHook> {
        self.session_end.clone()
    }

    pub(crate) fn has_sign_in(&self) -> bool {
        !self.sign_in.is_empty()
    }

    pub(crate) fn has_sign_out(&self) -> bool {
        !self.sign_out.is_empty()
    }

    pub(crate) fn has_session_end(&self) -> bool {
        !self.session_end.is_empty()
    }

    /// Asks the hooks one after the other. The first that refuses has the last word. The first that leads elsewhere
    /// decides where the browser goes. A hook that panics or takes too long has not decided.
    pub(crate) async fn sign_in(
        &self,
        user: &SignedIn<'_>,
        request: &Request<'_>,
        limit: Duration,
    ) -> Result<Welcome, Denied> {
        let ask_all = async {
            let mut welcome = Welcome::back();
            for hook in &self.sign_in {
                let this = hook.run(user, request).await?;
                if !welcome.leads_elsewhere() {
                    welcome = this;
                }
            }
            Ok(welcome)
        };
        bounded(ask_all, limit).await.unwrap_or_else(|failure| Err(Denied::unavailable(failure)))
    }

    /// Tells the hooks one after the other. What fails is logged: the user is signed out all the same.
    pub(crate) async fn sign_out(&self, user: &SignedOut<'_>, request: &Request<'_>, limit: Duration) {
        for hook in &self.sign_out {
            if let Err(failure) = bounded(hook.run(user, request), limit).await {
                tracing::error!(target: "logto", code = "sign_out_hook_failed", "a hook `on_sign_out` failed: {failure}; the user is signed out anyway");
            }
        }
    }
}

/// What the hook returns, or why it did not return.
async fn bounded<T>(hook: impl Future<Output = T> + Send, limit: Duration) -> Result<T, String> {
    match tokio::time::timeout(limit, AssertUnwindSafe(hook).catch_unwind()).await {
        Ok(Ok(returned)) => Ok(returned),
        Ok(Err(_)) => Err("it panicked".to_owned()),
        Err(_) => Err(format!("it took longer than {limit:?} (setting `hook_timeout`)")),
    }
}
