//! The variable of the generated code that holds the rule.

use super::hidden;
use proc_macro2::Span;
use syn::Ident;

/// The variable. Its name cannot clash with a constant of the user.
pub(super) fn local(place: Span) -> Ident {
    Ident::new("__logto_rule", hidden().located_at(place))
}
