//! Changing a tenant while it runs.

mod applications;
mod keys;
mod users;

pub use applications::Applications;
pub use keys::Keys;
pub use users::Users;
