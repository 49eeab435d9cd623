//! `GET /.well-known/oauth-protected-resource`: what a client must know to get a token (RFC 9728).

use rocket::{State, get, options};
use serde_json::json;

use super::Incoming;
use super::reply::Reply;
use crate::guard::ScopesInUse;

/// The metadata of the resource that this path is derived from; behind another path there is none.
///
/// Behind all other routes: an application may have a document of its own below this path.
#[get("/<_..>", rank = 20)]
pub(super) fn document(incoming: Incoming<'_>, scopes: &State<ScopesInUse>) -> Option<Reply> {
    let (logto, path) = (incoming.logto, incoming.request.uri().path());
    let published = logto.0.config.published.iter().find(|published| published.path == path.as_str())?;
    let mut document = json!({
        "resource": published.resource.as_str(),
        "authorization_servers": [logto.issuer()],
        "bearer_methods_supported": ["header"],
    });
    // RFC 9728 §3.2: what would be empty is left out.
    let scopes = scopes.of(&published.resource);
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    Some(Reply::Public(document))
}

/// Clients in a browser send a header of their own with the question, so the browser asks first.
#[options("/<_..>", rank = 20)]
pub(super) fn preflight(_incoming: Incoming<'_>) -> Reply {
    Reply::Preflight
}
