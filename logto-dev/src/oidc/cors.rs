//! CORS, open for keys and metadata and mirroring the origin for the token endpoints; and the security headers.

use crate::Endpoint;
use crate::http::{Request, Response};
use crate::model::Application;
use crate::oidc::error::Refusal;

/// The response to a preflight request, if this is one.
pub(crate) fn preflight(request: &Request) -> Option<Response> {
    let asked = request.header("access-control-request-method")?;
    let methods = methods(request)?;
    if request.method != "OPTIONS" || !methods.split(',').any(|method| method == asked) {
        return None;
    }
    let origin = request.header("origin")?;
    let headers = request.header("access-control-request-headers").unwrap_or_default();
    let preflight = Response::new(204)
        .header("access-control-allow-origin", origin)
        .header("access-control-allow-methods", methods)
        .header("access-control-allow-headers", headers)
        .header("access-control-max-age", "3600")
        .header("vary", "Accept-Encoding, Origin");
    Some(SECURITY.into_iter().fold(preflight, |preflight, (name, value)| preflight.header(name, value)))
}

/// Adds the headers of Logto's security middleware to every response, and CORS headers if
/// the endpoint supports them.
pub(crate) fn decorate(request: &Request, response: Response) -> Response {
    let origin = request.header("origin").unwrap_or("*");
    let endpoint = Endpoint::of(&request.path);
    let response =
        SECURITY.into_iter().fold(response, |response, (name, value)| response.header(name, value));
    if !takes(request) {
        let vary =
            if request.path.starts_with("/api/") { "Accept-Encoding, Origin" } else { "Accept-Encoding" };
        return response.header("vary", vary);
    }
    let response = response.header("vary", "Accept-Encoding, Origin");
    if endpoint == Some(Endpoint::AccountApi) {
        return response
            .header("access-control-allow-origin", origin)
            .header("access-control-expose-headers", "*");
    }
    if matches!(endpoint, Some(Endpoint::Discovery | Endpoint::Jwks)) {
        return response.header("access-control-allow-origin", origin);
    }
    let refused = String::from_utf8_lossy(&response.body).contains("not allowed for client");
    let exposed = response.header("access-control-expose-headers", "WWW-Authenticate");
    if refused { exposed } else { exposed.header("access-control-allow-origin", origin) }
}

const SECURITY: [(&str, &str); 9] = [
    ("cross-origin-resource-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("strict-transport-security", "max-age=15552000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-download-options", "noopen"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-permitted-cross-domain-policies", "none"),
    ("x-xss-protection", "0"),
];

/// Refuses a request whose `Origin` is not one of the application's.
pub(crate) fn check_origin(request: &Request, client: &Application) -> Result<(), Refusal> {
    let Some(origin) = request.header("origin") else { return Ok(()) };
    let own = client
        .redirect_uris
        .iter()
        .any(|uri| url::Url::parse(uri).is_ok_and(|uri| uri.origin().ascii_serialization() == origin));
    if own {
        return Ok(());
    }
    let client_id = &client.client_id;
    Err(Refusal::invalid_request(format!("origin {origin} not allowed for client: {client_id}")))
}

/// Whether the endpoint accepts cross-origin requests.
fn takes(request: &Request) -> bool {
    if Endpoint::of(&request.path) == Some(Endpoint::AccountApi) {
        return true;
    }
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    methods(request).is_some_and(|methods| methods.split(',').any(|known| known == method))
}

fn methods(request: &Request) -> Option<&'static str> {
    match Endpoint::of(&request.path)? {
        Endpoint::Discovery | Endpoint::Jwks => Some("GET"),
        Endpoint::UserInfo => Some("GET,POST"),
        Endpoint::Token | Endpoint::Revocation | Endpoint::Introspection | Endpoint::PushedAuthorization => {
            Some("POST")
        }
        Endpoint::AccountApi => Some("GET,POST,PUT,PATCH,DELETE"),
        _ => None,
    }
}
