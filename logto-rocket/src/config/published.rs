//! Which API resources this application tells the world about (RFC 9728).

use figment::value::Value;
use url::Url;

use super::model::Published;
use super::settings::Settings;
use crate::names::RESOURCE_METADATA;
use crate::types::ResourceIndicator;

impl Published {
    /// `None` for an indicator that has no place for metadata: a `urn:`, or a URL that is not written as a
    /// client would normalise it.
    fn of(resource: &ResourceIndicator) -> Option<Self> {
        let url =
            Url::parse(resource.as_str()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let (scheme, rest) = resource.as_str().split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = url.query().is_none() && url.username().is_empty() && url.password().is_none();
        if !is_plain || !matches!(path, "" | "/") && url.path() != path {
            return None;
        }
        // The slash behind a host alone goes, any other stays.
        let path = format!("{RESOURCE_METADATA}{}", if path == "/" { "" } else { path });
        Some(Published { resource: resource.clone(), url: format!("{scheme}://{authority}{path}"), path })
    }

    fn origin(&self) -> Option<url::Origin> {
        Url::parse(self.resource.as_str()).ok().map(|url| url.origin())
    }
}

impl Settings {
    /// `true` publishes the resources that lie under this application's own address. Others are published
    /// when they are listed: then requests for their host come here too, and only the operator can know it.
    pub(super) fn published(
        &mut self,
        key: &'static str,
        resources: &[ResourceIndicator],
        public_url: Option<&Url>,
    ) -> Vec<Published> {
        let published = match self.take(key) {
            None | Some(Value::Bool(_, false)) => return Vec::new(),
            Some(Value::Bool(_, true)) => {
                let origin = public_url.map(Url::origin);
                let ours: Vec<Published> = resources
                    .iter()
                    .filter_map(Published::of)
                    .filter(|published| published.origin() == origin)
                    .collect();
                if ours.is_empty() && public_url.is_some() {
                    self.problem(
                        key,
                        "is on, and none of `resources` lies under `public_url`",
                        "list the resources whose hosts this application serves: resource_metadata = [\"https://..\"]",
                    );
                }
                ours
            }
            Some(_) => self.listed(key, resources),
        };
        let mut paths: Vec<&str> = published.iter().map(|published| published.path.as_str()).collect();
        paths.sort_unstable();
        if paths.windows(2).any(|two| two[0] == two[1]) {
            self.problem(
                key,
                "names resources of several hosts with the same path, whose metadata would lie in one place",
                "list one of them",
            );
        }
        published
    }

    fn listed(&mut self, key: &'static str, resources: &[ResourceIndicator]) -> Vec<Published> {
        let mut published = Vec::new();
        for text in self.list(key) {
            let known = resources.iter().find(|resource| resource.as_str() == text);
            match known.map(Published::of) {
                Some(Some(one)) => published.push(one),
                Some(None) => self.problem(
                    key,
                    format!("`{text}` has no place where its metadata could lie"),
                    "metadata is for http and https resources without a query; leave the others out",
                ),
                None => self.problem(
                    key,
                    format!("`{text}` is none of `resources`"),
                    "write `true`, or a list of indicators exactly as in `resources`",
                ),
            }
        }
        published
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(indicator: &str) -> Option<(String, String)> {
        Published::of(&ResourceIndicator::new(indicator)).map(|published| (published.path, published.url))
    }

    #[test]
    fn f23_the_place_is_derived_from_the_indicator() {
        for (indicator, path, url) in [
            ("https://a.example", "", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/", "", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/api", "/api", "https://a.example/.well-known/oauth-protected-resource/api"),
            ("https://a.example/v1/", "/v1/", "https://a.example/.well-known/oauth-protected-resource/v1/"),
            ("http://localhost:8000/x", "/x", "http://localhost:8000/.well-known/oauth-protected-resource/x"),
        ] {
            assert_eq!(place(indicator), Some((format!("{RESOURCE_METADATA}{path}"), url.to_owned())));
        }
        for none in [
            "urn:logto:resource:organizations",
            "api:v1",
            "https://a.example/api?x=1",
            "https://user@a.example/api",
            "https://a.example/a/../b",
            "https://a.example/<x>",
        ] {
            assert_eq!(place(none), None, "{none}");
        }
    }
}
