//! The names under which an application keeps values in sessions.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::guard::lock::lock;

const LONGEST: usize = 64;

/// The names in use, and those of which the log was told.
#[derive(Default)]
pub(crate) struct SessionDataNames {
    /// With the type of each, and what the type is called.
    types: Mutex<BTreeMap<&'static str, (TypeId, &'static str)>>,
    misfits: Mutex<BTreeSet<&'static str>>,
}

impl SessionDataNames {
    /// Notes a name. True, and a line in the log, if the application must not launch with it.
    pub(super) fn refuses(&self, name: &'static str, id: TypeId, of: &'static str) -> bool {
        let problem = self.problem(name, id, of);
        if let Some(problem) = &problem {
            tracing::error!(target: "logto", "{problem}");
        }
        problem.is_some()
    }

    fn problem(&self, name: &'static str, id: TypeId, of: &'static str) -> Option<String> {
        if !is_name(name) {
            return Some(format!(
                "the session data `{of}` has the name {name:?}\n   fix: give `SessionValue::NAME` 1 to {LONGEST} ASCII letters, digits, `-`, `_` and `.`"
            ));
        }
        let mut types = lock(&self.types);
        let (known, called) = *types.entry(name).or_insert((id, of));
        (known != id).then(|| {
            format!(
                "the session data `{called}` and `{of}` have the same name, {name:?}\n   fix: give one of them another `SessionValue::NAME`"
            )
        })
    }

    /// A value does not fit its type. The log says so once for each name.
    pub(super) fn warn_of_misfit(&self, name: &'static str, of: &'static str) {
        if lock(&self.misfits).insert(name) {
            tracing::warn!(
                target: "logto",
                code = "session_data_misfit",
                "the session data `{name}` of some sessions does not fit the type `{of}`, so the default is used: the type has changed since it was written; write `#[serde(default)]` on fields that are added"
            );
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_cannot_have_one_name() {
        let names = SessionDataNames::default();
        assert_eq!(names.problem("cart", TypeId::of::<u8>(), "shop::Cart"), None);
        assert_eq!(names.problem("cart", TypeId::of::<u8>(), "shop::Cart"), None, "the same type again");
        assert_eq!(names.problem("theme", TypeId::of::<u16>(), "shop::Theme"), None);
        let problem = names.problem("cart", TypeId::of::<u16>(), "shop::Other").expect("a clash");
        for part in ["shop::Cart", "shop::Other", "\"cart\""] {
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn names_are_short_and_plain() {
        for good in ["cart", "a", "shop.cart-2_b", &"x".repeat(LONGEST)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a cart", "käse", "a\n", &"x".repeat(LONGEST + 1)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
