//! `[logto.cookie]`.

use super::Settings;
use crate::config::CookieSettings;
use crate::config::public_urls::{PublicOrigin, PublicUrls};

/// Browsers limit a cookie to 4096 bytes with its name.
const MAX_NAME: usize = 64;

impl Settings {
    pub(in crate::config) fn cookie(
        &mut self,
        key: &'static str,
        public: Option<&PublicUrls>,
    ) -> CookieSettings {
        self.table(key, |table| CookieSettings {
            name: table.cookie_name("name"),
            domain: table.cookie_domain("domain", public),
        })
    }

    fn cookie_name(&mut self, key: &'static str) -> Option<String> {
        self.take(key)?;
        let name = self.optional_text(key)?;
        let is_word =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if name.len() > MAX_NAME || !is_word(&name) {
            self.problem(
                key,
                "is not a name for cookies",
                format!("use at most {MAX_NAME} letters, digits, `-` and `_`, as in name = \"shop_session\""),
            );
            return None;
        }
        // Browsers compare these prefixes without regard to case (RFC 6265bis §4.1.3).
        let is_prefixed = ["__host-", "__secure-", "__http-", "__host-http-"]
            .iter()
            .any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
        if is_prefixed {
            self.problem(
                key,
                "begins with a prefix that has a meaning for browsers",
                "write the name without it: `__Host-` is put before it over https, or `__Secure-` with `domain`",
            );
            return None;
        }
        Some(name)
    }

    fn cookie_domain(&mut self, key: &'static str, public: Option<&PublicUrls>) -> Option<String> {
        self.take(key)?;
        let written = self.optional_text(key)?;
        let domain = written.to_ascii_lowercase();
        let is_label = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let labels = domain.split('.');
        let is_number =
            labels.clone().next_back().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
        if labels.clone().count() < 2 || !labels.clone().all(is_label) || is_number {
            self.problem(
                key,
                "is not a domain name that cookies can have",
                "write a name with a dot inside and none at its ends, such as domain = \"example.com\"; a name of \
                 other letters is written in its `xn--` form",
            );
            return None;
        }
        let is_below = |origin: &PublicOrigin| {
            origin
                .host()
                .strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if let Some(origin) = public.and_then(|public| public.origins().find(|origin| !is_below(origin))) {
            self.problem(
                key,
                format!("does not contain the host {}, so browsers would refuse the cookies", origin.host()),
                "write a domain that every public address is in, or remove the setting",
            );
            return None;
        }
        Some(domain)
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;
    use url::Url;

    use super::*;

    fn read(table: serde_json::Value) -> Result<CookieSettings, String> {
        let origins = ["https://app.example.com", "https://example.com"]
            .map(|url| PublicOrigin::of(&Url::parse(url).expect("a URL")).expect("an origin"));
        let public = PublicUrls::new(origins, String::new(), false);
        let value = Value::serialize(serde_json::json!({ "cookie": table })).expect("a value");
        let mut settings = Settings::open(Some(&value));
        let cookie = settings.cookie("cookie", public.as_ref());
        settings.finish().map(|_| cookie).map_err(|error| error.to_string())
    }

    #[test]
    fn names_have_no_prefix_of_their_own() {
        let name = |name: &str| read(serde_json::json!({ "name": name })).map(|cookie| cookie.name);
        assert_eq!(name("shop-session_2"), Ok(Some("shop-session_2".to_owned())));
        assert_eq!(read(serde_json::json!({})).map(|cookie| cookie.name), Ok(None));
        for bad in
            ["", "a b", "a;b", "a=b", "a.0", "\u{e9}", "__Host-a", "__host-a", "__SECURE-a", &"a".repeat(65)]
        {
            assert!(name(bad).expect_err(bad).contains("cookie.name"), "{bad}");
        }
    }

    #[test]
    fn a_domain_contains_every_host() {
        let domain = |domain: &str| read(serde_json::json!({ "domain": domain })).map(|cookie| cookie.domain);
        assert_eq!(domain("example.com"), Ok(Some("example.com".to_owned())));
        assert_eq!(domain("EXAMPLE.com"), Ok(Some("example.com".to_owned())));
        for bad in [
            ".example.com",
            "example.com.",
            "com",
            "localhost",
            "127.0.0.1",
            "[::1]",
            "example.com; Secure",
            "example.com/",
            "https://example.com",
            "ample.com",
            "app.example.com",
            "other.example",
            "b\u{fc}cher.example",
            "*.example.com",
            "",
        ] {
            assert!(domain(bad).expect_err(bad).contains("cookie.domain"), "{bad}");
        }
        assert!(
            read(serde_json::json!({ "nmae": "x" })).expect_err("unknown").contains("did you mean `name`?")
        );
    }
}
