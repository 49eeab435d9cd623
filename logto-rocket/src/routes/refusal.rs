//! Every reason for which one of this crate's own routes says no.

use crate::bearer::InvalidLogoutToken;

refusals! {
    /// Why a route of the fairing has not done what it was asked for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum EndpointRefusal {
        /// `HEAD` to one of these routes: they do things, and a code is spent by looking.
        Head: MethodNotAllowed, "head_not_allowed", "This address does not answer HEAD", "Use GET.";
        /// A parameter of the sign-in route stands twice, or is no text.
        BadQuery: BadRequest, "bad_query", "The address cannot be read",
            "A parameter stands twice, or is no text.";
        /// A script has fetched the sign-in route.
        NavigateToSignIn: Unauthorized, "navigate_to_sign_in", "Sign-in is a page",
            "Open this address in the browser's window instead of fetching it.";
        /// Logto does not answer, and sign-in cannot begin or be completed without it.
        LogtoUnavailable: ServiceUnavailable, "logto_unavailable", "The sign-in service cannot be reached",
            "Nothing is lost; try again in a moment.";
        /// The session store does not answer.
        StoreUnavailable: ServiceUnavailable, "store_unavailable", "Sessions cannot be kept at the moment",
            "Nothing is lost; try again in a moment.";
        /// The crypto library has failed.
        SealFailed: InternalServerError, "seal_failed", "Sign-in cannot begin", "Try again.";
        /// The callback belongs to no sign-in of this browser: it was reloaded, bookmarked, or is another person's.
        CallbackUnknownState: BadRequest, "callback_unknown_state", "This sign-in cannot be completed",
            "It was begun in another browser, has been used, or is too old; or cookies are switched off for this site.";
        /// The callback has no `state`.
        CallbackWithoutState: BadRequest, "callback_without_state", "This sign-in cannot be completed",
            "The answer of the sign-in page does not say which sign-in it is for.";
        /// A parameter of the callback stands twice.
        CallbackRepeated: BadRequest, "callback_parameter_repeated", "This sign-in cannot be completed",
            "The answer of the sign-in page contradicts itself.";
        /// A parameter of the callback is no text, or too long.
        CallbackUnreadable: BadRequest, "callback_unreadable", "This sign-in cannot be completed",
            "The answer of the sign-in page cannot be read.";
        /// The callback's `iss` is missing or another issuer's (RFC 9207).
        CallbackIssuer: BadRequest, "callback_issuer", "This sign-in cannot be completed",
            "The answer does not come from the sign-in service of this application.";
        /// The callback has what was not asked for: tokens, or a signed response.
        CallbackResponseType: BadRequest, "callback_response_type", "This sign-in cannot be completed",
            "The answer of the sign-in page is of another kind than was asked for.";
        /// The callback has an error and a code.
        CallbackErrorAndCode: BadRequest, "callback_error_and_code", "This sign-in cannot be completed",
            "The answer of the sign-in page contradicts itself.";
        /// The callback has neither an error nor a code.
        CallbackWithoutCode: BadRequest, "callback_without_code", "This sign-in cannot be completed",
            "The answer of the sign-in page is empty.";
        /// The tenant's access control or JWT customizer denies this person the application.
        SignInDenied: Forbidden, "sign_in_denied", "Access is denied",
            "The sign-in service does not let you use this application; ask whoever runs it for access.";
        /// The person has cancelled, or did not allow it.
        SignInCancelled: Forbidden, "sign_in_cancelled", "You are not signed in", "The sign-in was cancelled.";
        /// Logto has to ask the person something, and was told not to.
        InteractionRequired: Unauthorized, "interaction_required", "This sign-in cannot be completed",
            "Logto has to ask you something first.";
        /// Logto does not know an API resource that the application asks for.
        SignInInvalidTarget: BadRequest, "sign_in_invalid_target", "This sign-in cannot be completed",
            "An API resource of this application is not registered in Logto.";
        /// Logto does not know a scope that the application asks for.
        SignInInvalidScope: BadRequest, "sign_in_invalid_scope", "This sign-in cannot be completed",
            "A scope of this application is not enabled for it in Logto.";
        /// Logto has sent the browser back with another error.
        SignInRefused: BadRequest, "sign_in_refused", "This sign-in cannot be completed",
            "Logto refused the sign-in.";
        /// Logto does not take the application's word: its secret may be wrong.
        ClientRefused: ServiceUnavailable, "sign_in_client_refused", "This sign-in cannot be completed",
            "Logto refused this application; its log says more.";
        /// The code was used before, or is too old.
        CodeSpent: BadRequest, "sign_in_code_spent", "This sign-in cannot be completed",
            "It has been used, or took too long.";
        /// All sessions of the person were ended while the sign-in was under way.
        SignInOvertaken: BadRequest, "sign_in_overtaken", "This sign-in cannot be completed",
            "Your sign-ins were ended meanwhile.";
        /// A fresh sign-in was asked for, and Logto has not asked the person again.
        StepUpUnsatisfied: Forbidden, "step_up_unsatisfied", "This sign-in cannot be completed",
            "It had to be fresh, and Logto did not ask you again.";
        /// The ID token must not be trusted; the log says why.
        IdToken: BadRequest, "sign_in_id_token", "This sign-in cannot be completed",
            "What Logto said about you cannot be trusted.";
        /// The session does not fit into cookies.
        SessionTooLarge: InternalServerError, "session_too_large", "This sign-in cannot be completed",
            "Your session does not fit into cookies; the application's log says more.";
        /// Something else has failed; the log says what.
        SignInFailed: InternalServerError, "sign_in_failed", "This sign-in cannot be completed",
            "Something went wrong; the application's log says more.";
        /// Something else than a person's click has asked for the sign-out by `GET`: a script, a frame or an image.
        SignOutFetched: Forbidden, "sign_out_fetched", "Do you want to sign out?",
            "A page has asked for it, and perhaps nobody has clicked. Use POST to sign out by script.";
        /// Another site may have asked for the sign-out: the person is asked first.
        CrossSiteSignOut: Forbidden, "cross_site_request", "Do you want to sign out?",
            "Perhaps another site has asked for it.";
        /// Something else than `POST` to a route that Logto calls.
        PostOnly: MethodNotAllowed, "post_only", "This address is for Logto", "Use POST.";
        /// A logout arrived as something else than a form.
        NotAForm: BadRequest, "not_a_form", "The logout is not taken",
            "Send application/x-www-form-urlencoded.";
        /// The body of a logout broke off.
        Incomplete: BadRequest, "incomplete", "The logout is not taken", "The body did not arrive in full.";
        /// The body of a logout is longer than any logout token.
        TooLarge: PayloadTooLarge, "too_large", "The logout is not taken", "A logout token is much shorter.";
        /// A logout without a logout token.
        LogoutTokenMissing: BadRequest, "logout_token_missing", "The logout is not taken",
            "Send the form parameter logout_token.";
        /// A logout with several logout tokens.
        LogoutTokenRepeated: BadRequest, "logout_token_repeated", "The logout is not taken",
            "Send one logout_token.";
        /// The form of a logout is no text.
        FormUnreadable: BadRequest, "form_unreadable", "The logout is not taken", "The form cannot be read.";
        /// A logout token was used before.
        LogoutTokenReplayed: BadRequest, "token_replayed", "The logout is not taken",
            "This logout token was used before.";
    }
    +
    /// The logout token is not valid.
    LogoutToken(InvalidLogoutToken): BadRequest, "The logout token is not valid";
}
