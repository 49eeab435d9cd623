//! The page of a mounted route's refusal, for the catcher that shows it.

use std::sync::OnceLock;

use rocket::Request;

use super::model::Page;

#[derive(Default)]
struct RecordedPage(OnceLock<Page>);

/// Keeps the page for the request's catcher.
pub(crate) fn record(request: &Request<'_>, page: Page) {
    let _ = request.local_cache(RecordedPage::default).0.set(page);
}

/// The page that was kept, if a mounted route refused the request and left the response to a catcher.
pub(crate) fn recorded<'r>(request: &'r Request<'_>) -> Option<&'r Page> {
    request.local_cache(RecordedPage::default).0.get()
}
