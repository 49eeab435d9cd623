//! Who may use the pages: only this machine's own browser, from the pages themselves.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::http::{Params, Request};

/// Whether the `Host` is a name of this machine. A page from elsewhere that reaches the tenant through DNS rebinding
/// sends the name of its own server.
pub(super) fn is_for_this_machine(request: &Request) -> bool {
    let mut hosts = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    match (hosts.next(), hosts.next()) {
        (Some((_, host)), None) => is_local(host),
        _ => false,
    }
}

fn is_local(host: &str) -> bool {
    if host.contains(['/', '?', '#', '@', '\\']) {
        return false;
    }
    let url = Url::parse(&format!("http://{host}/"));
    match url.as_ref().ok().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

/// Why a form is refused: it must come from a page of the same origin, with the token that only these pages have.
pub(super) fn refusal(request: &Request, form: &Params, form_token: &str) -> Option<&'static str> {
    if request.content_type() != Some("application/x-www-form-urlencoded") {
        return Some(
            "The request is not a form: its content type must be application/x-www-form-urlencoded.",
        );
    }
    let site = request.header("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin") {
        return Some("The form comes from a page of another origin: use the forms of these pages.");
    }
    let own = request.header("host").map(|host| format!("http://{host}"));
    match request.header("origin") {
        Some(origin) if Some(origin) != own.as_deref() => {
            return Some("The form comes from a page of another origin: use the forms of these pages.");
        }
        None if site.is_none() => {
            return Some(
                "The form does not say where it comes from: send an Origin header with the tenant's address.",
            );
        }
        _ => {}
    }
    let sent = form.get("form_token").unwrap_or_default();
    let equal = aws_lc_rs::constant_time::verify_slices_are_equal(sent.as_bytes(), form_token.as_bytes());
    equal
        .is_err()
        .then_some("The form is from before the last start of the tenant: reload the page and send it again.")
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in [
            "localhost",
            "localhost:3001",
            "LOCALHOST:80",
            "app.localhost:3001",
            "127.0.0.1:1",
            "127.1.2.3",
            "[::1]:3001",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            ":3001",
            "evil.example",
            "evil.example:3001",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "0.0.0.0",
            "192.168.0.1",
            "[::]",
            "localhost@evil.example",
            "evil.example/localhost",
            "evil.example#.localhost",
            "evil.example\\.localhost",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
