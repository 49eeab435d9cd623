//! A headless browser.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::runtime::Handle;
use url::form_urlencoded::Serializer;
use url::{Host, Url};

use crate::http::{Params, Request, Response};
use crate::shared::Shared;
use crate::{Error, Result, webhooks};

/// More redirects than any flow through the tenant has.
const MAX_HOPS: usize = 12;

/// A browser that keeps the tenant's cookies, follows its redirects and fills in its forms. It calls the tenant
/// directly, without a socket, and stops when it leaves the tenant.
///
/// The fault plan and the journal apply to it as to any client; faults that break connections become
/// [`Error::Broken`], and delays are skipped.
///
/// ```
/// # async fn example(url: &str, sign_out_url: &str) -> logto_dev::Result<()> {
/// use logto_dev::Tenant;
/// let tenant = Tenant::recorded().start().await?;
/// let mut browser = tenant.browser();
/// let callback = browser.sign_in(url, "alice").await?;
/// let again = browser.open(url).await?;            // signed in already: straight to the callback
/// let home = browser.sign_out(sign_out_url).await?;
/// # let _ = (callback, again, home);
/// # Ok(()) }
/// ```
pub struct Browser {
    shared: Arc<Shared>,
    runtime: Handle,
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// The result of a request.
enum Shown {
    /// A redirect to an address outside the tenant.
    Left(Url),
    /// A page of the tenant at this address.
    Page(Url, Response),
}

impl Browser {
    pub(crate) fn new(shared: Arc<Shared>, runtime: Handle) -> Self {
        Self { shared, runtime, cookies: Vec::new() }
    }

    /// Opens an authorization URL and signs a user in if the tenant asks for it. A third-party application is
    /// granted everything that it requests, in every organization. Returns the callback URL without opening it.
    ///
    /// # Errors
    ///
    /// As [`Tenant::sign_in`](crate::Tenant::sign_in).
    pub async fn sign_in(&mut self, authorization_url: impl AsRef<str>, user: &str) -> Result<Url> {
        self.shared.with_state(|state, _| state.directory.find_user(user).map(|_| ()))?;
        let mut shown = self.go("GET", self.parse(authorization_url.as_ref())?, None).await?;
        for _ in 0..MAX_HOPS {
            let (at, page) = match shown {
                Shown::Left(callback) => return Ok(callback),
                Shown::Page(at, page) => (at, page),
            };
            let form = match self.form_of(&at, &page, user) {
                Some(form) => form,
                None => return Err(dead_end("GET", &at, &page)),
            };
            shown = self.go("POST", at, Some(form)).await?;
        }
        Err(Error::ForeignUrl { url: authorization_url.as_ref().to_owned() })
    }

    /// Opens an authorization URL and registers a new user. Returns the callback URL without opening it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), if no sign-in page is shown or the username is taken.
    pub async fn register(&mut self, authorization_url: impl AsRef<str>, username: &str) -> Result<Url> {
        match self.go("GET", self.parse(authorization_url.as_ref())?, None).await? {
            Shown::Left(url) => Ok(url),
            Shown::Page(at, page) => {
                let form = interaction_form(&page).append_pair("new_user", username).finish();
                match self.go("POST", at, Some(form)).await? {
                    Shown::Left(url) => Ok(url),
                    Shown::Page(at, page) => Err(dead_end("POST", &at, &page)),
                }
            }
        }
    }

    /// Opens a URL of the tenant that needs no interaction, such as an authorization URL with a session
    /// or with `prompt=none`. Returns the first address outside the tenant.
    ///
    /// # Errors
    ///
    /// [`Error::DeadEnd`] if it ends at a page of the tenant.
    pub async fn open(&mut self, url: impl AsRef<str>) -> Result<Url> {
        match self.go("GET", self.parse(url.as_ref())?, None).await? {
            Shown::Left(url) => Ok(url),
            Shown::Page(at, page) => Err(dead_end("GET", &at, &page)),
        }
    }

    /// Opens an authorization URL and presses Cancel on the first page that has the button. Returns the callback URL:
    /// with
    /// `error=access_denied` from the sign-in page, without parameters from the consent page of a third-party
    /// application.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn cancel(&mut self, authorization_url: impl AsRef<str>) -> Result<Url> {
        match self.go("GET", self.parse(authorization_url.as_ref())?, None).await? {
            Shown::Left(url) => Ok(url),
            Shown::Page(at, page) => {
                let form = interaction_form(&page).append_pair("cancel", "yes").finish();
                match self.go("POST", at, Some(form)).await? {
                    Shown::Left(url) => Ok(url),
                    Shown::Page(at, page) => Err(dead_end("POST", &at, &page)),
                }
            }
        }
    }

    /// Opens an end session URL and confirms. Returns the final address: the application's, or the
    /// tenant's own page if none was requested. Logout tokens are delivered before it returns.
    ///
    /// # Errors
    ///
    /// [`Error::DeadEnd`] if the tenant refuses, which leaves the session active.
    pub async fn sign_out(&mut self, end_session_url: impl AsRef<str>) -> Result<Url> {
        let (at, page) = match self.go("GET", self.parse(end_session_url.as_ref())?, None).await? {
            Shown::Left(url) => return Ok(url),
            Shown::Page(at, page) => (at, page),
        };
        let body = String::from_utf8_lossy(&page.body);
        let Some(xsrf) = hidden_value(&body, "xsrf").filter(|_| page.status == 200) else {
            return Err(dead_end("GET", &at, &page));
        };
        let form =
            Serializer::new(String::new()).append_pair("xsrf", &xsrf).append_pair("logout", "yes").finish();
        let confirm = at.join("/oidc/session/end/confirm").map_err(|_| foreign(&at))?;
        match self.go("POST", confirm, Some(form)).await? {
            Shown::Left(url) => Ok(url),
            Shown::Page(at, page) if page.status == 200 => Ok(at),
            Shown::Page(at, page) => Err(dead_end("POST", &at, &page)),
        }
    }

    /// The `Cookie` header this browser would send to a path on the tenant's host. On localhost an application on
    /// another port receives the same cookies, because cookies ignore ports.
    pub fn cookie_header(&self, path: &str) -> String {
        let sent = self.cookies.iter().filter(|cookie| path.starts_with(&cookie.path));
        sent.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect::<Vec<_>>().join("; ")
    }

    /// Deletes all cookies, as closing a private window does.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Requests a URL and follows redirects inside the tenant.
    async fn go(&mut self, method: &str, mut url: Url, mut form: Option<String>) -> Result<Shown> {
        let mut method = method.to_owned();
        for _ in 0..MAX_HOPS {
            let request = self.request(&method, &url, form.take());
            let (response, _) = self.shared.answer(&request);
            let Some(mut response) = response else {
                return Err(Error::Broken { method, path: request.path });
            };
            self.deliver(&mut response).await;
            self.keep_cookies(&response);
            let Some(location) = response.header_value("location") else {
                return Ok(Shown::Page(url, response));
            };
            let next = url.join(location).map_err(|_| Error::ForeignUrl { url: location.to_owned() })?;
            if !self.is_ours(&next) {
                return Ok(Shown::Left(next));
            }
            (method, url) = ("GET".to_owned(), next);
        }
        Err(foreign(&url))
    }

    fn request(&self, method: &str, url: &Url, form: Option<String>) -> Request {
        let mut headers = vec![
            ("host".to_owned(), url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()),
            ("accept".to_owned(), "text/html".to_owned()),
        ];
        let cookies = self.cookie_header(url.path());
        if !cookies.is_empty() {
            headers.push(("cookie".to_owned(), cookies));
        }
        if form.is_some() {
            headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        Request {
            method: method.to_owned(),
            path: url.path().to_owned(),
            query: Params::urlencoded(url.query().unwrap_or_default().as_bytes()),
            headers,
            body: form.unwrap_or_default().into_bytes(),
        }
    }

    /// Logout tokens are sent on the tenant's own runtime, since the caller's may have I/O disabled.
    async fn deliver(&self, response: &mut Response) {
        webhooks::send_events(&self.shared, &self.runtime, std::mem::take(&mut response.events));
        let calls = std::mem::take(&mut response.logouts);
        if !calls.is_empty() {
            let shared = Arc::clone(&self.shared);
            let _ = self.runtime.spawn(async move { shared.deliver(calls).await }).await;
        }
    }

    fn keep_cookies(&mut self, response: &Response) {
        let set = response.headers.iter().filter(|(name, _)| *name == "set-cookie");
        for (_, header) in set {
            let mut parts = header.split("; ");
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let path = parts.clone().find_map(|part| part.strip_prefix("path=")).unwrap_or("/").to_owned();
            let deleted = parts.any(|part| part == "expires=Thu, 01 Jan 1970 00:00:00 GMT");
            self.cookies.retain(|known| known.name != name || known.path != path);
            if !deleted {
                self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path });
            }
        }
    }

    /// The form as a user would fill it in: the name of the user, or consent to everything.
    fn form_of(&self, at: &Url, page: &Response, user: &str) -> Option<String> {
        if page.status != 200 {
            return None;
        }
        let mut form = interaction_form(page);
        if at.path() == "/consent" {
            let body = String::from_utf8_lossy(&page.body).into_owned();
            for organization in checked_values(&body) {
                form.append_pair("organization", &organization);
            }
            return Some(form.append_pair("allow", "yes").finish());
        }
        hidden_value(&String::from_utf8_lossy(&page.body), "interaction")?;
        Some(form.append_pair("user", user).finish())
    }

    fn parse(&self, url: &str) -> Result<Url> {
        let parsed = Url::parse(url).ok().filter(|parsed| self.is_ours(parsed));
        parsed.ok_or_else(|| Error::ForeignUrl { url: url.to_owned() })
    }

    /// The tenant's runtime.
    #[cfg(feature = "rocket")]
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn is_ours(&self, url: &Url) -> bool {
        let own = self.shared.listens_on;
        let is_host = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST || own.ip() == address,
            Some(Host::Ipv6(address)) => own.ip() == address,
            None => false,
        };
        is_host && url.scheme() == "http" && url.port_or_known_default() == Some(own.port())
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Browser").field("endpoint", &self.shared.endpoint).finish_non_exhaustive()
    }
}

fn interaction_form(page: &Response) -> Serializer<'static, String> {
    let interaction = hidden_value(&String::from_utf8_lossy(&page.body), "interaction").unwrap_or_default();
    let mut form = Serializer::new(String::new());
    form.append_pair("interaction", &interaction);
    form
}

/// The value of a hidden field on one of the tenant's own pages.
fn hidden_value(page: &str, name: &str) -> Option<String> {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&field)?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

/// The values of the organizations that the consent page offers.
fn checked_values(page: &str) -> Vec<String> {
    let fields = page.split("name=\"organization\" value=\"").skip(1);
    fields.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value.to_owned()).collect()
}

fn foreign(url: &Url) -> Error {
    Error::ForeignUrl { url: url.to_string() }
}

fn dead_end(method: &str, at: &Url, page: &Response) -> Error {
    let body = String::from_utf8_lossy(&page.body);
    Error::DeadEnd {
        status: page.status,
        method: method.to_owned(),
        path: at.path().to_owned(),
        body: body.chars().take(400).collect(),
    }
}
