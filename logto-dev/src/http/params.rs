//! Names and values of a query, a form or a flat JSON object, in their original order.

use serde_json::Value;
use url::form_urlencoded;

#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn urlencoded(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// A flat JSON object; an array repeats the name.
    pub(crate) fn json(body: &[u8]) -> Option<Self> {
        let Value::Object(members) = serde_json::from_slice(body).ok()? else { return None };
        let mut params = Vec::new();
        for (name, value) in members {
            match value {
                Value::Array(items) => params.extend(items.iter().map(|item| (name.clone(), plain(item)))),
                other => params.push((name, plain(&other))),
            }
        }
        Some(Self(params))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A value that is not empty: Logto treats `organization_id=` as absent.
    pub(crate) fn present(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        self.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// The same parameters with only this value for a name.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut params = self.without(name);
        params.0.push((name.to_owned(), value.to_owned()));
        params
    }

    /// The same parameters without a name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
