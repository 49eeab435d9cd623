//! Guards of whole mounts: each route of a list, of a file server or of another crate behind one guard.

use std::marker::PhantomData;

use rocket::request;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use super::access::PUBLIC;
use super::from_request::{NamedGuard, admit};
use super::mounted_guards::HandlerProbe;
use super::rule::{BoxFuture, Rule};

/// Puts every one of `routes` behind the guard `G`, a struct with [`#[require_auth]`](macro@crate::require_auth) or one
/// of its siblings: the routes of an area, a [`FileServer`](rocket::fs::FileServer), the routes of another crate.
///
/// The guard runs before the guards of the route and before its body is read. It refuses, redirects and forwards as
/// it does as a parameter. A handler that also takes `G` gets what was decided already. The access report lists each
/// route with what `G` asks, and `unguarded = "deny"` counts it as guarded. Names, URIs, ranks and formats stay as
/// they are.
///
/// ```
/// # #[macro_use] extern crate rocket;
/// use logto_rocket::{Identity, Logto, guarded, require_auth};
/// use rocket::fs::{FileServer, Options};
///
/// #[require_auth(roles = "admin", max_age = "12h")]
/// struct OrderAdmin(Identity);
///
/// #[require_auth]
/// struct SignedIn;
///
/// #[get("/")]
/// fn dashboard(admin: OrderAdmin) -> String {
///     format!("Hello {}", admin.0.subject())
/// }
///
/// #[get("/reports")]
/// fn reports() -> &'static str {
///     "No admin, no reports"
/// }
///
/// #[launch]
/// fn rocket() -> _ {
///     rocket::build()
///         .attach(Logto::fairing())
///         .mount("/admin", guarded::<OrderAdmin>(routes![dashboard, reports]))
///         .mount("/manuals", guarded::<SignedIn>(FileServer::new("manuals", Options::Index)))
/// }
/// ```
///
/// Whatever is mounted beside the guarded routes, or below the same path by another `mount`, is not behind the guard.
/// Rocket runs the launch checks of the routes, and the fairing those of `G`. Without the fairing each request to the
/// routes is answered with 500.
///
/// A type that is no such struct does not compile:
///
/// ```compile_fail
/// use logto_rocket::guarded;
///
/// let _ = guarded::<Option<logto_rocket::User>>(rocket::routes![]);
/// ```
#[must_use = "the routes are guarded where the returned ones are mounted"]
pub fn guarded<G: NamedGuard>(routes: impl Into<Vec<Route>>) -> Vec<Route> {
    each(routes.into(), |handler| Box::new(GuardedHandler::<G> { handler, guard: PhantomData }))
}

/// Says of every one of `routes` that everybody may reach it on purpose, as
/// [`#[public]`](macro@crate::public) says of one: with it, `unguarded = "deny"` accepts a
/// [`FileServer`](rocket::fs::FileServer) and the routes of other crates. A route among them that has a guard of its
/// own keeps it.
///
/// ```
/// # #[macro_use] extern crate rocket;
/// use logto_rocket::{Logto, public_routes};
/// use rocket::fs::{FileServer, Options};
///
/// #[launch]
/// fn rocket() -> _ {
///     rocket::build()
///         .attach(Logto::fairing())
///         .mount("/assets", public_routes(FileServer::new("assets", Options::None)))
/// }
/// ```
#[must_use = "the routes are public where the returned ones are mounted"]
pub fn public_routes(routes: impl Into<Vec<Route>>) -> Vec<Route> {
    each(routes.into(), |handler| Box::new(PublicHandler { handler }))
}

/// Replaces the handlers alone: a route keeps its launch checks, which only Rocket can read.
fn each(mut routes: Vec<Route>, wrap: impl Fn(Box<dyn Handler>) -> Box<dyn Handler>) -> Vec<Route> {
    for route in &mut routes {
        route.handler = wrap(route.handler.clone());
    }
    routes
}

/// A handler that `G` guards.
struct GuardedHandler<G> {
    handler: Box<dyn Handler>,
    guard: PhantomData<fn() -> G>,
}

/// Rocket has no way to ask a handler what it is; but it clones handlers, which the access report makes use of.
impl<G: NamedGuard> Clone for GuardedHandler<G> {
    fn clone(&self) -> Self {
        HandlerProbe::note::<G>(const { &G::RULE });
        GuardedHandler { handler: self.handler.clone(), guard: PhantomData }
    }
}

#[rocket::async_trait]
impl<G: NamedGuard> Handler for GuardedHandler<G> {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match admit::<G>(request).await {
            request::Outcome::Success(()) => self.handler.handle(request, data).await,
            request::Outcome::Error((status, _)) => Outcome::Error(status),
            request::Outcome::Forward(status) => Outcome::Forward((data, status)),
        }
    }
}

/// The rule of routes that are public because their mount says so.
const PUBLIC_RULE: Rule = Rule::new(PUBLIC, "public_routes", file!(), line!());

/// A handler that everybody may reach on purpose.
struct PublicHandler {
    handler: Box<dyn Handler>,
}

impl Clone for PublicHandler {
    fn clone(&self) -> Self {
        HandlerProbe::note::<PublicHandler>(&PUBLIC_RULE);
        PublicHandler { handler: self.handler.clone() }
    }
}

/// Written out, because the future of the handler within is all that there is to wait for.
impl Handler for PublicHandler {
    fn handle<'r, 'h, 'l, 'f>(
        &'h self,
        request: &'r Request<'l>,
        data: Data<'r>,
    ) -> BoxFuture<'f, Outcome<'r>>
    where
        'r: 'f,
        'h: 'f,
        'l: 'f,
        Self: 'f,
    {
        self.handler.handle(request, data)
    }
}
