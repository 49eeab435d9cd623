//! `public_url` or `public_urls`.

use super::Settings;
use super::addresses::{has_credentials, is_loopback, is_plain_path};
use crate::config::RocketEnv;
use crate::config::public_urls::{PublicOrigin, PublicUrls};

const ONE: &str = "public_url";
const SEVERAL: &str = "public_urls";

/// A public URL that was read.
struct PublicUrl {
    origin: PublicOrigin,
    path: String,
    is_https: bool,
}

impl Settings {
    pub(in crate::config) fn public_urls(
        &mut self,
        env: &RocketEnv,
        is_path_stripped: bool,
    ) -> Option<PublicUrls> {
        let (has_one, has_several) = (self.take(ONE).is_some(), self.take(SEVERAL).is_some());
        let (key, texts) = match (has_one, has_several) {
            (true, true) => {
                self.error.push(
                    SEVERAL,
                    "is set besides `public_url`",
                    "list every address in `public_urls`, the main one first, and remove `public_url`",
                );
                return None;
            }
            (true, false) => (ONE, vec![self.optional_text(ONE)?]),
            (false, true) => (SEVERAL, self.list(SEVERAL)),
            (false, false) => (ONE, vec![self.local_url(env)?]),
        };
        if texts.is_empty() {
            self.error.push(SEVERAL, "is empty", "list the addresses that browsers use, the main one first");
            return None;
        }
        // Every address is read, so that all problems are told at once.
        let urls: Vec<_> = texts.iter().map(|text| self.one_public_url(key, text)).collect();
        let urls: Vec<PublicUrl> = urls.into_iter().collect::<Option<_>>()?;
        self.combine(urls, is_path_stripped)
    }

    /// The default while developing.
    fn local_url(&mut self, env: &RocketEnv) -> Option<String> {
        if env.debug && env.port == 0 {
            self.error.push(
                ONE,
                "is missing, and Rocket's `port` is 0: the operating system picks the port at launch, too late for \
                 the redirect URI",
                "set `port` (ROCKET_PORT) to a port that is registered in Logto, or set public_url = \
                 \"http://localhost:8000\", the address that browsers use",
            );
            return None;
        }
        if env.debug {
            return Some(format!("http://localhost:{}", env.port));
        }
        self.error.push(
            ONE,
            "is missing, and it is never derived from a request",
            "set public_url = \"https://app.example.com\", the address that browsers use",
        );
        None
    }

    fn one_public_url(&mut self, key: &'static str, text: &str) -> Option<PublicUrl> {
        let url = self.parse_url(key, text)?;
        // The path as it is written: the parser removes dot segments and turns backslashes into slashes.
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let written = &rest[rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())..];
        let path = written.strip_suffix('/').unwrap_or(written);
        let has_more = url.query().is_some() || url.fragment().is_some() || text.contains('*');
        if has_more || !is_plain_path(path) || url.path().trim_end_matches('/') != path {
            self.error.push(
                key,
                format!("`{}` is more than an origin and a plain path", without_query(text)),
                "write scheme, host, port and path only, such as https://example.com/shop; the path may have letters, \
                 digits, `-`, `_` and `.`",
            );
            return None;
        }
        if has_credentials(&url) {
            self.error.push(key, "contains a user name", "write only scheme, host, port and path");
            return None;
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            self.error.push(
                key,
                "uses http for another host than localhost, so cookies would be sent unencrypted",
                "serve the application over https",
            );
            return None;
        }
        let origin = PublicOrigin::of(&url)?;
        Some(PublicUrl { origin, path: path.to_owned(), is_https: url.scheme() == "https" })
    }

    fn combine(&mut self, urls: Vec<PublicUrl>, is_path_stripped: bool) -> Option<PublicUrls> {
        let first = urls.first()?;
        let path = first.path.clone();
        let before = self.error.clone();
        if urls.iter().any(|url| url.path != path) {
            self.error.push(
                SEVERAL,
                "lists addresses with different paths",
                "give all of them the same path: the application is mounted once",
            );
        }
        if urls.iter().any(|url| url.is_https != first.is_https) {
            self.error.push(
                SEVERAL,
                "lists http and https addresses",
                "use https for all of them, or http://localhost addresses only",
            );
        }
        let is_repeated = |(index, url): (usize, &PublicUrl)| {
            urls.iter().take(index).any(|other| other.origin == url.origin)
        };
        if urls.iter().enumerate().any(is_repeated) {
            self.error.push(SEVERAL, "lists an origin twice", "list each origin once");
        }
        if self.error != before {
            return None;
        }
        if is_path_stripped && path.is_empty() {
            self.warnings.push(
                "`proxy_strips_path` is set and has no effect: `public_url` has no path. Add the path below which \
                 browsers see the application, or remove the setting"
                    .to_owned(),
            );
        }
        PublicUrls::new(urls.into_iter().map(|url| url.origin), path, is_path_stripped)
    }
}

/// A URL for an error text, up to its query: what follows may be anything.
fn without_query(text: &str) -> String {
    let end = text.find(['?', '#', '@']).unwrap_or(text.len());
    text[..end].chars().take(128).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::*;

    fn read(json: serde_json::Value) -> Result<(PublicUrls, Vec<String>), String> {
        let value = Value::serialize(json).expect("a value");
        let mut settings = Settings::open(Some(&value));
        let is_path_stripped = settings.switch("proxy_strips_path");
        match settings.public_urls(&RocketEnv { debug: false, port: 8000 }, is_path_stripped) {
            Some(urls) => Ok((urls, settings.finish().expect("good settings"))),
            None => Err(settings.into_error().to_string()),
        }
    }

    fn one(url: &str) -> Result<PublicUrls, String> {
        read(serde_json::json!({ "public_url": url })).map(|(urls, _)| urls)
    }

    #[test]
    fn a_public_url_has_an_origin_and_a_plain_path() {
        for (url, origin, path) in [
            ("https://app.example.com", "https://app.example.com", ""),
            ("https://app.example.com/", "https://app.example.com", ""),
            ("https://app.example.com/shop", "https://app.example.com", "/shop"),
            ("https://app.example.com/shop/", "https://app.example.com", "/shop"),
            ("HTTPS://App.Example.com:443/a/b-c", "https://app.example.com", "/a/b-c"),
            ("http://localhost:8000/shop", "http://localhost:8000", "/shop"),
            ("http://[::1]:8000", "http://[::1]:8000", ""),
            ("https://b\u{fc}cher.example/shop", "https://xn--bcher-kva.example", "/shop"),
        ] {
            let urls = one(url).expect(url);
            assert_eq!((urls.main().as_str(), urls.path()), (origin, path), "{url}");
        }
    }

    #[test]
    fn l01_a_public_url_with_anything_else_does_not_launch() {
        for url in [
            "https://app.example.com/shop?x=secret",
            "https://app.example.com?",
            "https://app.example.com/shop#x",
            "https://app.example.com/shop/../admin",
            "https://app.example.com/..",
            "https://app.example.com/./shop",
            "https://app.example.com/shop/%2e%2e/admin",
            "https://app.example.com/shop%2fadmin",
            "https://app.example.com/%73hop",
            "https://app.example.com/shop//",
            "https://app.example.com//shop",
            "https://app.example.com//",
            "https://app.example.com/a\\b",
            "https://app.example.com\\shop",
            "https://app.example.com/sh op",
            "https://app.example.com/\u{fc}",
            "https://app.example.com/a;b",
            "https://app.example.com/\"><script>",
            "https://user@app.example.com",
            "https://user:secret@app.example.com/shop",
            "https:app.example.com/shop",
            "https:///app.example.com/shop",
            "//app.example.com/shop",
            "app.example.com/shop",
            "/shop",
            "ftp://app.example.com",
            "http://app.example.com/shop",
            "https://app.example.com:0/shop",
            "https:///shop/",
            "",
        ] {
            let error = one(url).expect_err(url);
            assert!(error.contains("public_url") && error.contains("fix:"), "{url}: {error}");
            assert!(!error.contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn several_origins_have_one_path_and_one_scheme() {
        let several = |urls: &[&str]| read(serde_json::json!({ "public_urls": urls }));
        let (urls, _) = several(&["https://b.example/shop", "https://a.example/shop/"]).expect("good");
        assert_eq!(
            urls.origins().map(PublicOrigin::as_str).collect::<Vec<_>>(),
            ["https://b.example", "https://a.example"]
        );
        for (urls, says) in [
            (&["https://a.example/shop", "https://b.example"][..], "different paths"),
            (&["https://a.example", "http://localhost:8000"], "http and https"),
            (&["https://a.example", "https://A.example:443/"], "twice"),
            (&["https://a.example", "https://*.example?"], "more than an origin"),
            (&["https://a.example", "nonsense"], "not an absolute"),
            (&[], "is empty"),
        ] {
            let error = several(urls).expect_err(says);
            assert!(error.contains(says) && error.contains("public_urls"), "{error}");
        }
        let both =
            serde_json::json!({ "public_url": "https://a.example", "public_urls": ["https://b.example"] });
        assert!(read(both).expect_err("both").contains("besides `public_url`"));
        assert!(read(serde_json::json!({ "public_urls": 7 })).is_err());
    }

    #[test]
    fn stripping_nothing_is_worth_a_warning() {
        let read = |url: &str| {
            read(serde_json::json!({ "public_url": url, "proxy_strips_path": true })).expect("good").1
        };
        assert!(read("https://a.example/shop").is_empty());
        assert!(read("https://a.example")[0].contains("has no effect"));
    }
}
