//! A request, without the lifetime that Rocket gives it.

use rocket::Request;
use rocket::http::uri::{Host, Origin};
use rocket::http::{Accept, ContentType, CookieJar, HeaderMap};

/// What is looked at of a request.
///
/// In Rocket 0.5.1 the lifetime of a `Request<'r>` cannot be shortened, so no guard can keep a `&Request`.
/// Behind `dyn` it is out of sight.
pub(crate) trait RequestView: Send + Sync {
    fn headers(&self) -> &HeaderMap<'_>;
    fn cookies(&self) -> &CookieJar<'_>;
    fn uri(&self) -> &Origin<'_>;
    fn host(&self) -> Option<&Host<'_>>;
    fn accept(&self) -> Option<&Accept>;
    fn content_type(&self) -> Option<&ContentType>;
}

impl RequestView for Request<'_> {
    fn headers(&self) -> &HeaderMap<'_> {
        self.headers()
    }

    fn cookies(&self) -> &CookieJar<'_> {
        self.cookies()
    }

    fn uri(&self) -> &Origin<'_> {
        self.uri()
    }

    fn host(&self) -> Option<&Host<'_>> {
        self.host()
    }

    fn accept(&self) -> Option<&Accept> {
        self.accept()
    }

    fn content_type(&self) -> Option<&ContentType> {
        self.content_type()
    }
}
