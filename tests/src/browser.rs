//! A browser: cookies, the headers that tell a navigation from a script, and no redirects followed unasked.

use std::net::SocketAddr;

use logto_dev::Tenant;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};

use crate::answer::Answer;
use crate::app::{App, http_client};
use crate::bench::path_of;
use crate::cookies::Jar;

/// A request to the application. `new` adds nothing of its own: that is an API client.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<String>,
}

impl Ask {
    /// A request with nothing but a method and a path.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Ask { method, path: path.into(), headers: Vec::new(), body: None }
    }

    /// A `GET`.
    pub fn get(path: impl Into<String>) -> Self {
        Ask::new("GET", path)
    }

    /// A `POST` without a body.
    pub fn post(path: impl Into<String>) -> Self {
        Ask::new("POST", path)
    }

    /// Adds a header; a second of the same name stands beside the first.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Shows a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// A person goes to a page of the site from another of its pages.
    #[must_use]
    pub fn navigation(self) -> Self {
        self.header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "same-origin")
    }

    /// A script of the site asks for data.
    #[must_use]
    pub fn script(self) -> Self {
        self.header("accept", "application/json")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty")
            .header("sec-fetch-site", "same-origin")
    }

    /// Gives it a body of this kind.
    #[must_use]
    pub fn body(mut self, kind: &str, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", kind)
    }
}

/// A browser that keeps the application's cookies. Its clone is another tab of a browser with the same cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    address: SocketAddr,
    client: reqwest::Client,
    /// The address that stands in the browser's bar.
    host: String,
    /// The public path of the application: `/shop`, or empty.
    below: String,
    /// Whether the proxy that the browser plays strips that path.
    strips: bool,
    /// The cookies.
    pub jar: Jar,
}

impl Browser {
    /// A browser without any cookie.
    pub fn new(app: &App) -> Self {
        Browser::with_client(app.address(), app.client.clone())
    }

    /// The same, at an application in another process.
    pub fn reaching(address: SocketAddr) -> Self {
        Browser::with_client(address, http_client())
    }

    fn with_client(address: SocketAddr, client: reqwest::Client) -> Self {
        Browser {
            address,
            client,
            host: "localhost:8000".to_owned(),
            below: String::new(),
            strips: false,
            jar: Jar::default(),
        }
    }

    /// The same browser, that reaches the application under another name.
    #[must_use]
    pub fn under(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    /// The same browser, at an application whose public path is `path`. All its paths are public ones. A proxy that
    /// `strips` the path takes it away.
    #[must_use]
    pub fn below(mut self, path: &str, strips: bool) -> Self {
        (self.below, self.strips) = (path.to_owned(), strips);
        self
    }

    /// A browser that holds these cookies.
    #[must_use]
    pub fn holding(mut self, jar: Jar) -> Self {
        self.jar = jar;
        self
    }

    /// The same browser, at another application (that listens where the first did before a restart).
    #[must_use]
    pub fn at(&self, app: &App) -> Self {
        Browser { jar: self.jar.clone(), ..Browser::new(app) }
    }

    /// A person goes to a page.
    pub async fn open(&mut self, path: impl Into<String>) -> Answer {
        self.send(Ask::get(path).navigation()).await
    }

    /// A script of the site asks for data.
    pub async fn fetch(&mut self, path: impl Into<String>) -> Answer {
        self.send(Ask::get(path).script()).await
    }

    /// A person submits a form of the site.
    pub async fn submit(&mut self, path: impl Into<String>) -> Answer {
        let ask = Ask::post(path).navigation().header("origin", crate::ORIGIN);
        self.send(ask.body("application/x-www-form-urlencoded", "")).await
    }

    /// Sends anything. Panics if the answer breaks a promise that holds for every answer.
    pub async fn send(&mut self, ask: Ask) -> Answer {
        self.try_send(ask).await.expect("an answer")
    }

    /// The same, where the application may go away meanwhile.
    ///
    /// # Errors
    ///
    /// If no answer comes.
    pub async fn try_send(&mut self, ask: Ask) -> reqwest::Result<Answer> {
        let url = format!("http://{}{}", self.address, self.passed_on(&ask.path));
        let mut request = self.client.request(ask.method, url);
        if !ask.headers.iter().any(|(name, _)| name == "host") {
            request = request.header("host", &self.host);
        }
        for (name, value) in ask.headers {
            request = request.header(name, HeaderValue::from_bytes(&value).expect("a header's value"));
        }
        if let Some(cookies) = self.jar.header() {
            request = request.header("cookie", cookies);
        }
        let response = request.body(ask.body.unwrap_or_default()).send().await?;
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let answer = Answer { status, headers, body: response.text().await? };
        answer.assert_decent_below(&self.below);
        answer.cookies().iter().for_each(|cookie| self.jar.apply(cookie));
        Ok(answer)
    }

    fn passed_on<'p>(&self, path: &'p str) -> &'p str {
        match path.strip_prefix(self.below.as_str()).filter(|_| self.strips) {
            Some("") => "/",
            Some(rest) => rest,
            None => path,
        }
    }

    /// Begins a sign-in that is to come back to `return_to`, and returns Logto's address for it.
    pub async fn begin(&mut self, return_to: &str) -> Url {
        let path = if return_to.is_empty() {
            format!("{}/logto/sign-in", self.below)
        } else {
            let encoded =
                percent_encoding::utf8_percent_encode(return_to, percent_encoding::NON_ALPHANUMERIC);
            format!("{}/logto/sign-in?return_to={encoded}", self.below)
        };
        let answer = self.open(path).await;
        Url::parse(answer.location()).expect("an absolute address")
    }

    /// Goes the whole way of a sign-in up to the callback, which is not called yet.
    pub async fn callback(&mut self, tenant: &Tenant, user: &str, return_to: &str) -> String {
        let url = self.begin(return_to).await;
        path_of(&tenant.sign_in(url, user).await.expect("the tenant signs in"))
    }

    /// Signs a person in; panics if that fails. Returns the callback's answer.
    pub async fn sign_in(&mut self, tenant: &Tenant, user: &str) -> Answer {
        let callback = self.callback(tenant, user, "").await;
        let answer = self.open(callback).await;
        assert_eq!(answer.location(), format!("{}/", self.below), "{user} is signed in");
        assert!(!self.jar.session().is_empty(), "{user} has a session");
        answer
    }

    /// Follows redirects inside the application, five at the most. Returns the last answer, and how many
    /// redirects there were.
    pub async fn follow(&mut self, path: &str) -> (Answer, usize) {
        let mut answer = self.open(path).await;
        for hops in 0..5 {
            let Some(next) = answer.header("location").map(str::to_owned) else { return (answer, hops) };
            let next = next.strip_prefix(crate::ORIGIN).unwrap_or(&next).to_owned();
            if !next.starts_with('/') {
                return (answer, hops);
            }
            answer = self.open(next).await;
        }
        panic!("five redirects, and no end: {answer:?}");
    }
}
