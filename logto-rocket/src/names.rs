//! Strings that Logto and the specifications fix.

/// Scope that asks for an ID token (OpenID Connect Core §3.1.2.1).
pub(crate) const OPENID: &str = "openid";
/// Scope that asks for a refresh token which outlives the Logto session. Logto drops it silently
/// unless `prompt` contains `consent`.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";
/// Scope that brings the person's profile claims.
pub(crate) const PROFILE: &str = "profile";
/// Scope without which Logto issues no organization token.
pub(crate) const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";
/// Resource that must be in the authorization request for organization scopes to be granted.
pub(crate) const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// Audience of an organization token, before the id.
pub(crate) const ORGANIZATION_URN_PREFIX: &str = "urn:logto:organization:";
/// Scope that brings the names of the person's roles.
pub(crate) const ROLES_SCOPE: &str = "roles";
/// Scope that brings the names of the person's roles in organizations.
pub(crate) const ORGANIZATION_ROLES_SCOPE: &str = "urn:logto:scope:organization_roles";
/// Where metadata of a protected resource begins in the path (RFC 9728 §3).
pub(crate) const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
