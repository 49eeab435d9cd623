//! The settings of the account center.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The account center of a tenant: whether users can manage their own accounts, and which parts of them.
///
/// It is off in a new tenant. It is set with [`TenantBuilder::account_center`](crate::TenantBuilder::account_center)
/// and [`Tenant::set_account_center`](crate::Tenant::set_account_center).
///
/// ```
/// use logto_dev::{AccountCenter, AccountField, FieldControl, Tenant};
/// let center = AccountCenter::editable().field(AccountField::Name, FieldControl::ReadOnly);
/// let tenant = Tenant::recorded().account_center(center);
/// # let _ = tenant;
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccountCenter {
    enabled: bool,
    fields: BTreeMap<AccountField, FieldControl>,
    sends_sms: bool,
    enables_mfa: bool,
}

/// A part of an account, which the account center hides, shows or lets its user change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AccountField {
    /// The name.
    Name,
    /// The picture.
    Avatar,
    /// The other members of the profile, such as the given name.
    Profile,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// The password.
    Password,
    /// The username.
    Username,
    /// Social identities.
    Social,
    /// Custom data.
    CustomData,
    /// Factors of multi-factor authentication.
    Mfa,
    /// Sessions and grants.
    Session,
}

/// What users can do with a part of their accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum FieldControl {
    /// Nothing, not even see it.
    #[default]
    Off,
    /// See it.
    ReadOnly,
    /// See and change it.
    Edit,
}

impl AccountField {
    const ALL: [Self; 11] = [
        Self::Name,
        Self::Avatar,
        Self::Profile,
        Self::Email,
        Self::Phone,
        Self::Password,
        Self::Username,
        Self::Social,
        Self::CustomData,
        Self::Mfa,
        Self::Session,
    ];

    /// Logto's name of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Avatar => "avatar",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
            Self::Username => "username",
            Self::Social => "social",
            Self::CustomData => "customData",
            Self::Mfa => "mfa",
            Self::Session => "session",
        }
    }
}

impl FieldControl {
    /// Logto's name of the value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "Off",
            Self::ReadOnly => "ReadOnly",
            Self::Edit => "Edit",
        }
    }
}

impl AccountCenter {
    /// Off, as in a new tenant.
    pub fn disabled() -> Self {
        Self::default()
    }

    /// On, with every field off.
    pub fn enabled() -> Self {
        Self { enabled: true, ..Self::default() }
    }

    /// On, with every field editable.
    pub fn editable() -> Self {
        AccountField::ALL
            .into_iter()
            .fold(Self::enabled(), |center, field| center.field(field, FieldControl::Edit))
    }

    /// Sets one field.
    #[must_use]
    pub fn field(mut self, field: AccountField, control: FieldControl) -> Self {
        self.fields.insert(field, control);
        self
    }

    /// Lets the tenant send verification codes to phones. Without it the tenant has an e-mail connector alone.
    #[must_use]
    pub fn sends_sms(mut self) -> Self {
        self.sends_sms = true;
        self
    }

    /// Enables the factors of multi-factor authentication that users can set up by the Account API, which are
    /// authenticator apps and backup codes. Without it the tenant has no factor enabled, as a new one. The sign-in page
    /// does not ask for factors.
    #[must_use]
    pub fn enables_mfa(mut self) -> Self {
        self.enables_mfa = true;
        self
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled
    }

    pub(crate) fn has_sms_connector(&self) -> bool {
        self.sends_sms
    }

    pub(crate) fn has_mfa_factors(&self) -> bool {
        self.enables_mfa
    }

    pub(crate) fn shows(&self, field: AccountField) -> bool {
        self.control(field) != FieldControl::Off
    }

    pub(crate) fn lets_edit(&self, field: AccountField) -> bool {
        self.control(field) == FieldControl::Edit
    }

    fn control(&self, field: AccountField) -> FieldControl {
        self.fields.get(&field).copied().unwrap_or_default()
    }

    /// The public settings, as the account pages read them.
    pub(crate) fn to_json(&self) -> Value {
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .map(|(field, control)| (field.as_str().to_owned(), control.as_str().into()))
            .collect();
        json!({
            "tenantId": "default", "id": "default", "enabled": self.enabled, "fields": fields,
            "webauthnRelatedOrigins": [], "deleteAccountUrl": null, "customCss": null, "profileFields": null,
        })
    }
}
