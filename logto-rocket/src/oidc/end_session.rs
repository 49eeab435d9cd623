//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

use url::Url;

use super::metadata::Metadata;
use crate::config::WebAppConfig;

/// Where a browser goes to end its session at Logto, and with all of its applications.
///
/// `client_id` instead of `id_token_hint`: Logto answers a hint that was signed by a withdrawn key
/// with an error page and does not sign out; with the client id this cannot happen.
///
/// Logto sends the browser on to `return_to`, which must be registered there, with `state` as it was sent.
pub(crate) fn end_session_url(
    config: &WebAppConfig,
    metadata: &Metadata,
    return_to: &str,
    state: Option<&str>,
) -> Option<Url> {
    let mut url = metadata.end_session_endpoint.clone()?;
    url.query_pairs_mut()
        .append_pair("client_id", &config.app.id)
        .append_pair("post_logout_redirect_uri", return_to)
        .extend_pairs(state.map(|state| ("state", state)));
    Some(url)
}
