//! Cookies that the answer is to set.

use std::time::Duration;

use crate::session::SetCookie;

/// A cookie of this crate that holds no session: one of a pending sign-in, the flash message, or the redirect loop mark.
#[derive(Debug, Clone)]
pub(crate) struct PendingCookie {
    pub(crate) cookie: SetCookie,
    pub(crate) max_age: Duration,
}
