//! What an application keeps in a session: values as JSON, each under a name.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

/// The values by name. A name has at most one value.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct DataEntries {
    entries: Vec<(Arc<str>, Arc<str>)>,
    /// The values were moved to another session. This one takes no more.
    moved: bool,
}

/// A change of the values. It may run several times, each time on the newest values, until no other request was faster.
/// It says whether it has changed anything.
pub(crate) type DataChange<'c> = dyn FnMut(&mut DataEntries) -> Result<bool, Error> + Send + 'c;

impl DataEntries {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.entries.iter().find(|(known, _)| **known == *name).map(|(_, json)| json)
    }

    /// Sets the value of `name`, or removes it. The names and values may have `limit` bytes together.
    ///
    /// # Errors
    ///
    /// [`Error::SessionDataTooLarge`]. A change that makes the values smaller is always possible, so that values that
    /// an earlier and higher limit allowed can be reduced. [`Error::SessionEnded`] if the values were moved to another
    /// session.
    pub(crate) fn set(&mut self, name: &str, json: Option<Arc<str>>, limit: usize) -> Result<(), Error> {
        self.refuse_if_moved()?;
        let mut changed = self.clone();
        changed.entries.retain(|(known, _)| **known != *name);
        changed.entries.extend(json.map(|json| (Arc::from(name), json)));
        let bytes = changed.bytes();
        if bytes > limit && bytes > self.bytes() {
            return Err(Error::SessionDataTooLarge { bytes, limit });
        }
        *self = changed;
        Ok(())
    }

    /// Takes over the values of `others` for names that have none here. False if there are no such names.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the values were moved to another session.
    pub(crate) fn adopt(&mut self, others: &DataEntries) -> Result<bool, Error> {
        self.refuse_if_moved()?;
        let before = self.entries.len();
        for (name, json) in &others.entries {
            if self.get(name).is_none() {
                self.entries.push((Arc::clone(name), Arc::clone(json)));
            }
        }
        Ok(self.entries.len() > before)
    }

    /// Takes all values out, to move them to another session. From then on every change is refused, so that none is
    /// lost that comes in between.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`] if they were moved before.
    pub(super) fn move_out(&mut self) -> Result<DataEntries, Error> {
        self.refuse_if_moved()?;
        Ok(std::mem::replace(self, DataEntries { entries: Vec::new(), moved: true }))
    }

    pub(super) fn is_moved(&self) -> bool {
        self.moved
    }

    /// # Errors
    ///
    /// [`Error::SessionEnded`] if the values were moved to another session.
    pub(crate) fn refuse_if_moved(&self) -> Result<(), Error> {
        if self.moved { Err(Error::SessionEnded) } else { Ok(()) }
    }

    /// The bytes of all names and values.
    pub(super) fn bytes(&self) -> usize {
        self.entries.iter().map(|(name, json)| name.len() + json.len()).sum()
    }
}

/// The values are the users' own and appear in no log.
impl fmt::Debug for DataEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|(name, _)| name)).finish()
    }
}

/// As a list of names and values; as none if the values were moved.
impl Serialize for DataEntries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.moved {
            return serializer.serialize_none();
        }
        let entries: Vec<(&str, &str)> = self.entries.iter().map(|(name, json)| (&**name, &**json)).collect();
        serializer.serialize_some(&entries)
    }
}

impl<'de> Deserialize<'de> for DataEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Option::<Vec<(String, String)>>::deserialize(deserializer)?;
        let moved = entries.is_none();
        let entries = entries.unwrap_or_default();
        let entries = entries.into_iter().map(|(name, json)| (name.into(), json.into())).collect();
        Ok(DataEntries { entries, moved })
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
        assert!(data.adopt(&holding(&[("cart", "other"), ("theme", "dark")])).expect("not moved"));
        assert_eq!(data, holding(&[("cart", "own"), ("theme", "dark")]));
        assert!(!data.adopt(&holding(&[("cart", "other")])).expect("not moved"));
    }

    #[test]
    fn values_that_were_moved_are_not_changed_any_more() {
        let mut data = holding(&[("cart", "own")]);
        assert_eq!(data.move_out().expect("not moved"), holding(&[("cart", "own")]));
        let written = postcard::to_allocvec(&data).expect("serializable");
        let mut read: DataEntries = postcard::from_bytes(&written).expect("readable");
        for data in [&mut data, &mut read] {
            assert!(data.is_moved() && data.is_empty());
            assert!(matches!(data.move_out(), Err(Error::SessionEnded)));
            assert!(matches!(data.set("cart", json("1"), usize::MAX), Err(Error::SessionEnded)));
            assert!(matches!(data.adopt(&holding(&[("cart", "1")])), Err(Error::SessionEnded)));
        }
        let written = postcard::to_allocvec(&holding(&[("cart", "own")])).expect("serializable");
        assert_eq!(
            postcard::from_bytes::<DataEntries>(&written).expect("readable"),
            holding(&[("cart", "own")])
        );
    }

    #[test]
    fn no_value_is_in_the_debug_output() {
        assert_eq!(format!("{:?}", holding(&[("cart", "private")])), r#"["cart"]"#);
    }
}
