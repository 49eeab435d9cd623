//! Sign-in on the clients of `rocket::local`, through the application's own routes.

use std::pin::Pin;

use rocket::http::{Accept, Cookie, HeaderMap, Method, Status};
use rocket::local::{asynchronous, blocking};
use rocket::{Orbit, Rocket};
use url::Url;

use crate::{Browser, Error, Result, Tenant};

/// The name of the sign-in route, below the setting `prefix`.
const SIGN_IN: &str = "/sign-in";
/// A route that stands beside it, so that another route of the same name is not taken for it.
const BESIDE_IT: &str = "/sign-up";
/// More redirects than an application has before it leads to the tenant.
const MAX_HOPS: usize = 8;

impl Tenant {
    /// Signs a user in on a client of `rocket::local`, through the application's own routes: its sign-in route, this
    /// tenant, its callback. So its hooks and pages run, and a tracked client is signed in from then on. Where the
    /// user is led next is in [`ClientSignIn::location`].
    ///
    /// ```no_run
    /// # fn application(_: &logto_dev::Tenant) -> rocket::Rocket<rocket::Build> { rocket::build() }
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use logto_dev::Tenant;
    /// use rocket::local::blocking::Client;
    ///
    /// let tenant = Tenant::recorded().start_blocking()?;
    /// let client = Client::tracked(application(&tenant))?;
    /// let signed_in = tenant.sign_in_client(&client, "alice")?;
    /// assert_eq!(signed_in.location(), "/");
    /// # Ok(()) }
    /// ```
    ///
    /// With an asynchronous client, the result is a future:
    ///
    /// ```no_run
    /// # fn application(_: &logto_dev::Tenant) -> rocket::Rocket<rocket::Build> { rocket::build() }
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use logto_dev::Tenant;
    /// use rocket::local::asynchronous::Client;
    ///
    /// let tenant = Tenant::recorded().start().await?;
    /// let client = Client::tracked(application(&tenant)).await?;
    /// tenant.sign_in_client(&client, "alice").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// The application may live below a path, have any `prefix` and `callback_path`, and must be registered in this
    /// tenant with its redirect URI. [`sign_in_client_at`](Self::sign_in_client_at) begins elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotSignedIn`] if the application has no such route, or responds otherwise than with a redirect, as when a
    /// hook refuses the user. Those of [`sign_in`](Self::sign_in).
    pub fn sign_in_client<'a, C: LocalClient>(&self, client: &'a C, user: &str) -> C::Outcome<'a> {
        client.sign_in(self.browser(), None, user.to_owned())
    }

    /// The same, beginning at `path`: the sign-in route with `return_to` or other parameters, a route of the
    /// application's own that leads to sign-in, or a guarded page.
    ///
    /// ```no_run
    /// # fn example(tenant: &logto_dev::Tenant, client: &rocket::local::blocking::Client) -> logto_dev::Result<()> {
    /// let signed_in = tenant.sign_in_client_at(client, "/shop/orders", "alice")?;
    /// assert_eq!(signed_in.location(), "/shop/orders");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sign_in_client`](Self::sign_in_client).
    pub fn sign_in_client_at<'a, C: LocalClient>(
        &self,
        client: &'a C,
        path: &str,
        user: &str,
    ) -> C::Outcome<'a> {
        client.sign_in(self.browser(), Some(path.to_owned()), user.to_owned())
    }
}

/// What came of a sign-in on a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientSignIn {
    location: String,
    cookies: Vec<Cookie<'static>>,
}

impl ClientSignIn {
    /// Where the application sends the browser after the callback.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The cookies of the session. A tracked client has them already; requests of an untracked one take them along:
    /// `client.get("/").cookies(signed_in.cookies())`.
    pub fn cookies(&self) -> Vec<Cookie<'static>> {
        self.cookies.clone()
    }
}

/// A client of `rocket::local`: blocking or asynchronous.
pub trait LocalClient: sealed::Client {
    /// What [`Tenant::sign_in_client`] returns: the result, or a future of it.
    type Outcome<'a>
    where
        Self: 'a;

    #[doc(hidden)]
    fn sign_in<'a>(&'a self, browser: Browser, path: Option<String>, user: String) -> Self::Outcome<'a>;
}

impl LocalClient for blocking::Client {
    type Outcome<'a> = Result<ClientSignIn>;

    fn sign_in<'a>(&'a self, mut browser: Browser, path: Option<String>, user: String) -> Self::Outcome<'a> {
        let runtime = browser.runtime().clone();
        let (mut flow, mut next) = Flow::begin(self.rocket(), path)?;
        loop {
            next = match next {
                Next::Get(path) => {
                    let request = self.get(&path).header(Accept::HTML).cookies(flow.cookies());
                    let response = request.dispatch();
                    let (status, headers) = (response.status(), location_of(response.headers()));
                    flow.keep(response.cookies().iter());
                    let body = || response.into_string().unwrap_or_default();
                    flow.follow(&browser, &path, status, headers, body)?
                }
                Next::SignIn(url) => flow.called_back(&runtime.block_on(browser.sign_in(url, &user))?),
                Next::Done(signed_in) => return Ok(signed_in),
            }
        }
    }
}

impl LocalClient for asynchronous::Client {
    type Outcome<'a> = Pin<Box<dyn Future<Output = Result<ClientSignIn>> + 'a>>;

    fn sign_in<'a>(&'a self, mut browser: Browser, path: Option<String>, user: String) -> Self::Outcome<'a> {
        Box::pin(async move {
            let (mut flow, mut next) = Flow::begin(self.rocket(), path)?;
            loop {
                next = match next {
                    Next::Get(path) => {
                        let request = self.get(&path).header(Accept::HTML).cookies(flow.cookies());
                        let response = request.dispatch().await;
                        let (status, location) = (response.status(), location_of(response.headers()));
                        flow.keep(response.cookies().iter());
                        let body = response.into_string().await;
                        flow.follow(&browser, &path, status, location, || body.unwrap_or_default())?
                    }
                    Next::SignIn(url) => flow.called_back(&browser.sign_in(url, &user).await?),
                    Next::Done(signed_in) => return Ok(signed_in),
                }
            }
        })
    }
}

/// What a browser does next.
enum Next {
    /// It requests this path of the application.
    Get(String),
    /// It opens this URL of the tenant.
    SignIn(Url),
    Done(ClientSignIn),
}

/// A sign-in, seen from the browser.
struct Flow {
    cookies: Vec<Cookie<'static>>,
    hops: usize,
    /// Whether the browser comes from the tenant.
    has_signed_in: bool,
    /// The path below which browsers see the application, where a proxy removes it.
    stripped: String,
}

impl Flow {
    fn begin(rocket: &Rocket<Orbit>, path: Option<String>) -> Result<(Self, Next)> {
        let path = path.map_or_else(|| sign_in_route(rocket), Ok)?;
        let stripped = stripped_path(rocket);
        let flow = Flow { cookies: Vec::new(), hops: 0, has_signed_in: false, stripped };
        Ok((flow, Next::Get(path)))
    }

    fn cookies(&self) -> Vec<Cookie<'static>> {
        self.cookies.clone()
    }

    fn keep<'c>(&mut self, cookies: impl Iterator<Item = &'c Cookie<'static>>) {
        for cookie in cookies {
            self.cookies.retain(|known| known.name() != cookie.name());
            if cookie.max_age().is_none_or(|age| age.is_positive()) {
                self.cookies.push(cookie.clone());
            }
        }
    }

    /// Follows a response of the application.
    fn follow(
        &mut self,
        browser: &Browser,
        path: &str,
        status: Status,
        location: Option<String>,
        body: impl FnOnce() -> String,
    ) -> Result<Next> {
        let refused = |body: String| Error::NotSignedIn {
            status: status.code,
            path: path.split('?').next().unwrap_or_default().to_owned(),
            body: body.chars().take(400).collect(),
        };
        let is_redirect = matches!(status.code, 302 | 303 | 307);
        let Some(location) = location.filter(|_| is_redirect) else { return Err(refused(body())) };
        if self.has_signed_in {
            return Ok(Next::Done(ClientSignIn { location, cookies: self.cookies() }));
        }
        self.hops += 1;
        if self.hops > MAX_HOPS {
            return Err(refused(format!("the application redirects in a circle, at last to {location}")));
        }
        match Url::parse(&location) {
            Ok(url) if browser.is_ours(&url) => Ok(Next::SignIn(url)),
            Ok(url) => Err(Error::ForeignUrl { url: url.to_string() }),
            Err(_) => Ok(Next::Get(self.in_rocket(&location))),
        }
    }

    /// The browser comes back with the tenant's response.
    fn called_back(&mut self, callback: &Url) -> Next {
        self.has_signed_in = true;
        Next::Get(self.in_rocket(&callback[url::Position::BeforePath..url::Position::AfterQuery]))
    }

    /// A public path, as Rocket sees it.
    fn in_rocket(&self, path: &str) -> String {
        path.strip_prefix(&self.stripped).filter(|rest| rest.starts_with('/')).unwrap_or(path).to_owned()
    }
}

fn location_of(headers: &HeaderMap<'_>) -> Option<String> {
    headers.get_one("Location").map(str::to_owned)
}

/// The sign-in route of `Logto::fairing()`, wherever it is mounted.
fn sign_in_route(rocket: &Rocket<Orbit>) -> Result<String> {
    let paths: Vec<&str> =
        rocket.routes().filter(|route| route.method == Method::Get).map(|route| route.uri.path()).collect();
    let found = paths.iter().find(|path| {
        let prefix = path.strip_suffix(SIGN_IN);
        prefix.is_some_and(|prefix| paths.contains(&format!("{prefix}{BESIDE_IT}").as_str()))
    });
    found.map(|path| (*path).to_owned()).ok_or_else(|| Error::NotSignedIn {
        status: 404,
        path: SIGN_IN.to_owned(),
        body: "the application has no sign-in route; attach `Logto::fairing()`, with `app_id`".to_owned(),
    })
}

/// The path of `public_url`, if the settings say that a proxy removes it.
fn stripped_path(rocket: &Rocket<Orbit>) -> String {
    let figment = rocket.figment();
    if !figment.extract_inner("logto.proxy_strips_path").unwrap_or(false) {
        return String::new();
    }
    let first = || figment.extract_inner::<Vec<String>>("logto.public_urls").ok()?.into_iter().next();
    let public_url = figment.extract_inner("logto.public_url").ok().or_else(first);
    let url = public_url.and_then(|url: String| Url::parse(&url).ok());
    url.map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}

mod sealed {
    use super::{asynchronous, blocking};

    pub trait Client {}

    impl Client for blocking::Client {}
    impl Client for asynchronous::Client {}
}
