//! Cross-origin answers: open for keys and metadata, mirrored for the token endpoints.

use crate::Endpoint;
use crate::http::{Request, Response};
use crate::model::Application;
use crate::oidc::error::Refusal;

/// The answer to a preflight request, if this is one.
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
    Some(preflight)
}

pub(crate) fn decorate(request: &Request, response: Response) -> Response {
    let origin = request.header("origin");
    match Endpoint::of(&request.path) {
        Some(Endpoint::Discovery | Endpoint::Jwks) => response
            .header("access-control-allow-origin", origin.unwrap_or("*"))
            .header("vary", "Accept-Encoding, Origin"),
        Some(Endpoint::Token | Endpoint::UserInfo | Endpoint::Revocation) => {
            let Some(origin) = origin else { return response };
            let refused = String::from_utf8_lossy(&response.body).contains("not allowed for client");
            let exposed = response
                .header("access-control-expose-headers", "WWW-Authenticate")
                .header("vary", "Accept-Encoding, Origin");
            if refused { exposed } else { exposed.header("access-control-allow-origin", origin) }
        }
        _ => response,
    }
}

/// A request with an `Origin` that is none of the application's is refused, however valid it is otherwise.
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

fn methods(request: &Request) -> Option<&'static str> {
    match Endpoint::of(&request.path)? {
        Endpoint::Discovery | Endpoint::Jwks => Some("GET"),
        Endpoint::UserInfo => Some("GET,POST"),
        Endpoint::Token | Endpoint::Revocation => Some("POST"),
        _ => None,
    }
}
