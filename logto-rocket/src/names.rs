//! Names that Logto and the specifications define.

/// The scope that requests an ID token (OpenID Connect Core §3.1.2.1).
pub(crate) const OPENID: &str = "openid";
/// The scope that requests a refresh token which outlives the session at Logto. Logto silently drops it unless
/// `prompt` contains `consent`.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";
/// The scope that requests the user's profile claims.
pub(crate) const PROFILE: &str = "profile";
/// The scopes that every sign-in requests.
pub(crate) const ALWAYS_REQUESTED: [&str; 3] = [OPENID, OFFLINE_ACCESS, PROFILE];
/// The scope that organization tokens require.
pub(crate) const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";
/// The resource that the authorization request must contain for organization scopes to be granted.
pub(crate) const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// The prefix of an organization token's audience, before the organization id.
pub(crate) const ORGANIZATION_URN_PREFIX: &str = "urn:logto:organization:";
/// The scope that requests the user's identities and second factors.
pub(crate) const IDENTITIES: &str = "identities";
/// The scope that lets the user see and end their sessions at Logto.
pub(crate) const SESSIONS_SCOPE: &str = "urn:logto:scope:sessions";
/// The scope that requests the names of the user's roles.
pub(crate) const ROLES_SCOPE: &str = "roles";
/// The scope that requests the names of the user's organization roles.
pub(crate) const ORGANIZATION_ROLES_SCOPE: &str = "urn:logto:scope:organization_roles";
/// The path prefix of protected resource metadata (RFC 9728 §3).
pub(crate) const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
