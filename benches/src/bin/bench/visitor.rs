//! A browser, as far as sign-in needs one.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use logto_dev::Tenant;
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use url::{Position, Url};

use crate::Outcome;
use crate::load::Request;

/// Someone with cookies, who follows no redirect by himself.
#[derive(Clone)]
pub(crate) struct Visitor {
    client: reqwest::Client,
    address: SocketAddr,
    host: &'static str,
    cookies: BTreeMap<String, String>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Visitor {
    /// A visitor of an application that listens at this address.
    pub(crate) fn of(address: SocketAddr) -> Outcome<Self> {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build()?;
        Ok(Visitor { client, address, host: "localhost:8000", cookies: BTreeMap::new() })
    }

    /// Another one, with no cookies yet, who names the application like this.
    pub(crate) fn another(&self) -> Self {
        Visitor { cookies: BTreeMap::new(), ..self.clone() }
    }

    pub(crate) fn under(mut self, host: &'static str) -> Self {
        self.host = host;
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.send(&Request::get(path)).await
    }

    /// Sends a request, with the visitor's cookies unless it has its own.
    pub(crate) async fn send(&mut self, request: &Request) -> Outcome<Answer> {
        let mut builder =
            self.client.get(format!("http://{}{}", self.address, request.path)).header(HOST, self.host);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if !self.cookies.is_empty() {
            builder = builder.header(COOKIE, self.cookie_header());
        }
        let response = builder.send().await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.apply(cookie.to_str()?);
        }
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.map(str::to_owned);
        Ok(Answer { status: response.status().as_u16(), location, body: response.text().await? })
    }

    /// Opens a page that has to answer with 200.
    pub(crate) async fn visit(&mut self, path: &str) -> Outcome<()> {
        let answer = self.get(path).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(format!("{path} answered with {}: {}", answer.status, answer.body).into())
    }

    /// Signs in: begins at this page of the application, and comes back to the callback.
    pub(crate) async fn sign_in(&mut self, tenant: &Tenant, page: &str, person: &str) -> Outcome<()> {
        let answer = self.get(page).await?;
        let authorize = answer.location.ok_or_else(|| format!("{page} leads nowhere: {}", answer.status))?;
        let callback: Url = tenant.sign_in(authorize, person).await?;
        let answer = self.get(&callback[Position::BeforePath..]).await?;
        if (300..400).contains(&answer.status) {
            return Ok(());
        }
        Err(format!("the callback answered with {}: {}", answer.status, answer.body).into())
    }

    pub(crate) fn cookie_header(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn apply(&mut self, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let ends = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
        if ends || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
