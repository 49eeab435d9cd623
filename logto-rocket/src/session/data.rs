//! What an application keeps in a session: values as JSON, each under a name.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// The values by name. A name has at most one value.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct DataEntries(Vec<(Arc<str>, Arc<str>)>);

/// A change of the values. It may run several times, each time on the newest values, until no other request was faster.
/// It says whether it has changed anything.
pub(crate) type DataChange<'c> = dyn FnMut(&mut DataEntries) -> Result<bool, Error> + Send + 'c;

impl DataEntries {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, json)| json)
    }

    /// Sets the value of `name`, or removes it. The names and values may have `limit` bytes together.
    ///
    /// # Errors
    ///
    /// [`Error::SessionDataTooLarge`]. A change that makes the values smaller is always possible, so that values that
    /// an earlier and higher limit allowed can be reduced.
    pub(crate) fn set(&mut self, name: &str, json: Option<Arc<str>>, limit: usize) -> Result<(), Error> {
        let mut changed = self.clone();
        changed.0.retain(|(known, _)| **known != *name);
        changed.0.extend(json.map(|json| (Arc::from(name), json)));
        let bytes = changed.bytes();
        if bytes > limit && bytes > self.bytes() {
            return Err(Error::SessionDataTooLarge { bytes, limit });
        }
        *self = changed;
        Ok(())
    }

    /// Takes over the values of `others` for names that have none here. False if there are no such names.
    pub(crate) fn adopt(&mut self, others: &DataEntries) -> bool {
        let before = self.0.len();
        for (name, json) in &others.0 {
            if self.get(name).is_none() {
                self.0.push((Arc::clone(name), Arc::clone(json)));
            }
        }
        self.0.len() > before
    }

    /// The bytes of all names and values.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(name, json)| name.len() + json.len()).sum()
    }
}

/// The values are the users' own and appear in no log.
impl fmt::Debug for DataEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Serialize for DataEntries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(name, json)| (&**name, &**json)))
    }
}

impl<'de> Deserialize<'de> for DataEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<(String, String)>::deserialize(deserializer)?;
        Ok(DataEntries(entries.into_iter().map(|(name, json)| (name.into(), json.into())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Option<Arc<str>> {
        Some(Arc::from(text))
    }

    fn holding(entries: &[(&str, &str)]) -> DataEntries {
        let mut data = DataEntries::default();
        for (name, text) in entries {
            data.set(name, json(text), usize::MAX).expect("no limit");
        }
        data
    }

    #[test]
    fn a_name_has_one_value() {
        let mut data = holding(&[("cart", "1"), ("theme", "2"), ("cart", "3")]);
        assert_eq!(data.get("cart").map(|json| &**json), Some("3"));
        data.set("cart", None, 0).expect("smaller than before");
        assert_eq!((data.get("cart"), data.is_empty()), (None, false));
    }

    #[test]
    fn names_and_values_count_towards_the_limit() {
        let mut data = holding(&[("a", "12")]);
        data.set("b", json("3456"), 8).expect("exactly the limit");
        let before = data.clone();
        match data.set("b", json("34567"), 8) {
            Err(Error::SessionDataTooLarge { bytes: 9, limit: 8 }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(data, before, "a refused change changes nothing");
        data.set("b", json("345"), 2).expect("smaller than before");
    }

    #[test]
    fn values_that_are_there_are_not_replaced_by_those_taken_over() {
        let mut data = holding(&[("cart", "own")]);
        assert!(data.adopt(&holding(&[("cart", "other"), ("theme", "dark")])));
        assert_eq!(data, holding(&[("cart", "own"), ("theme", "dark")]));
        assert!(!data.adopt(&holding(&[("cart", "other")])));
    }

    #[test]
    fn no_value_is_in_the_debug_output() {
        assert_eq!(format!("{:?}", holding(&[("cart", "private")])), r#"["cart"]"#);
    }
}
