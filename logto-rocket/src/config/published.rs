//! The API resources whose metadata this application publishes (RFC 9728).

use figment::value::Value;
use url::Url;

use super::model::Published;
use super::public_urls::PublicUrls;
use super::settings::Settings;
use crate::names::RESOURCE_METADATA;
use crate::types::ResourceIndicator;

impl Published {
    /// `None` for an indicator that cannot have metadata: a `urn:`, or a URL that is not written in normalized form.
    fn of(resource: &ResourceIndicator) -> Option<Self> {
        let url =
            Url::parse(resource.as_str()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let (scheme, rest) = resource.as_str().split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = url.query().is_none() && url.username().is_empty() && url.password().is_none();
        if !is_plain || !matches!(path, "" | "/") && url.path() != path {
            return None;
        }
        // A slash that is the whole path is dropped, any other is kept.
        let path = format!("{RESOURCE_METADATA}{}", if path == "/" { "" } else { path });
        Some(Published { resource: resource.clone(), url: format!("{scheme}://{authority}{path}"), path })
    }

    /// Whether the resource is under an origin of this application, and below its path.
    fn is_below(&self, public: &PublicUrls) -> bool {
        let Ok(url) = Url::parse(self.resource.as_str()) else { return false };
        let origin = url.origin().ascii_serialization();
        public.origins().any(|ours| ours.as_str() == origin) && public.contains(url.path())
    }
}

impl Settings {
    /// `true` publishes the resources below this application's own addresses. Other resources must be listed: requests
    /// for their hosts must reach this application, and only the operator knows whether they do. An API that does not
    /// say where it is reached has no resources but its own.
    ///
    /// `public` is `None` where the addresses are wrong, and `Some(None)` where there are none.
    #[expect(clippy::option_option, reason = "a wrong setting is something else than none")]
    pub(super) fn published(
        &mut self,
        key: &'static str,
        resources: &[ResourceIndicator],
        public: Option<Option<&PublicUrls>>,
    ) -> Vec<Published> {
        let published = match self.take(key) {
            None | Some(Value::Bool(_, false)) => return Vec::new(),
            Some(Value::Bool(_, true)) => {
                let Some(public) = public else { return Vec::new() };
                let all = resources.iter().filter_map(Published::of);
                let ours: Vec<Published> = match public {
                    Some(public) => all.filter(|published| published.is_below(public)).collect(),
                    None => all.collect(),
                };
                if ours.is_empty() && public.is_some() {
                    self.problem(
                        key,
                        "is true, but none of `resources` is below `public_url`",
                        "list the resources whose hosts this application serves: resource_metadata = [\"https://..\"]",
                    );
                } else if ours.is_empty() && !resources.is_empty() {
                    self.problem(
                        key,
                        "is true, but none of `resources` can have metadata",
                        "remove it, or name the API by an http or https URL without a query",
                    );
                }
                ours
            }
            Some(_) => self.listed_resources(key, resources),
        };
        let mut paths: Vec<&str> = published.iter().map(|published| published.path.as_str()).collect();
        paths.sort_unstable();
        if paths.windows(2).any(|two| two[0] == two[1]) {
            self.problem(
                key,
                "lists resources on several hosts with the same path, so their metadata would have the same path here",
                "list only one of them",
            );
        }
        published
    }

    fn listed_resources(&mut self, key: &'static str, resources: &[ResourceIndicator]) -> Vec<Published> {
        let mut published = Vec::new();
        for text in self.list(key) {
            let known = resources.iter().find(|resource| resource.as_str() == text);
            match known.map(Published::of) {
                Some(Some(one)) => published.push(one),
                Some(None) => self.problem(
                    key,
                    format!("`{text}` cannot have metadata"),
                    "list only http and https resources without a query",
                ),
                None => self.problem(
                    key,
                    format!("`{text}` is not one of `resources`"),
                    "write `true`, or list indicators exactly as in `resources`",
                ),
            }
        }
        published
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata_of(indicator: &str) -> Option<(String, String)> {
        Published::of(&ResourceIndicator::new(indicator)).map(|published| (published.path, published.url))
    }

    #[test]
    fn f23_the_metadata_url_is_derived_from_the_indicator() {
        for (indicator, path, url) in [
            ("https://a.example", "", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/", "", "https://a.example/.well-known/oauth-protected-resource"),
            ("https://a.example/api", "/api", "https://a.example/.well-known/oauth-protected-resource/api"),
            ("https://a.example/v1/", "/v1/", "https://a.example/.well-known/oauth-protected-resource/v1/"),
            ("http://localhost:8000/x", "/x", "http://localhost:8000/.well-known/oauth-protected-resource/x"),
        ] {
            assert_eq!(metadata_of(indicator), Some((format!("{RESOURCE_METADATA}{path}"), url.to_owned())));
        }
        for none in [
            "urn:logto:resource:organizations",
            "api:v1",
            "https://a.example/api?x=1",
            "https://user@a.example/api",
            "https://a.example/a/../b",
            "https://a.example/<x>",
        ] {
            assert_eq!(metadata_of(none), None, "{none}");
        }
    }
}
