//! The cookies of a browser, by name.

use logto_dev::Browser;

use crate::replay::Answer;

#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Those that a browser has at the tenant.
    pub(crate) fn of(browser: &Browser) -> Self {
        let sent = browser.cookie_header("/");
        let pairs = sent.split("; ").filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    pub(crate) fn header(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Keeps what an answer sets, wherever its path is, and forgets what it deletes.
    pub(crate) fn keep(&mut self, answer: &Answer) {
        for header in answer.headers.get_all("set-cookie") {
            let header = header.to_str().unwrap();
            let (name, rest) = header.split_once('=').unwrap();
            self.0.retain(|(known, _)| known != name);
            if !header.contains("expires=Thu, 01 Jan 1970") {
                self.0.push((name.to_owned(), rest.split_once("; ").unwrap().0.to_owned()));
            }
        }
    }
}
