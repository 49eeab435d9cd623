//! What a store finds out about its server at launch.

use std::time::Duration;

/// How long an inspection may take at least. It is made once and nobody waits for a response, so it has more time than a
/// request: where it is cut off, a server that cannot be used goes unnoticed.
pub(crate) const INSPECTION_LIMIT: Duration = Duration::from_secs(5);

/// What a [`SessionStore`](crate::store::SessionStore) found out about the server that it is connected with.
///
/// ```
/// use logto_rocket::store::StoreInspection;
///
/// let mut inspection = StoreInspection::default();
/// inspection.server = Some("PostgreSQL 17.2, a standby".to_owned());
/// inspection.unsuitable = Some("it accepts no writes; connect with the primary".to_owned());
/// ```
///
/// The texts are logged, so they must not contain a password, a key or a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreInspection {
    /// What the server is, with its version.
    pub server: Option<String>,
    /// Why the store cannot work with this server, and what to do about it. The application does not launch.
    pub unsuitable: Option<String>,
    /// What may go wrong with this server, and what to do about it. Logged at launch.
    pub warnings: Vec<String>,
}
