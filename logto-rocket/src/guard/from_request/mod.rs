//! Guards that are not written where their type is: what Rocket asks for when a handler has such a parameter.

mod authorized;
pub(super) mod identity;
mod named_guard;
mod public;

pub use authorized::Authorized;
pub(super) use named_guard::admit;
pub use named_guard::{NamedGuard, named_guard};
pub use public::Public;
