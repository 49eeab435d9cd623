//! What is registered in the tenant for this application: its credentials, its addresses, its API resources.

use super::report::{Check, DoctorReport};
use crate::config::{AppCredentials, WebAppConfig};
use crate::error::UnavailableCause;
use crate::logto::{Logto, WebApp};
use crate::names::{OFFLINE_ACCESS, ORGANIZATIONS_SCOPE};
use crate::oidc::{OAuthRefusal, Probe, Reply};
use crate::types::{ResourceIndicator, Scopes};

const RESOURCES: &str = "resources";

pub(super) async fn check(logto: &Logto, probe: &Probe, report: &mut DoctorReport) {
    let web_app = logto.web_app();
    if let Some(web_app) = web_app {
        check_web_app(web_app, probe, report).await;
    }
    let machine = check_machine_app(logto, probe, report).await;
    if web_app.is_none() {
        check_resources_of_api(logto, probe, machine.as_ref(), report).await;
    }
    check_introspection(logto, probe, report).await;
}

async fn check_web_app(web_app: &WebApp, probe: &Probe, report: &mut DoctorReport) {
    let config = &web_app.0.config;
    let redirect_uris: Vec<String> =
        config.public.origins().map(|origin| config.redirect_uri_at(origin)).collect();
    let credentials = credentials(
        "app_secret",
        &config.app,
        probe.redeem(&config.app, &config.redirect_uri()).await,
        &Expected { error: "invalid_grant", setting: "app_secret", kind: "a traditional web application" },
    );
    let is_known = credentials.is_known;
    report.add(credentials.check);
    if !is_known {
        report.add(Check::not_checked(
            "redirect_uri",
            "Logto has no application with this id, so nothing else of it can be checked",
            "correct `app_id` and `endpoint`, then check again",
        ));
        return;
    }
    let mut registered = None;
    for uri in &redirect_uris {
        let reply = probe.authorize(&config.app.id, uri, &Scopes::parse("openid"), &[]).await;
        if matches!(reply, Ok(Reply::Accepted)) {
            registered.get_or_insert(uri);
        }
        report.add(redirect_uri(&config.app.id, uri, reply));
    }
    match registered {
        Some(uri) => check_access(web_app, uri, probe, report).await,
        None => report.add(Check::not_checked(
            RESOURCES,
            "an authorization request needs a registered redirect URI",
            "register a redirect URI, then check again",
        )),
    }
    report.add(refresh_token(config));
    let mut urls: Vec<String> =
        config.public.origins().map(|origin| config.post_sign_out_url_at(origin)).collect();
    urls.dedup();
    urls.extend(config.post_sign_out_urls.iter().map(ToString::to_string));
    for url in urls {
        report.add(post_sign_out_url(&config.app.id, &url, probe.end_session(&config.app.id, &url).await));
    }
}

/// Which error means that the credentials were accepted, and whose they are.
struct Expected {
    error: &'static str,
    setting: &'static str,
    kind: &'static str,
}

struct Credentials {
    check: Check,
    /// Whether Logto knows the application.
    is_known: bool,
}

/// Reads the response to a request that no application can be granted: the refusal says how far it came.
fn credentials(
    name: &'static str,
    app: &AppCredentials,
    reply: Result<Reply, UnavailableCause>,
    expected: &Expected,
) -> Credentials {
    let id = &app.id;
    let Expected { setting, kind, .. } = expected;
    let id_setting = setting.replace("_secret", "_id");
    let mut is_known = true;
    let check = match reply {
        Ok(Reply::Accepted) => Check::ok(name, format!("Logto accepts the credentials of `{id}`")),
        Ok(Reply::Refused(refusal)) if refusal.error == expected.error => {
            Check::ok(name, format!("Logto accepts the credentials of `{id}`"))
        }
        Ok(Reply::Refused(refusal)) => match (refusal.status, refusal.error.as_str()) {
            (401, "invalid_client") => Check::failed(
                name,
                format!("Logto refused the secret of application `{id}`"),
                format!(
                    "copy a secret from the page of {kind} in Logto into `{setting}` (or `{setting}_file`)"
                ),
            ),
            (_, "invalid_client") => {
                is_known = false;
                Check::failed(
                    name,
                    format!("Logto has no application `{id}`"),
                    format!(
                        "copy the app id from the application's page in Logto into `{id_setting}`, and check that `endpoint` is the tenant that has it"
                    ),
                )
            }
            (_, "invalid_request") if says(&refusal, "expired") => Check::failed(
                name,
                format!("the secret of application `{id}` has expired"),
                format!(
                    "create another secret on the application's page in Logto, and set `{setting}` to it"
                ),
            ),
            (_, "invalid_request" | "unauthorized_client") if says(&refusal, "grant type") => Check::failed(
                name,
                format!("application `{id}` is not {kind}: {}", told(&refusal)),
                format!("set `{id_setting}` and `{setting}` to those of {kind}"),
            ),
            _ => Check::failed(
                name,
                format!("Logto refused application `{id}`: {}", told(&refusal)),
                LOOK_IN_LOGTO,
            ),
        },
        other => unclear(name, other),
    };
    Credentials { check, is_known }
}

const LOOK_IN_LOGTO: &str = "compare the application's page in Logto with the settings";

/// Logto has one error code for several mistakes of an application's setup, and tells them apart by the description.
fn says(refusal: &OAuthRefusal, word: &str) -> bool {
    refusal.description.as_deref().is_some_and(|description| description.contains(word))
}

fn told(refusal: &OAuthRefusal) -> String {
    match &refusal.description {
        Some(description) => format!("{} ({description})", refusal.error),
        None => refusal.error.clone(),
    }
}

/// A response that is neither accepted nor refused.
fn unclear(name: &'static str, reply: Result<Reply, UnavailableCause>) -> Check {
    match reply {
        Ok(Reply::Unexpected(status)) => Check::failed(
            name,
            format!("Logto responded with status {status}, which is not an OAuth response"),
            "check that Logto itself responds at the tenant's endpoints, not a proxy",
        ),
        Ok(Reply::Refused(refusal)) => Check::failed(name, told(&refusal), LOOK_IN_LOGTO),
        Ok(Reply::Accepted) => Check::ok(name, "accepted"),
        Err(cause) => Check::failed(name, format!("Logto is unavailable: {}", cause.what()), cause.help()),
    }
}

fn redirect_uri(app_id: &str, uri: &str, reply: Result<Reply, UnavailableCause>) -> Check {
    const NAME: &str = "redirect_uri";
    match reply {
        Ok(Reply::Accepted) => Check::ok(NAME, format!("{uri} is registered")),
        Ok(Reply::Refused(refusal)) if refusal.error == "invalid_redirect_uri" => Check::failed(
            NAME,
            format!("{uri} is not registered for application `{app_id}`"),
            "add it to the redirect URIs on the application's page in Logto, character by character, or correct `public_url`, `prefix` or `callback_path`",
        ),
        other => unclear(NAME, other),
    }
}

fn post_sign_out_url(app_id: &str, url: &str, reply: Result<Option<Reply>, UnavailableCause>) -> Check {
    const NAME: &str = "post_sign_out_url";
    match reply {
        Ok(Some(Reply::Accepted)) => Check::ok(NAME, format!("{url} is registered")),
        Ok(Some(Reply::Refused(refusal))) if refusal.status == 400 => Check::failed(
            NAME,
            format!(
                "{url} is not registered for application `{app_id}`, so nobody can sign out: {}",
                told(&refusal)
            ),
            "add it to the post sign-out redirect URIs on the application's page in Logto, or correct `public_url`, `post_sign_out_url` or `post_sign_out_urls`",
        ),
        Ok(Some(reply)) => unclear(NAME, Ok(reply)),
        Ok(None) => Check::failed(
            NAME,
            "the discovery document names no end session endpoint",
            "check that `endpoint` is a Logto tenant",
        ),
        Err(cause) => unclear(NAME, Err(cause)),
    }
}

/// What a sign-in requests: the API resources, and the scopes of the settings.
async fn check_access(web_app: &WebApp, redirect_uri: &str, probe: &Probe, report: &mut DoctorReport) {
    let client_id = &web_app.0.config.app.id;
    let (scopes, resources) = (web_app.sign_in_scopes(), web_app.sign_in_resources());
    let reply = probe.authorize(client_id, redirect_uri, &scopes, &resources).await;
    match reply {
        Ok(Reply::Accepted) => report.extend(resources.iter().map(known)),
        // Which of them it is.
        Ok(Reply::Refused(refusal)) if refusal.error == "invalid_target" => {
            check_each(client_id, redirect_uri, &resources, probe, report).await;
        }
        Ok(Reply::Refused(refusal)) if refusal.error == "invalid_scope" => {
            let scope = refusal.scope.as_deref().unwrap_or("of the request");
            report.add(Check::failed(
                "scopes",
                format!("the scope `{scope}` is not enabled for application `{client_id}`, which is a third-party application"),
                "enable it among the permissions on the application's page in Logto, or remove it from `scopes`",
            ));
            // The refusal of a scope says nothing of the resources.
            check_each(client_id, redirect_uri, &resources, probe, report).await;
        }
        other => report.add(unclear(RESOURCES, other)),
    }
    let asked: Vec<&str> =
        web_app.0.config.scopes.iter().filter(|scope| !scope.starts_with("urn:logto:")).collect();
    if !resources.is_empty() || !asked.is_empty() {
        report.add(Check::not_checked(
            "scopes",
            "Logto ignores scopes that it does not know and grants the others by role, which only a sign-in shows",
            "sign in, and compare `scopes()` of an access token with the permissions in Logto; the guards name theirs in the access report at launch",
        ));
    }
    if scopes.contains(ORGANIZATIONS_SCOPE) {
        report.add(Check::not_checked(
            "organizations",
            "the sign-in requests organizations; their scopes depend on the user's roles in each of them",
            "sign in as a member of an organization, and look at `scopes()` of an organization token",
        ));
    }
}

/// Requests each resource alone, with the scope that every application has.
async fn check_each(
    client_id: &str,
    redirect_uri: &str,
    resources: &[ResourceIndicator],
    probe: &Probe,
    report: &mut DoctorReport,
) {
    for resource in resources {
        let only = std::slice::from_ref(resource);
        let reply = probe.authorize(client_id, redirect_uri, &Scopes::parse("openid"), only).await;
        report.add(resource_check(resource, reply));
    }
}

fn known(resource: &ResourceIndicator) -> Check {
    Check::ok(RESOURCES, format!("Logto knows {resource}"))
}

fn resource_check(resource: &ResourceIndicator, reply: Result<Reply, UnavailableCause>) -> Check {
    match reply {
        Ok(Reply::Accepted) => known(resource),
        Ok(Reply::Refused(refusal)) if refusal.error == "invalid_target" => Check::failed(
            RESOURCES,
            format!("Logto has no API resource {resource}: {}", told(&refusal)),
            "create it in Logto with exactly this identifier (a slash at the end counts), or correct `resources`",
        ),
        other => unclear(RESOURCES, other),
    }
}

fn refresh_token(config: &WebAppConfig) -> Check {
    const NAME: &str = "refresh_token";
    const SIGN_IN: &str = "sign in, and open a route with `#[with_access_token]` for an API resource; without a refresh token it leads back to the sign-in";
    if config.prompt.split(' ').any(|word| word == "consent") {
        Check::not_checked(
            NAME,
            format!(
                "the sign-in requests {OFFLINE_ACCESS} with prompt={}; whether Logto issues a refresh token shows at a sign-in",
                config.prompt
            ),
            SIGN_IN,
        )
    } else {
        Check::warning(
            NAME,
            format!(
                "the sign-in sends prompt={}, and without `consent` Logto drops {OFFLINE_ACCESS}",
                config.prompt
            ),
            "write prompt = \"login consent\", or switch on \"Always issue refresh token\" on the application's page in Logto",
        )
    }
}

/// The credentials of the machine-to-machine application, where they are of use.
async fn check_machine_app(
    logto: &Logto,
    probe: &Probe,
    report: &mut DoctorReport,
) -> Option<AppCredentials> {
    let app = logto.0.config.machine_app.as_ref()?;
    let expected = Expected {
        error: "invalid_target",
        setting: "machine_app_secret",
        kind: "a machine-to-machine application",
    };
    let reply = probe.client_credentials(app, None).await;
    let Credentials { check, .. } = credentials("machine_app", app, reply, &expected);
    let is_accepted = check.fix.is_none();
    report.add(check);
    is_accepted.then(|| app.clone())
}

/// An API alone has no sign-in that requests its resources. A machine-to-machine application can.
async fn check_resources_of_api(
    logto: &Logto,
    probe: &Probe,
    machine: Option<&AppCredentials>,
    report: &mut DoctorReport,
) {
    let Some(machine) = machine else {
        report.add(Check::not_checked(
            RESOURCES,
            "an API alone has no credentials to ask Logto about its API resources",
            "set machine_app_id and machine_app_secret while checking, or compare `resources` with the API resources in Logto",
        ));
        return;
    };
    for resource in &logto.0.config.resources {
        report.add(resource_check(resource, probe.client_credentials(machine, Some(resource)).await));
    }
}

async fn check_introspection(logto: &Logto, probe: &Probe, report: &mut DoctorReport) {
    const NAME: &str = "introspection";
    let Some(introspection) = &logto.0.config.introspection else { return };
    report.add(match probe.introspect(&introspection.app).await {
        Ok(Some(Reply::Accepted)) => Check::ok(NAME, "Logto introspects opaque tokens for this application"),
        Ok(Some(Reply::Refused(refusal))) => Check::failed(
            NAME,
            format!(
                "Logto refused `{}` at the introspection endpoint: {}",
                introspection.app.id,
                told(&refusal)
            ),
            "correct the credentials of this application in the settings",
        ),
        Ok(Some(reply)) => unclear(NAME, Ok(reply)),
        Ok(None) => Check::failed(
            NAME,
            "the discovery document names no introspection endpoint",
            "set introspection = false",
        ),
        Err(cause) => unclear(NAME, Err(cause)),
    });
}
