//! The way to Logto and back: what is sent, what may come back, and what is made of it.

mod errors;
mod flood;
mod methods;
mod outage;
mod parallel;
mod parameters;
mod pending_sign_ins;
mod replay;
mod request;
mod return_to;
mod states;
mod visitors;

use logto_tests::{Answer, Bench, Browser};

/// A sign-in that has come back from Logto, its callback not yet called.
pub(crate) struct Returned {
    pub(crate) bench: Bench,
    pub(crate) browser: Browser,
    /// The callback, from its path on.
    pub(crate) callback: String,
}

impl Returned {
    pub(crate) async fn new() -> Self {
        let bench = Bench::storefront().await;
        let mut browser = bench.browser();
        let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
        Returned { bench, browser, callback }
    }

    /// The callback with one parameter changed, or left out.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> String {
        let (path, query) = self.callback.split_once('?').unwrap();
        let kept =
            query.split('&').filter(|pair| pair.split_once('=').is_none_or(|(known, _)| known != name));
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        pairs.extend(value.map(|value| format!("{name}={value}")));
        format!("{path}?{}", pairs.join("&"))
    }

    pub(crate) fn value(&self, name: &str) -> String {
        let (_, query) = self.callback.split_once('?').unwrap();
        let found =
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name);
        found.unwrap().1.to_owned()
    }

    /// Calls `callback`, and demands a refusal that changes nothing.
    pub(crate) async fn refused(&mut self, callback: &str, status: u16, code: &str) -> Answer {
        let before = (self.browser.jar.session(), self.bench.grants("authorization_code").len());
        let answer = self.browser.open(callback).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{callback}: {answer:?}");
        assert_private(&answer);
        assert!(answer.header("location").is_none(), "{answer:?}");
        let after = (self.browser.jar.session(), self.bench.grants("authorization_code").len());
        assert_eq!(after, before, "{callback}");
        answer
    }
}

/// c29: neither a cache nor a next page may learn of code and state.
pub(crate) fn assert_private(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
}
