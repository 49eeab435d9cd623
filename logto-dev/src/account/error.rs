//! Errors of the Account API: programs tell them apart by `code`, not by status.

use serde_json::{Map, Value, json};

use crate::http::Response;

/// An error response.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    data: Option<Value>,
    details: Option<String>,
    /// Where the text depends on more than the code.
    message: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str) -> Self {
        Self { status, code, data: None, details: None, message: None }
    }

    pub(super) fn not_enabled() -> Self {
        Self::new(400, "account_center.not_enabled")
    }

    pub(super) fn field_not_enabled() -> Self {
        Self::new(400, "account_center.field_not_enabled")
    }

    pub(super) fn field_not_editable() -> Self {
        Self::new(400, "account_center.field_not_editable")
    }

    /// The token is not accepted, or it lacks a scope: Logto tells neither from the other.
    pub(super) fn unauthorized(status: u16) -> Self {
        Self::new(status, "auth.unauthorized")
    }

    pub(super) fn needs_verification() -> Self {
        Self::new(401, "verification_record.permission_denied")
    }

    pub(super) fn no_such_record() -> Self {
        Self::new(400, "verification_record.not_found")
    }

    pub(super) fn nothing_to_change() -> Self {
        Self::new(422, "entity.invalid_input")
    }

    pub(super) fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// A part of the request does not have the required form. `issue` is what Logto's schema library says.
    pub(super) fn invalid(part: &str, issue: &Value, details: String) -> Self {
        Self {
            data: Some(json!({ "issues": [issue], "name": "ZodError" })),
            details: Some(details),
            message: Some(format!("The request {part} is invalid.")),
            ..Self::new(400, "guard.invalid_input")
        }
    }

    pub(super) fn response(self) -> Response {
        let mut body = Map::new();
        body.insert("code".into(), self.code.into());
        body.extend(self.data.map(|data| ("data".to_owned(), data)));
        body.extend(self.details.map(|details| ("details".to_owned(), details.into())));
        let message = self.message.unwrap_or_else(|| message_of(self.code).to_owned());
        body.insert("message".into(), message.into());
        Response::json(self.status, &Value::Object(body))
    }
}

/// Logto's message for users, in English only.
fn message_of(code: &str) -> &'static str {
    match code {
        "account_center.not_enabled" => "Account center is not enabled.",
        "account_center.field_not_enabled" => "Field is not enabled.",
        "account_center.field_not_editable" => "Field is not editable.",
        "auth.unauthorized" => "Unauthorized. Please check credentials and its scope.",
        "auth.forbidden" => "Forbidden. Please check your user roles and permissions.",
        "auth.authorization_header_missing" => "Authorization header is missing.",
        "auth.authorization_token_type_not_supported" => "Authorization type is not supported.",
        "auth.third_party_application_forbidden" => {
            "Third-party applications cannot modify account data through this API."
        }
        "entity.invalid_input" => "Invalid input. Value list must not be empty.",
        "verification_record.permission_denied" => "Permission denied, please re-authenticate.",
        "verification_record.not_found" => "Verification record not found.",
        "verification_code.code_mismatch" => "Invalid verification code.",
        "session.invalid_credentials" => "Incorrect account or password. Please check your input.",
        "password.rejected" => "Password rejected. Please check if your password meets the requirements.",
        "user.same_password" => "New password cannot be the same as your old password.",
        "user.username_already_in_use" => "This username is already in use.",
        "user.email_already_in_use" => "This email is associated with an existing account.",
        "user.phone_already_in_use" => "This phone number is associated with an existing account.",
        "user.totp_already_in_use" => "TOTP is already in use.",
        "user.backup_code_already_in_use" => "Backup code is already in use.",
        "session.mfa.mfa_factor_not_enabled" => "MFA factor is not enabled.",
        "session.mfa.invalid_totp_code" => "Invalid TOTP code.",
        "session.mfa.backup_code_can_not_be_alone" => "Backup code can not be the only MFA.",
        "user.identity_not_exist" => "The social account has not been registered yet.",
        "connector.not_found" => "Cannot find any available connector for type: Sms.",
        "oidc.session_not_found" => "Session not found.",
        "oidc.invalid_session_account_id" => "Session accountId mismatch.",
        "oidc.invalid_grant" => "Grant request is invalid.",
        "secrets.third_party_token_set.token_not_found" => "Token record not found.",
        "secrets.third_party_token_set.access_token_expired" => {
            "The access token has expired. Please reconnect your account."
        }
        _ => "An error occurred.",
    }
}
