//! The refusals of this crate's own routes.

use crate::bearer::InvalidLogoutToken;

refusals! {
    /// Why a route of the fairing refused a request.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum EndpointRefusal {
        /// A `HEAD` request. These routes have side effects, and the callback, for example, uses up a code.
        Head: MethodNotAllowed, "head_not_allowed", "This address does not respond to HEAD", "Use GET.";
        /// A parameter of the sign-in route is repeated or cannot be decoded.
        BadQuery: BadRequest, "bad_query", "The address cannot be read",
            "A parameter is repeated or cannot be decoded.";
        /// A script fetched the sign-in route.
        NavigateToSignIn: Unauthorized, "navigate_to_sign_in", "Sign-in is a page",
            "Open this address in the browser window instead of fetching it.";
        /// Logto is unavailable, and a sign-in cannot start or complete without it.
        LogtoUnavailable: ServiceUnavailable, "logto_unavailable", "The sign-in service cannot be reached",
            "Nothing is lost. Try again in a moment.";
        /// The session store is unavailable.
        StoreUnavailable: ServiceUnavailable, "store_unavailable", "Sessions cannot be stored at the moment",
            "Nothing is lost. Try again in a moment.";
        /// The crypto library failed.
        SealFailed: InternalServerError, "seal_failed", "Sign-in cannot start", "Try again.";
        /// The callback matches no pending sign-in of this browser: it was reloaded or bookmarked, or belongs to
        /// another browser.
        CallbackUnknownState: BadRequest, "callback_unknown_state", "This sign-in cannot be completed",
            "It was started in another browser, was used before, or has expired. Or cookies are disabled for this site.";
        /// The callback has no `state`.
        CallbackWithoutState: BadRequest, "callback_without_state", "This sign-in cannot be completed",
            "The response of the sign-in service does not say which sign-in it belongs to.";
        /// A parameter of the callback is repeated.
        CallbackRepeated: BadRequest, "callback_parameter_repeated", "This sign-in cannot be completed",
            "The response of the sign-in service repeats a parameter.";
        /// A parameter of the callback cannot be decoded or is too long.
        CallbackUnreadable: BadRequest, "callback_unreadable", "This sign-in cannot be completed",
            "The response of the sign-in service cannot be read.";
        /// The callback's `iss` is missing or names another issuer (RFC 9207).
        CallbackIssuer: BadRequest, "callback_issuer", "This sign-in cannot be completed",
            "The response does not come from the sign-in service of this application.";
        /// The callback carries a response that was not requested: tokens, or a signed response.
        CallbackResponseType: BadRequest, "callback_response_type", "This sign-in cannot be completed",
            "The response of the sign-in service is of the wrong type.";
        /// The callback has both an error and a code.
        CallbackErrorAndCode: BadRequest, "callback_error_and_code", "This sign-in cannot be completed",
            "The response of the sign-in service contradicts itself.";
        /// The callback has neither an error nor a code.
        CallbackWithoutCode: BadRequest, "callback_without_code", "This sign-in cannot be completed",
            "The response of the sign-in service is empty.";
        /// The tenant's access control or JWT customizer denied this user access to the application.
        SignInDenied: Forbidden, "sign_in_denied", "Access is denied",
            "The sign-in service does not let you use this application. Ask whoever runs it for access.";
        /// The application's hook `on_sign_in` refused the user. It may choose another status and other words.
        NotAdmitted: Forbidden, "not_admitted", "Access is denied",
            "This application does not let you in. Ask whoever runs it why.";
        /// The application's hook `on_sign_in` failed, panicked or took too long, so the user is neither admitted nor
        /// refused. The same callback may succeed later. The log says why.
        AdmissionUndecided: ServiceUnavailable, "admission_undecided", "This sign-in cannot be completed yet",
            "Nothing is lost. Try again in a moment.";
        /// The user cancelled the sign-in or refused consent.
        SignInCancelled: Forbidden, "sign_in_cancelled", "You are not signed in", "The sign-in was cancelled.";
        /// Logto has to interact with the user, but the request forbade it.
        InteractionRequired: Unauthorized, "interaction_required", "This sign-in cannot be completed",
            "The sign-in service has to ask you something first.";
        /// Logto does not know an API resource that the application requests.
        SignInInvalidTarget: BadRequest, "sign_in_invalid_target", "This sign-in cannot be completed",
            "An API resource of this application is not registered in Logto.";
        /// Logto does not know a scope that the application requests.
        SignInInvalidScope: BadRequest, "sign_in_invalid_scope", "This sign-in cannot be completed",
            "A scope of this application is not enabled in Logto.";
        /// Logto responded with another error.
        SignInRefused: BadRequest, "sign_in_refused", "This sign-in cannot be completed",
            "Logto refused the sign-in.";
        /// Logto refused this application's credentials: its secret may be wrong.
        ClientRefused: ServiceUnavailable, "sign_in_client_refused", "This sign-in cannot be completed",
            "Logto refused this application. See the application's log.";
        /// The code was used before or has expired.
        CodeSpent: BadRequest, "sign_in_code_spent", "This sign-in cannot be completed",
            "It was used before, or took too long.";
        /// All sessions of the user were ended during the sign-in.
        SignInOvertaken: BadRequest, "sign_in_overtaken", "This sign-in cannot be completed",
            "Your sessions were ended during the sign-in.";
        /// A fresh sign-in was requested, but Logto did not authenticate the user again.
        StepUpUnsatisfied: Forbidden, "step_up_unsatisfied", "This sign-in cannot be completed",
            "A fresh sign-in was needed, but Logto did not ask you again.";
        /// The ID token is not valid. The log says why.
        IdToken: BadRequest, "sign_in_id_token", "This sign-in cannot be completed",
            "The identity that the sign-in service returned is not valid.";
        /// The session is too large for cookies.
        SessionTooLarge: InternalServerError, "session_too_large", "This sign-in cannot be completed",
            "Your session is too large for cookies. See the application's log.";
        /// Another error occurred. The log says which.
        SignInFailed: InternalServerError, "sign_in_failed", "This sign-in cannot be completed",
            "Something went wrong. See the application's log.";
        /// A sign-out by `GET` that is not a user's click: sent by a script, a frame or an image.
        SignOutFetched: Forbidden, "sign_out_fetched", "Do you want to sign out?",
            "A page sent this request, possibly without your click. Scripts sign out with POST.";
        /// A sign-out that another site may have sent. The user has to confirm it.
        CrossSiteSignOut: Forbidden, "cross_site_request", "Do you want to sign out?",
            "Another site may have sent this request.";
        /// A request to an endpoint for Logto's server that is not a `POST`.
        PostOnly: MethodNotAllowed, "post_only", "This address is for Logto", "Use POST.";
        /// A logout request that is not a form.
        NotAForm: BadRequest, "not_a_form", "The logout was refused",
            "Send the logout as application/x-www-form-urlencoded.";
        /// The body of a logout request is incomplete.
        Incomplete: BadRequest, "incomplete", "The logout was refused", "The body did not arrive in full.";
        /// The body of a logout request is larger than any logout token.
        TooLarge: PayloadTooLarge, "too_large", "The logout was refused", "The body is too large for a logout token.";
        /// A logout request without a logout token.
        LogoutTokenMissing: BadRequest, "logout_token_missing", "The logout was refused",
            "Send the form parameter logout_token.";
        /// A logout request with several logout tokens.
        LogoutTokenRepeated: BadRequest, "logout_token_repeated", "The logout was refused",
            "Send exactly one logout_token.";
        /// The form of a logout request cannot be decoded.
        FormUnreadable: BadRequest, "form_unreadable", "The logout was refused", "The form cannot be decoded.";
        /// The logout token was used before.
        LogoutTokenReplayed: BadRequest, "token_replayed", "The logout was refused",
            "This logout token was used before.";
    }
    +
    /// The logout token is not valid.
    LogoutToken(InvalidLogoutToken): BadRequest, "The logout token is not valid";
}
