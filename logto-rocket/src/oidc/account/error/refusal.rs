//! What the Account API refuses, by its codes.

use serde_json::Value;

use super::AccountError;
use crate::oidc::token_endpoint::printable;

/// An error response of the Account API.
#[derive(Debug)]
pub(in crate::oidc::account) struct Refusal {
    pub(in crate::oidc::account) status: u16,
    pub(in crate::oidc::account) code: String,
    pub(in crate::oidc::account) data: Value,
}

impl AccountError {
    /// The error for a response with a code. `scope` is what the call needs.
    pub(in crate::oidc::account) fn of(refusal: Refusal, scope: &'static str) -> Self {
        let Refusal { status, code, data } = refusal;
        if let Some(error) = of_second_factor(&code) {
            return error;
        }
        match code.as_str() {
            "account_center.not_enabled" => AccountError::NotEnabled,
            "account_center.field_not_enabled" => AccountError::FieldNotEnabled,
            "account_center.field_not_editable" => AccountError::FieldNotEditable,
            "auth.third_party_application_forbidden" => AccountError::ThirdPartyApplication,
            "auth.forbidden" => AccountError::MissingScope { scope },
            "verification_record.permission_denied" => AccountError::VerificationNeeded,
            "verification_record.not_found" => AccountError::AddressNotVerified,
            "session.invalid_credentials" => AccountError::WrongPassword,
            "verification_code.code_mismatch" => AccountError::WrongCode,
            code if code.starts_with("verification_code.") => AccountError::CodeExpired,
            "password.rejected" => AccountError::PasswordRejected { reasons: reasons_in(&data) },
            "user.same_password" => AccountError::SamePassword,
            "user.username_already_in_use"
            | "user.email_already_in_use"
            | "user.phone_already_in_use"
            | "user.identity_already_in_use" => AccountError::AlreadyInUse,
            "guard.invalid_input" => AccountError::InvalidInput { field: field_in(&data) },
            "entity.invalid_input" => AccountError::InvalidInput { field: None },
            "connector.not_found" => AccountError::NoConnector,
            "oidc.session_not_found"
            | "oidc.invalid_session_account_id"
            | "oidc.invalid_grant"
            | "user.identity_not_exist" => AccountError::NotFound,
            "secrets.third_party_token_set.token_not_found" => AccountError::ProviderTokenNotFound,
            // The second is what Logto says where it has a refresh token and the connector cannot use it.
            "secrets.third_party_token_set.access_token_expired"
            | "connector.token_storage_not_supported" => AccountError::ProviderTokenExpired,
            _ => AccountError::Refused { status, code },
        }
    }
}

/// The error for a code that is about the second factors of a sign-in.
fn of_second_factor(code: &str) -> Option<AccountError> {
    Some(match code {
        "session.mfa.invalid_totp_code" => AccountError::WrongCode,
        "user.totp_already_in_use" | "user.backup_code_already_in_use" => AccountError::FactorAlreadySetUp,
        "session.mfa.mfa_factor_not_enabled" => AccountError::FactorNotEnabled,
        "session.mfa.backup_code_can_not_be_alone" => AccountError::BackupCodesAlone,
        _ => return None,
    })
}

/// The reasons why a password was rejected, without their common prefix.
fn reasons_in(data: &Value) -> Vec<String> {
    let codes = data.as_array().into_iter().flatten().filter_map(|reason| reason.get("code")?.as_str());
    codes.map(|code| printable(code.strip_prefix("password_rejected.").unwrap_or(code))).collect()
}

/// The first member that Logto's schema does not accept.
fn field_in(data: &Value) -> Option<String> {
    let path = data.get("issues")?.as_array()?.first()?.get("path")?.as_array()?;
    let parts: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
    Some(printable(&parts.join("."))).filter(|field| !field.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(status: u16, code: &str, data: Value) -> AccountError {
        AccountError::of(Refusal { status, code: code.to_owned(), data }, "identities")
    }

    #[test]
    fn each_code_has_an_error_of_its_own_whatever_the_status() {
        for (status, code, expected) in [
            (400, "account_center.not_enabled", "account_not_enabled"),
            (400, "account_center.field_not_enabled", "account_field_not_enabled"),
            (400, "account_center.field_not_editable", "account_field_not_editable"),
            (403, "auth.third_party_application_forbidden", "account_third_party_application"),
            (403, "auth.forbidden", "account_missing_scope"),
            (401, "verification_record.permission_denied", "account_verification_needed"),
            (400, "verification_record.not_found", "account_address_not_verified"),
            (422, "session.invalid_credentials", "account_wrong_password"),
            (400, "verification_code.code_mismatch", "account_wrong_code"),
            (400, "verification_code.expired", "account_code_expired"),
            (422, "password.rejected", "account_password_rejected"),
            (422, "user.same_password", "account_same_password"),
            (422, "user.username_already_in_use", "account_already_in_use"),
            (400, "session.mfa.invalid_totp_code", "account_wrong_code"),
            (422, "user.totp_already_in_use", "account_factor_already_set_up"),
            (422, "user.backup_code_already_in_use", "account_factor_already_set_up"),
            (400, "session.mfa.mfa_factor_not_enabled", "account_factor_not_enabled"),
            (422, "session.mfa.backup_code_can_not_be_alone", "account_backup_codes_alone"),
            (400, "guard.invalid_input", "account_invalid_input"),
            (422, "entity.invalid_input", "account_invalid_input"),
            (501, "connector.not_found", "account_no_connector"),
            (400, "oidc.session_not_found", "account_not_found"),
            (404, "oidc.invalid_grant", "account_not_found"),
            (404, "user.identity_not_exist", "account_not_found"),
            (404, "secrets.third_party_token_set.token_not_found", "provider_token_not_found"),
            (401, "secrets.third_party_token_set.access_token_expired", "provider_token_expired"),
            (422, "connector.token_storage_not_supported", "provider_token_expired"),
            (418, "teapot.short", "account_refused"),
        ] {
            for status in [status, 400, 401, 404] {
                let error = of(status, code, Value::Null);
                assert_eq!(error.code(), expected, "{status} {code}");
                assert!(error.to_string().ends_with(error.help()), "{error}");
            }
        }
    }

    #[test]
    fn what_logto_says_of_a_value_is_told() {
        let data = json!([{ "code": "password_rejected.too_short", "interpolation": { "min": 8 } }, 7, {}]);
        let error = of(422, "password.rejected", data);
        assert!(error.to_string().contains("too_short"), "{error}");
        let data = json!({ "issues": [{ "path": ["avatar"], "message": "Invalid url" }] });
        assert!(of(400, "guard.invalid_input", data).to_string().contains("`avatar`"));
        for odd in [json!(null), json!([]), json!({ "issues": 7 }), json!({ "issues": [{ "path": [0] }] })] {
            assert_eq!(of(400, "guard.invalid_input", odd).code(), "account_invalid_input");
        }
    }
}
