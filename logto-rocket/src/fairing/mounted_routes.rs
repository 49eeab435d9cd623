//! What the fairing is told about the routes that it mounts.

use std::sync::Arc;

use rocket::Route;

use super::LogtoFairing;

impl LogtoFairing {
    /// Passes the routes for sign-in, sign-out and sessions through `map` before they are mounted: to wrap their handlers, as an application
    /// wraps those of its own routes to trace requests. It is called once for each mount point. Replace the field `handler` and
    /// keep the rest: a route that `map` leaves out is not mounted, and one whose URI it changes is not found by browsers
    /// and by Logto.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::Logto;
    /// use rocket::route::{Handler, Outcome};
    /// use rocket::{Data, Request, Route};
    ///
    /// #[derive(Clone)]
    /// struct Counted(Box<dyn Handler>);
    ///
    /// #[rocket::async_trait]
    /// impl Handler for Counted {
    ///     async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
    ///         // count it, or begin a span
    ///         self.0.handle(request, data).await
    ///     }
    /// }
    ///
    /// fn counted(mut routes: Vec<Route>) -> Vec<Route> {
    ///     for route in &mut routes {
    ///         route.handler = Box::new(Counted(route.handler.clone()));
    ///     }
    ///     routes
    /// }
    ///
    /// #[get("/")]
    /// fn home() -> &'static str { "hello" }
    ///
    /// #[launch]
    /// fn rocket() -> _ {
    ///     rocket::build().attach(Logto::fairing().map_routes(counted)).mount("/", counted(routes![home]))
    /// }
    /// ```
    #[must_use]
    pub fn map_routes(mut self, map: impl Fn(Vec<Route>) -> Vec<Route> + Send + Sync + 'static) -> Self {
        self.map_routes = Some(Arc::new(map));
        self
    }

    pub(super) fn mapped(&self, routes: Vec<Route>) -> Vec<Route> {
        match &self.map_routes {
            Some(map) => map(routes),
            None => routes,
        }
    }
}
