//! JWT customizers, which add claims to access tokens or deny them.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::Error;

/// The message of `api.denyAccess()` without an argument.
const NO_MESSAGE: &str = "Access denied";

type Script = dyn Fn(&CustomizedToken) -> Result<Value, DenyAccess> + Send + Sync;

/// A tenant's JWT customizer ("Custom JWT" in Logto's Console): it adds claims to access tokens, or denies them.
///
/// A tenant has two, one for users' access tokens and one for those of the client credentials grant:
/// [`TenantBuilder::access_token_customizer`](crate::TenantBuilder::access_token_customizer) and
/// [`TenantBuilder::client_credentials_customizer`](crate::TenantBuilder::client_credentials_customizer), or
/// [`Tenant::set_access_token_customizer`](crate::Tenant::set_access_token_customizer) and its sibling while the
/// tenant runs. They run for every access token: of the code, refresh, token exchange and client credentials grants,
/// including opaque tokens, but not for the tokens of [`Tenant::access_token`](crate::Tenant::access_token).
///
/// * Claims are added at the top level. They cannot replace `iss`, `sub`, `aud`, `exp`, `iat`, `jti`, `scope` and
///   `client_id`. **They can replace `organization_id` and `act`**, and set `nbf`, `sid`, `roles` or anything else.
/// * For an opaque token, introspection returns the claims, which there replace even `sub`. ID tokens and userinfo have
///   none.
/// * The response to a denial is 400 `access_denied` with the message as `error_description`. The code is used up. A
///   refresh token stays valid.
///
/// ```
/// use logto_dev::{JwtCustomizer, Tenant};
/// use serde_json::json;
///
/// let tenant = Tenant::recorded().access_token_customizer(JwtCustomizer::new(|token| {
///     if token.organization_id.as_deref() == Some("closed") {
///         return Err("this organization is closed".into());
///     }
///     Ok(json!({ "plan": token.user["customData"]["plan"] }))
/// }));
/// # let _ = tenant;
/// ```
#[derive(Clone)]
pub struct JwtCustomizer {
    script: Arc<Script>,
}

/// The token that a [`JwtCustomizer`] is called for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CustomizedToken {
    /// The application that the token is issued to.
    pub client_id: String,
    /// The user; none for client credentials.
    pub user_id: Option<String>,
    /// The audience: an API resource or `urn:logto:organization:<id>`; none for an opaque token.
    pub audience: Option<String>,
    /// The scopes of the token.
    pub scopes: Vec<String>,
    /// The organization that the token is for, alone or with an API resource.
    pub organization_id: Option<String>,
    /// The grant type of the token: `authorization_code`, `authorization_code refresh_token`, or the token exchange
    /// grant.
    pub grant_type: Option<String>,
    /// The user as in `context.user` of a script, with `roles`, `organizations` and `organizationRoles`;
    /// `null` for client credentials.
    pub user: Value,
}

/// The denial of a [`JwtCustomizer`], as by `api.denyAccess(message)`.
///
/// ```
/// use logto_dev::DenyAccess;
/// let denial: DenyAccess = "the plan has ended".into();
/// assert_eq!(denial.message(), "the plan has ended");
/// assert_eq!(DenyAccess::default().message(), "Access denied");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenyAccess {
    message: String,
}

impl DenyAccess {
    /// The message, which is the `error_description` of the response.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Default for DenyAccess {
    fn default() -> Self {
        NO_MESSAGE.into()
    }
}

impl From<&str> for DenyAccess {
    fn from(message: &str) -> Self {
        Self { message: message.to_owned() }
    }
}

impl From<String> for DenyAccess {
    fn from(message: String) -> Self {
        Self { message }
    }
}

impl JwtCustomizer {
    /// A customizer that calls a function for each token. A result that is not a JSON object is ignored, as Logto
    /// ignores a
    /// script that throws or returns something else.
    ///
    /// The function runs while the tenant is locked: it must not use the [`Tenant`](crate::Tenant).
    pub fn new(
        script: impl Fn(&CustomizedToken) -> Result<Value, DenyAccess> + Send + Sync + 'static,
    ) -> Self {
        Self { script: Arc::new(script) }
    }

    /// Adds these claims to every token.
    ///
    /// ```
    /// use logto_dev::JwtCustomizer;
    /// use serde_json::json;
    /// let forged = JwtCustomizer::claims(json!({ "organization_id": "another", "plan": "gold" }));
    /// # let _ = forged;
    /// ```
    pub fn claims(claims: Value) -> Self {
        Self::new(move |_| Ok(claims.clone()))
    }

    /// Denies every token.
    ///
    /// ```
    /// use logto_dev::JwtCustomizer;
    /// let customizer = JwtCustomizer::deny("the plan has ended");
    /// # let _ = customizer;
    /// ```
    pub fn deny(denial: impl Into<DenyAccess>) -> Self {
        let denial = denial.into();
        Self::new(move |_| Err(denial.clone()))
    }

    /// The claims that the script adds to a token.
    pub(crate) fn run(&self, token: &CustomizedToken) -> Result<Map<String, Value>, DenyAccess> {
        match (self.script)(token)? {
            Value::Object(claims) => Ok(claims),
            _ => Ok(Map::new()),
        }
    }

    /// The customizer in a tenant's file: what holds for every token, then the rules for some.
    pub(crate) fn described(all: Effect, rules: Vec<CustomizerRule>) -> crate::Result<Self> {
        for effect in rules.iter().map(|rule| &rule.effect).chain([&all]) {
            effect.check()?;
        }
        Ok(Self::new(move |token| {
            let mut claims = Map::new();
            let matching = rules.iter().filter(|rule| rule.is_about(token)).map(|rule| &rule.effect);
            for effect in std::iter::once(&all).chain(matching) {
                effect.apply(&mut claims)?;
            }
            Ok(Value::Object(claims))
        }))
    }
}

/// What a customizer in a tenant's file does with a token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    claims: Option<Map<String, Value>>,
    /// An empty message denies without one.
    deny_access: Option<String>,
}

/// An effect on the tokens of one user, of one application, or of both together.
#[derive(Clone, Debug)]
pub(crate) struct CustomizerRule {
    /// The username or id.
    pub(crate) user: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) effect: Effect,
}

impl Effect {
    pub(crate) fn new(claims: Option<Map<String, Value>>, deny_access: Option<String>) -> Self {
        Self { claims, deny_access }
    }

    fn check(&self) -> crate::Result<()> {
        if self.claims.is_some() && self.deny_access.is_some() {
            let problem = "a JWT customizer has both `claims` and `deny_access`; write only one of them";
            return Err(Error::Description(problem.into()));
        }
        Ok(())
    }

    fn apply(&self, claims: &mut Map<String, Value>) -> Result<(), DenyAccess> {
        match &self.deny_access {
            Some(message) if message.is_empty() => return Err(DenyAccess::default()),
            Some(message) => return Err(message.as_str().into()),
            None => {}
        }
        claims.extend(self.claims.clone().unwrap_or_default());
        Ok(())
    }
}

impl CustomizerRule {
    fn is_about(&self, token: &CustomizedToken) -> bool {
        let is_user =
            |user: &String| token.user_id.as_ref() == Some(user) || token.user["username"] == user.as_str();
        self.user.as_ref().is_none_or(is_user)
            && self.client_id.as_ref().is_none_or(|id| *id == token.client_id)
    }
}

impl fmt::Debug for JwtCustomizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JwtCustomizer").finish_non_exhaustive()
    }
}

/// The customizers of a tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Customizers {
    pub(crate) access_token: Option<JwtCustomizer>,
    pub(crate) client_credentials: Option<JwtCustomizer>,
}
