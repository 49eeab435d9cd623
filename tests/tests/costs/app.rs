//! An application with one route of each kind, and somebody who is signed in.

use std::collections::BTreeMap;

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{Logto, User, require_auth};
use logto_tests::settings;
use rocket::http::{Header, Status};
use rocket::local::blocking::{Client, LocalRequest};
use rocket::{Build, Rocket, get, routes};

#[get("/open")]
fn open() -> &'static str {
    "ok"
}

#[require_auth]
#[get("/guarded")]
fn guarded() -> &'static str {
    "ok"
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/scoped")]
fn scoped() -> &'static str {
    "ok"
}

#[require_auth]
#[get("/user")]
fn user(user: User) -> &'static str {
    if user.claims().name.is_some() { "ok" } else { "nobody" }
}

/// The application, to be asked without a socket, and its tenant.
pub(crate) struct App {
    pub(crate) tenant: Tenant,
    pub(crate) client: Client,
}

impl App {
    pub(crate) fn with_sessions_in(store: &str) -> App {
        let tenant = Tenant::recorded().start_blocking().expect("a tenant");
        let figment =
            settings(&tenant).merge(("logto.session_store", store)).merge(("logto.warm_up", "required"));
        let rocket =
            rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![open, guarded, scoped, user]);
        App { tenant, client: client(rocket) }
    }

    /// The open route alone, without the fairing.
    pub(crate) fn bare(&self) -> Client {
        client(rocket::custom(settings(&self.tenant)).mount("/", routes![open]))
    }

    /// The `Cookie` header of somebody who is signed in, with a token for the API.
    pub(crate) fn sign_in(&self) -> Vec<Header<'static>> {
        let mut cookies = BTreeMap::new();
        let authorize = self.go("/logto/sign-in", &mut cookies).expect("the way to the tenant");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let callback = runtime.block_on(self.tenant.sign_in(authorize, ALICE)).expect("a callback");
        self.go(&callback[url::Position::BeforePath..], &mut cookies);
        // What needs a token fetches it, and the session keeps it.
        self.go("/scoped", &mut cookies);
        vec![cookie_header(&cookies)]
    }

    /// Opens a page with these cookies, and applies those of its answer. Returns where it leads.
    fn go(&self, path: &str, cookies: &mut BTreeMap<String, String>) -> Option<String> {
        let response = self.client.get(path.to_owned()).header(cookie_header(cookies)).dispatch();
        for cookie in response.cookies().iter() {
            if cookie.value().is_empty() {
                cookies.remove(cookie.name());
            } else {
                cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        response.headers().get_one("Location").map(str::to_owned)
    }

    /// The `Authorization` header of a client with a good token.
    pub(crate) fn bearer(&self) -> Vec<Header<'static>> {
        let token = self.tenant.access_token(Issue::user(ALICE).resource(SHOPPING_API)).expect("a token");
        vec![Header::new("Authorization", format!("Bearer {token}"))]
    }
}

fn client(rocket: Rocket<Build>) -> Client {
    Client::untracked(rocket).expect("the application launches")
}

fn cookie_header(cookies: &BTreeMap<String, String>) -> Header<'static> {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Header::new("Cookie", pairs.join("; "))
}

/// A request that is ready to be sent.
pub(crate) fn request<'c>(
    client: &'c Client,
    path: &'static str,
    headers: &[Header<'static>],
) -> LocalRequest<'c> {
    headers.iter().fold(client.get(path), |request, header| request.header(header.clone()))
}

/// Sends it, and checks the status. A function of its own, so that its instructions can be told from all others.
#[inline(never)]
pub(crate) fn send_counted(request: LocalRequest<'_>, status: Status) {
    assert_eq!(request.dispatch().status(), status);
}
