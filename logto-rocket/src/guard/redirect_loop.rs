//! Why a browser that has just signed in is not redirected to sign-in again.

refusals! {
    /// Why a browser that has just signed in is not redirected to sign-in again.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum RedirectLoop {
        /// The browser has just signed in, but its session cookie did not come back or cannot be opened.
        SessionCookieLost: Unauthorized, "session_cookie_lost", "Your browser did not keep the session",
            "You have signed in, but this request came without a valid session cookie. Allow cookies for this site, and open it under its usual address. If that does not help, ask whoever runs this site.";
        /// The browser has just signed in, and the session was already ended: by Logto, by an
        /// administrator, or from another device.
        SessionEndedAtOnce: Unauthorized, "session_ended_at_once", "The session has ended",
            "You have signed in, but the session was ended right afterwards: by the sign-in service, by whoever runs this site, or from another device. If this happens again, ask whoever runs this site.";
        /// The browser has just signed in because the route requires a fresh sign-in, and the sign-in still does
        /// not count as fresh.
        StepUpFailed: Unauthorized, "step_up_failed", "A fresh sign-in is needed",
            "You have just signed in, but the sign-in does not count as fresh. If this happens again, ask whoever runs this site: its clock may be wrong.";
    }
}
