//! Which of the application's origins a request came to.

use super::request_view::RequestView;
use crate::config::{PublicOrigin, WebAppConfig};

/// What a request says about the origin that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestedOrigin<'c> {
    /// Its `Host` is that of one of the application's origins.
    Ours(&'c PublicOrigin),
    /// Its `Host` is another one, or it has several.
    Other,
    /// It has no `Host`, as in HTTP/1.0.
    Unsaid,
}

impl<'c> RequestedOrigin<'c> {
    /// Only `Host`, or `:authority`, counts. Anybody can send `Forwarded` and the `X-Forwarded-*` headers, and a proxy
    /// passes them on. `Host` can be invented too, so nothing of it is used except which origin of the settings it is.
    pub(crate) fn of(request: &(impl RequestView + ?Sized), config: &'c WebAppConfig) -> Self {
        let mut headers = request.headers().get("Host");
        let found = match (headers.next(), headers.next()) {
            (Some(host), None) => origin_of(host, config),
            (Some(_), Some(_)) => None,
            (None, _) => match request.host() {
                Some(host) => origin_of(&host.to_string(), config),
                None => return RequestedOrigin::Unsaid,
            },
        };
        found.map_or(RequestedOrigin::Other, RequestedOrigin::Ours)
    }
}

fn origin_of<'c>(host: &str, config: &'c WebAppConfig) -> Option<&'c PublicOrigin> {
    config.public.origins().find(|origin| origin.is_host(host))
}

/// The origin that a request belongs to. The main one, if the request names none of ours: a proxy may have replaced
/// `Host`.
pub(crate) fn requested_origin<'c>(
    request: &(impl RequestView + ?Sized),
    config: &'c WebAppConfig,
) -> &'c PublicOrigin {
    if config.public.is_single() {
        return config.public.main();
    }
    match RequestedOrigin::of(request, config) {
        RequestedOrigin::Ours(origin) => origin,
        RequestedOrigin::Other | RequestedOrigin::Unsaid => config.public.main(),
    }
}
