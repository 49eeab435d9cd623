//! The path below which the shop lives, as in `public_url = "https://example.com/shop"`.

use reqwest::Url;
use rocket::Request;
use rocket::figment::Figment;
use rocket::response::Redirect;

/// The path of `public_url`, without a slash at its end: empty for a shop at the root of its host.
#[derive(Debug)]
pub(crate) struct BasePath {
    /// What links in pages begin with.
    pub(crate) public: String,
    /// Where the routes are mounted.
    pub(crate) mount_point: String,
}

impl BasePath {
    /// Leads to a path of the shop.
    pub(crate) fn redirect(&self, path: &str) -> Redirect {
        Redirect::to(format!("{}{path}", self.public))
    }

    /// The address of the partner's API: the shop's own, on this machine.
    pub(crate) fn partner(&self, port: u16) -> String {
        format!("http://127.0.0.1:{port}{}", self.mount_point)
    }

    /// What links begin with, for responders and catchers.
    pub(crate) fn in_links<'r>(request: &'r Request<'_>) -> &'r str {
        request.rocket().state::<BasePath>().map_or("", |base| base.public.as_str())
    }

    /// A setting that cannot be read counts as missing. `Logto::fairing()` reports it and refuses to launch.
    pub(crate) fn of(figment: &Figment) -> Self {
        let url: Option<String> = figment.extract_inner("logto.public_url").ok();
        let url = url.and_then(|url| Url::parse(&url).ok());
        let public = url.map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        let is_stripped = figment.extract_inner("logto.proxy_strips_path").unwrap_or(false);
        let mount_point = if is_stripped || public.is_empty() { "/".to_owned() } else { public.clone() };
        BasePath { public, mount_point }
    }
}
