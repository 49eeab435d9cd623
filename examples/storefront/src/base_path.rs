//! The path below which the shop lives, as in `public_url = "https://example.com/shop"`.

use std::io::Cursor;

use reqwest::Url;
use rocket::Request;
use rocket::figment::Figment;
use rocket::response::Redirect;

/// The path of `public_url`, without a slash at its end: empty for a shop at the root of its host.
#[derive(Debug)]
pub(crate) struct BasePath {
    /// What links in pages begin with.
    public: String,
    /// Where the routes are mounted.
    pub(crate) mount_point: String,
}

impl BasePath {
    /// Leads to a path of the shop.
    pub(crate) fn redirect(&self, path: &str) -> Redirect {
        Redirect::to(format!("{}{path}", self.public))
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

    /// Puts the path before the links of a page, apart from those that have it: the pages of `logto_rocket` do.
    fn put_before_links(&self, page: &str) -> String {
        let mut changed = page.to_owned();
        for attribute in ["href", "action"] {
            let (root, ours) = (format!("{attribute}=\"/"), format!("{attribute}=\"{}/", self.public));
            changed = changed.replace(&ours, &root).replace(&root, &ours);
        }
        changed
    }
}

/// The pages and redirects are written for a shop at the root. An application with a template engine would have a helper
/// for links.
pub(crate) fn links() -> AdHoc {
    AdHoc::on_response("Links below the path of the shop", |request, response| {
        Box::pin(write_links(request, response))
    })
}

async fn write_links<'r>(request: &'r Request<'_>, response: &mut Response<'r>) {
    let Some(base) = request.rocket().state::<BasePath>().filter(|base| !base.public.is_empty()) else {
        return;
    };
    // Redirects of Rocket's own lead to paths in Rocket.
    let location = response.headers().get_one("Location").filter(|path| path.starts_with('/'));
    if let Some(path) = location.filter(|path| !path.starts_with(&format!("{}/", base.public))) {
        let path = format!("{}{path}", base.public);
        response.set_raw_header("Location", path);
    }
    if response.content_type() != Some(ContentType::HTML) {
        return;
    }
    if let Ok(page) = response.body_mut().to_string().await {
        let page = base.put_before_links(&page);
        response.set_sized_body(page.len(), Cursor::new(page));
    }
}
