//! The hooks that an application gives the fairing.

use rocket::Request;

use super::LogtoFairing;
use crate::guard::{Denied, Hook, SignedIn, SignedOut, Welcome};
use crate::session::SessionEnd;

impl LogtoFairing {
    /// Calls `hook` when Logto has signed a user in, before the session counts: to keep a record of the user, to lead
    /// the browser elsewhere, or to refuse. It gets the request too, and by it Rocket's state, guards and databases.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use std::collections::HashSet;
    /// use std::sync::Mutex;
    ///
    /// use logto_rocket::{Denied, Logto, SignedIn, Welcome};
    /// use rocket::{Request, State};
    ///
    /// /// Stands for a database.
    /// #[derive(Default)]
    /// struct Customers(Mutex<HashSet<String>>);
    ///
    /// impl Customers {
    ///     async fn add(&self, subject: &str) -> Result<bool, std::io::Error> {
    ///         let mut customers = self.0.lock().map_err(|_| std::io::Error::other("the table is broken"))?;
    ///         Ok(customers.insert(subject.to_owned()))
    ///     }
    /// }
    ///
    /// #[get("/welcome")]
    /// fn welcome() -> &'static str { "nice to meet you" }
    ///
    /// async fn provision(user: &SignedIn<'_>, request: &Request<'_>) -> Result<Welcome, Denied> {
    ///     let Some(customers) = request.rocket().state::<Customers>() else { return Ok(Welcome::back()) };
    ///     if user.claims().email.as_deref().is_some_and(|email| email.ends_with("@example.org")) {
    ///         return Err(Denied::because("This shop sells to companies only."));
    ///     }
    ///     let is_new = customers.add(user.subject()).await?;
    ///     Ok(if is_new { Welcome::to(uri!(welcome)) } else { Welcome::back() })
    /// }
    ///
    /// #[launch]
    /// fn rocket() -> _ {
    ///     rocket::build()
    ///         .manage(Customers::default())
    ///         .attach(Logto::fairing().on_sign_in(provision))
    ///         .mount("/", routes![welcome])
    /// }
    /// ```
    ///
    /// An async closure does as well: `.on_sign_in(async |user, request| { .. })`. What it captures must be `Clone`.
    ///
    /// - [`Denied`] leaves no session: neither the new one, nor one that the same user has in this browser. A session
    ///   of somebody else in this browser goes on. The refresh token is revoked at Logto.
    /// - An error with `?`, a status of 503, a panic, and a hook that takes longer than the setting `hook_timeout` lead
    ///   to a page with the status 503. Nothing is lost: reloading it repeats the hook. A hook can so run twice for one
    ///   sign-in, and is dropped at an `.await` when its time is up.
    /// - Callbacks that come twice, as after a double click, share one call.
    /// - Several hooks run in the order in which they were given, within one `hook_timeout`. The first that refuses has
    ///   the last word, the first `Welcome::to` decides where the browser goes.
    #[must_use]
    pub fn on_sign_in<F>(mut self, hook: F) -> Self
    where
        F: AsyncFn(&SignedIn<'_>, &Request<'_>) -> Result<Welcome, Denied> + Clone + Send + Sync + 'static,
        F: for<'a, 'b, 'r> Hook<(&'a SignedIn<'b>, &'a Request<'r>), Result<Welcome, Denied>>,
    {
        self.hooks.on_sign_in(hook);
        self
    }

    /// Calls `hook` when a user has signed out with this browser, after the session has ended here and before the
    /// browser goes to Logto.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Logto, SignedOut};
    /// use rocket::Request;
    ///
    /// async fn forget_drafts(user: &SignedOut<'_>, request: &Request<'_>) {
    ///     info!("{} signed out at {}", user.subject(), request.uri());
    /// }
    ///
    /// #[launch]
    /// fn rocket() -> _ {
    ///     rocket::build().attach(Logto::fairing().on_sign_out(forget_drafts))
    /// }
    /// ```
    ///
    /// It cannot keep anybody signed in. A panic is logged, and so is a hook that takes longer than the setting
    /// `hook_timeout`; the sign-out goes on. Several hooks run in the order in which they were given. It is not called
    /// where nobody was signed in, nor where the session store does not say who was.
    #[must_use]
    pub fn on_sign_out<F>(mut self, hook: F) -> Self
    where
        F: AsyncFn(&SignedOut<'_>, &Request<'_>) + Clone + Send + Sync + 'static,
        F: for<'a, 'b, 'r> Hook<(&'a SignedOut<'b>, &'a Request<'r>), ()>,
    {
        self.hooks.on_sign_out(hook);
        self
    }

    /// Calls `hook` when a session has ended otherwise than by its user's sign-out: by a logout token or a webhook, from
    /// another device, for its age, or because Logto no longer has its grant.
    /// [`SessionEndReason`](crate::SessionEndReason) lists them all.
    ///
    /// It runs in the background, mostly without a request, so it captures what it needs:
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use std::collections::HashMap;
    /// use std::sync::{Arc, Mutex, PoisonError};
    ///
    /// use logto_rocket::Logto;
    ///
    /// /// The sockets of each user.
    /// type Sockets = Arc<Mutex<HashMap<String, Vec<u64>>>>;
    ///
    /// #[launch]
    /// fn rocket() -> _ {
    ///     let sockets = Sockets::default();
    ///     let open = Arc::clone(&sockets);
    ///     let fairing = Logto::fairing().on_session_end(async move |end| {
    ///         if let Some(subject) = end.subject() {
    ///             open.lock().unwrap_or_else(PoisonError::into_inner).remove(subject);
    ///         }
    ///     });
    ///     rocket::build().manage(sockets).attach(fairing)
    /// }
    /// ```
    ///
    /// A database pool that exists only once Rocket ignites is captured in `AdHoc::on_ignite`, which attaches this
    /// fairing.
    ///
    /// An end is told once, in the process that brought it about or noticed it. Where all sessions of a user end, that is
    /// one call. A hook that panics or takes longer than the setting `hook_timeout` is logged, and is not called again.
    /// Several hooks run in the order in which they were given.
    #[must_use]
    pub fn on_session_end<F>(mut self, hook: F) -> Self
    where
        F: AsyncFn(SessionEnd) + Clone + Send + Sync + 'static,
        F: Hook<(SessionEnd,), ()>,
    {
        self.hooks.on_session_end(hook);
        self
    }
}
