//! What the fairing is told about pages.

use std::sync::Arc;

use super::LogtoFairing;
use crate::page::Pages;

impl LogtoFairing {
    /// Shows the pages of the application's own in place of the built-in ones: all of them, or those that `pages` has a
    /// method for. The page [`pages`](crate::pages) has an example.
    #[must_use]
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages.pages = Some(Arc::new(pages));
        self
    }

    /// Whether the application's catchers show the refusals of the mounted routes too, such as that of a sign-in that cannot
    /// be completed, and the pages that prevent redirect loops. They get the page by [`Page::of`](crate::Page::of). Without
    /// this, catchers show the refusals of guards alone.
    ///
    /// A refusal whose status has no catcher of the application's stays the built-in page. Headers stay those of this
    /// crate in any case. A catcher that returns another status than the refusal's has to set its own.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Logto, Page};
    /// use rocket::{Request, response::content::RawHtml};
    ///
    /// #[catch(400)]
    /// fn bad_request(request: &Request<'_>) -> RawHtml<String> {
    ///     match Page::of(request) {
    ///         // `page.title()` and `page.help()` are in the reader's language, and are text, not HTML.
    ///         Some(page) if page.code() == "callback_unknown_state" => {
    ///             RawHtml("<h1>Please sign in once more</h1><a href=\"/logto/sign-in\">Sign in</a>".to_owned())
    ///         }
    ///         Some(page) => RawHtml(page.to_html()),
    ///         None => RawHtml("<h1>Bad request</h1>".to_owned()),
    ///     }
    /// }
    ///
    /// #[launch]
    /// fn rocket() -> _ {
    ///     rocket::build()
    ///         .attach(Logto::fairing().refusals_to_catchers(true))
    ///         .register("/", catchers![bad_request])
    /// }
    /// ```
    #[must_use]
    pub fn refusals_to_catchers(mut self, yes: bool) -> Self {
        self.pages.refusals_to_catchers = yes;
        self
    }
}
