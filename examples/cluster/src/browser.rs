//! A user with a browser.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use reqwest::{Client, Method, Response, redirect};
use serde_json::Value;

use crate::Outcome;
use crate::tenant::CALLBACK;

/// A browser that keeps its cookies and does not follow redirects. A clone has the same cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// The parts of a response that matter here.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) clear_site_data: Option<String>,
    body: String,
}

impl Browser {
    /// A browser that sends `origin`, whichever process responds.
    pub(crate) fn at(origin: &str) -> Outcome<Browser> {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
        Ok(Browser { client, origin: origin.to_owned(), cookies: BTreeMap::new() })
    }

    pub(crate) async fn get(&mut self, address: SocketAddr, path: &str) -> Outcome<Answer> {
        self.send(Method::GET, address, path).await
    }

    pub(crate) async fn post(&mut self, address: SocketAddr, path: &str) -> Outcome<Answer> {
        self.send(Method::POST, address, path).await
    }

    /// The names of its cookies.
    pub(crate) fn cookie_names(&self) -> impl Iterator<Item = &str> {
        self.cookies.keys().map(String::as_str)
    }

    async fn send(&mut self, method: Method, address: SocketAddr, path: &str) -> Outcome<Answer> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        // Sign-in and sign-out are navigations, the other requests are sent by a script.
        let is_navigation = path.starts_with("/logto/") || path.starts_with(CALLBACK);
        let accept = if is_navigation { "text/html" } else { "application/json" };
        let response = self
            .client
            .request(method, format!("http://{address}{path}"))
            .header("host", self.origin.trim_start_matches("http://"))
            .header("origin", &self.origin)
            .header("accept", accept)
            .header("cookie", cookies.join("; "))
            .send()
            .await?;
        self.keep_cookies(&response);
        let status = response.status().as_u16();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (location, clear_site_data) = (header("location"), header("clear-site-data"));
        Ok(Answer { status, location, clear_site_data, body: response.text().await? })
    }

    fn keep_cookies(&mut self, response: &Response) {
        for header in response.headers().get_all("set-cookie") {
            let Some((cookie, attributes)) = header.to_str().ok().and_then(|header| header.split_once(';'))
            else {
                continue;
            };
            let Some((name, value)) = cookie.split_once('=') else { continue };
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// The process that responded.
    pub(crate) fn process(&self) -> String {
        self.field("process")
    }

    /// Where a refusal says that a sign-in begins.
    pub(crate) fn sign_in(&self) -> String {
        self.field("sign_in")
    }

    /// Whether the page contains this text.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    fn field(&self, name: &str) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body[name].as_str().unwrap_or("nothing").to_owned()
    }

    /// The target of a redirect.
    pub(crate) fn leads_to(&self) -> Outcome<&str> {
        Ok(self.location.as_deref().ok_or_else(|| format!("no redirect, but {}", self.status))?)
    }
}
