//! The running application at its public address, and whether Logto's requests would reach it.

use std::net::IpAddr;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use url::{Host, Url};

use super::report::{Check, DoctorReport};
use crate::config::WebAppConfig;
use crate::logto::Logto;

const MAX_BODY: usize = 64 * 1024;
/// The setting of a Logto that lets it call loopback and private addresses.
const ALLOW_PRIVATE: &str = "OIDC_PROVIDER_SSRF_PROTECTION_DISABLED";
const START: &str = "start the application, and check that its address can be reached from here";
const ROUTES: &str =
    "check `public_url`, `prefix` and `proxy_strips_path`, and that the proxy in front passes these paths on";

/// A response of the application: its status, and what its JSON says.
struct Response {
    status: u16,
    body: Body,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    /// The code of a refusal.
    code: Option<String>,
    #[serde(rename = "isAuthenticated")]
    is_authenticated: Option<bool>,
}

pub(super) async fn check(logto: &Logto, report: &mut DoctorReport) {
    let Some(web_app) = logto.web_app() else { return };
    let (config, limits) = (&web_app.0.config, logto.0.config.http);
    let client = Client::builder()
        .user_agent(concat!("logto-rocket/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .build();
    let Ok(client) = client else { return };
    let mut is_running = false;
    for origin in config.public.origins() {
        let url = format!("{}{}/user?keep_alive=false", origin.as_str(), config.prefix);
        let answer = fetch(client.get(&url)).await;
        is_running |= answer.is_ok();
        report.add(public_url(&url, answer));
    }
    if config.backchannel_logout {
        let post = |url: &str| client.post(url).header("content-type", "application/x-www-form-urlencoded");
        let endpoint = Endpoint {
            name: "backchannel_logout",
            path: "backchannel-logout",
            refusal: "logout_token_missing",
            register: "the back-channel logout URI on the application's page in Logto",
            observe: "sign out at another application in the same browser: the session here ends",
            setting: "backchannel_logout = true",
        };
        endpoint.check(logto, config, is_running, post, report).await;
    }
    if !config.webhook_signing_keys.is_empty() {
        let post = |url: &str| client.post(url).header("content-type", "application/json").body("{}");
        let endpoint = Endpoint {
            name: "webhook",
            path: "webhook",
            refusal: "webhook_not_signed",
            register: "the endpoint URL of a webhook in Logto",
            observe: "look at the recent requests on the webhook's page in Logto",
            setting: "webhook_signing_keys",
        };
        endpoint.check(logto, config, is_running, post, report).await;
    }
}

async fn fetch(request: RequestBuilder) -> Result<Response, String> {
    // The error of reqwest repeats the URL, which is told anyway.
    let mut response = request.send().await.map_err(|error| match error.is_timeout() {
        true => "no response in time".to_owned(),
        false => "no connection".to_owned(),
    })?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > MAX_BODY {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body: serde_json::from_slice(&body).unwrap_or_default() })
}

fn public_url(url: &str, answer: Result<Response, String>) -> Check {
    const NAME: &str = "public_url";
    match answer {
        Ok(Response { status: 200, body: Body { is_authenticated: Some(_), .. } }) => {
            Check::ok(NAME, format!("the application responds at {url}"))
        }
        Ok(Response { body: Body { code: Some(code), .. }, .. }) if code == "store_unavailable" => {
            Check::warning(
                NAME,
                format!("the application responds at {url}, but its session store does not"),
                "see `session_store` above",
            )
        }
        Ok(Response { status, .. }) => Check::failed(
            NAME,
            format!("{url} responds with status {status}, which is not this application's response"),
            ROUTES,
        ),
        Err(what) => {
            Check::warning(NAME, format!("{url}: {what}; the application may not be running"), START)
        }
    }
}

/// A route that Logto calls.
struct Endpoint {
    name: &'static str,
    path: &'static str,
    /// The code of the refusal of a request that is not Logto's.
    refusal: &'static str,
    /// Where its address is registered.
    register: &'static str,
    /// How to see that Logto calls it.
    observe: &'static str,
    setting: &'static str,
}

impl Endpoint {
    async fn check(
        &self,
        logto: &Logto,
        config: &WebAppConfig,
        is_running: bool,
        post: impl Fn(&str) -> RequestBuilder,
        report: &mut DoctorReport,
    ) {
        let origin = config.public.main();
        let url = format!("{}{}/{}", origin.as_str(), config.prefix, self.path);
        if !is_running {
            let found = format!("{url} cannot be checked while the application is not running");
            report.add(Check::not_checked(self.name, found, START));
            return;
        }
        report.add(match fetch(post(&url)).await {
            Ok(Response { body: Body { code: Some(code), .. }, .. }) if code == self.refusal => Check::ok(
                self.name,
                format!(
                    "{url} responds, and refuses what Logto has not signed; register it as {}",
                    self.register
                ),
            ),
            Ok(Response { status, .. }) => Check::failed(
                self.name,
                format!(
                    "{url} responds with status {status}, which is not the response of this library's route"
                ),
                format!("start the application with {}; {ROUTES}", self.setting),
            ),
            Err(what) => Check::failed(self.name, format!("{url}: {what}"), START),
        });
        if is_private(&url) {
            report.add(self.private_address(&url, &logto.0.config.endpoint));
        }
        report.add(Check::not_checked(
            self.name,
            format!("whether {url} is registered in Logto, and whether Logto can reach it, is unknown here"),
            format!("compare {} with it, and {}", self.register, self.observe),
        ));
    }

    /// Logto calls no private address, wherever it runs, unless whoever hosts it allows it.
    fn private_address(&self, url: &str, endpoint: &Url) -> Check {
        if is_private(endpoint.as_str()) {
            Check::warning(
                self.name,
                format!("{url} is a loopback or private address, which Logto by default refuses to call"),
                format!("use a public address, or run your own Logto with {ALLOW_PRIVATE}=1"),
            )
        } else {
            Check::warning(
                self.name,
                format!("{url} is a loopback or private address, which {endpoint} cannot reach"),
                "use a public address, or a Logto in the same network",
            )
        }
    }
}

/// Whether a URL names this machine or a private network. Names are not looked up.
fn is_private(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    match url.host() {
        // A name without a dot is one of a local network, such as that of a container.
        Some(Host::Domain(name)) => {
            !name.contains('.') || name.ends_with(".localhost") || name.ends_with(".internal")
        }
        Some(Host::Ipv4(address)) => is_private_address(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_private_address(IpAddr::V6(address)),
        None => false,
    }
}

fn is_private_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_and_of_private_networks_are_known() {
        for private in [
            "http://localhost:8000/x",
            "http://127.0.0.1/",
            "http://10.1.2.3/",
            "http://[::1]:1/",
            "http://logto.internal/",
            "http://app:8000/",
            "http://0.0.0.0:8000/",
        ] {
            assert!(is_private(private), "{private}");
        }
        for public in ["https://example.com/", "https://8.8.8.8/", "https://localhost.example.com/"] {
            assert!(!is_private(public), "{public}");
        }
    }
}
