//! The orders, in memory.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// An order, with or without an organization.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Order {
    id: u64,
    item: String,
    organization: Option<String>,
}

/// The body of a new order.
#[derive(Debug, Deserialize)]
pub(crate) struct NewOrder {
    item: String,
}

pub(crate) struct Orders(Mutex<Vec<Order>>);

impl Default for Orders {
    fn default() -> Self {
        let order = |id, item: &str, organization: Option<&str>| Order {
            id,
            item: item.to_owned(),
            organization: organization.map(str::to_owned),
        };
        Orders(Mutex::new(vec![order(1, "Teapot", None), order(2, "Cups", Some("acme"))]))
    }
}

impl Orders {
    /// All orders, or those of one organization.
    pub(crate) fn list(&self, organization: Option<&str>) -> Vec<Order> {
        let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |order: &&Order| organization.is_none() || order.organization.as_deref() == organization;
        orders.iter().filter(wanted).cloned().collect()
    }

    pub(crate) fn place(&self, new: NewOrder) -> Order {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = orders.iter().map(|order| order.id).max().unwrap_or(0) + 1;
        let order = Order { id, item: new.item, organization: None };
        orders.push(order.clone());
        order
    }

    /// Deletes an order, if it exists.
    pub(crate) fn delete(&self, id: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|order| order.id != id);
    }
}
