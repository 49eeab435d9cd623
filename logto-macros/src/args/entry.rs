//! A key with its value.

use syn::{Expr, Ident, LitStr};

/// The meaning of a string literal, and the literal itself for messages.
#[derive(Debug)]
pub(crate) struct Written<T> {
    pub(crate) at: LitStr,
    pub(crate) value: T,
}

/// `key = value`
pub(super) struct Entry {
    pub(super) key: Ident,
    pub(super) value: Expr,
    /// A correct use of the key, for messages.
    pub(super) example: &'static str,
}
