//! `GET /.well-known/oauth-protected-resource`: protected resource metadata (RFC 9728).

use rocket::{State, get, options};
use serde_json::json;

use super::Incoming;
use super::reply::Reply;
use crate::guard::ScopesInUse;

/// The metadata of the resource that this path belongs to. Other paths are forwarded.
///
/// The rank is low, because an application may have its own documents below this path.
#[get("/<_..>", rank = 20)]
pub(super) fn document(incoming: Incoming<'_>, scopes: &State<ScopesInUse>) -> Option<Reply> {
    let (logto, path) = (incoming.logto, incoming.request.uri().path());
    let published = logto.0.config.published.iter().find(|published| published.path == path.as_str())?;
    let mut document = json!({
        "resource": published.resource.as_str(),
        "authorization_servers": [logto.issuer()],
        "bearer_methods_supported": ["header"],
    });
    // RFC 9728 §3.2: empty members are omitted.
    let scopes = scopes.of(&published.resource);
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    Some(Reply::Public(document))
}

/// Clients in a browser send a custom header, so the browser sends a preflight first.
#[options("/<_..>", rank = 20)]
pub(super) fn preflight(_incoming: Incoming<'_>) -> Reply {
    Reply::Preflight
}
