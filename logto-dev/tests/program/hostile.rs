//! Requests that the pages do not accept.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use reqwest::RequestBuilder;
use url::Url;

use crate::running::{EXAMPLE, Program};
use crate::visitor::{Visitor, http};

/// The response to a request with this `Host`, or without one.
fn with_host(program: &Program, path: &str, host: &[&str]) -> String {
    let port = Url::parse(&program.endpoint).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let hosts: String = host.iter().map(|host| format!("Host: {host}\r\n")).collect();
    write!(stream, "GET {path} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn a_name_of_another_machine_gets_nothing() {
    let program = Program::start(EXAMPLE);
    let paths = ["/dev/", "/dev/tokens", "/oidc/.well-known/openid-configuration", "/sign-in", "/"];
    for path in paths {
        for host in [
            &["evil.example"][..],
            &["localhost.evil.example:3001"],
            &["192.168.0.7"],
            &[],
            &["localhost", "evil.example"],
        ] {
            let response = with_host(&program, path, host);
            assert!(
                response.starts_with("HTTP/1.1 421 ") || response.starts_with("HTTP/1.1 400 "),
                "{host:?}: {response}"
            );
            assert!(!response.contains("name=\"form_token\""), "{response}");
        }
    }
    for host in ["localhost:3001", "127.0.0.1:3001", "[::1]:3001", "shop.localhost"] {
        let response = with_host(&program, "/dev/", &[host]);
        assert!(response.starts_with("HTTP/1.1 200 "), "{host}: {response}");
    }
}

#[tokio::test]
async fn forms_of_other_origins_and_without_token_do_nothing() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let token = visitor.form_token("/dev/keys").await;
    let keys = visitor.json("/oidc/jwks").await;
    let form = |token: &str| [("form_token", token.to_owned()), ("form", "rotate".to_owned())];
    let post = || http().post(program.url("/dev/keys"));
    let own = program.endpoint.as_str();
    let by_address = own.replace("localhost", "127.0.0.1");
    let refused: Vec<(&str, RequestBuilder)> = vec![
        ("no origin", post().form(&form(&token))),
        ("another origin", post().header("origin", "http://evil.example").form(&form(&token))),
        ("the origin null", post().header("origin", "null").form(&form(&token))),
        ("another name of this machine", post().header("origin", &by_address).form(&form(&token))),
        ("another port", post().header("origin", "http://localhost:1").form(&form(&token))),
        (
            "cross-site",
            post().header("sec-fetch-site", "cross-site").header("origin", own).form(&form(&token)),
        ),
        ("same-site", post().header("sec-fetch-site", "same-site").form(&form(&token))),
        ("typed in", post().header("sec-fetch-site", "none").form(&form(&token))),
        ("no token", post().header("origin", own).form(&[("form", "rotate")])),
        ("an empty token", post().header("origin", own).form(&form(""))),
        ("another token", post().header("origin", own).form(&form(&format!("{token}x")))),
        ("JSON", {
            let body = format!("{{\"form_token\":\"{token}\",\"form\":\"rotate\"}}");
            post().header("origin", own).header("content-type", "application/json").body(body)
        }),
        ("plain text", {
            let body = format!("form_token={token}&form=rotate");
            post().header("origin", own).header("content-type", "text/plain").body(body)
        }),
    ];
    for (name, request) in refused {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 403, "{name}");
        assert!(!response.text().await.unwrap().contains(&token), "{name}");
    }
    assert_eq!(visitor.json("/oidc/jwks").await, keys);
    let sent = post().header("origin", own).form(&form(&token)).send().await.unwrap();
    assert_eq!(sent.status(), 303);
    assert_ne!(visitor.json("/oidc/jwks").await, keys);
}

#[tokio::test]
async fn pages_cannot_be_framed_read_or_kept() {
    let program = Program::start(EXAMPLE);
    let response =
        http().get(program.url("/dev/")).header("origin", "http://evil.example").send().await.unwrap();
    let headers = response.headers();
    assert!(headers.get("access-control-allow-origin").is_none());
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("script-src"), "the pages have no script: {policy}");
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let request = http().request(method.parse().unwrap(), program.url("/dev/keys"));
        assert_eq!(request.send().await.unwrap().status(), 405, "{method}");
    }
    assert_eq!(http().get(program.url("/dev/nowhere")).send().await.unwrap().status(), 404);
    for path in ["/", "/dev"] {
        let response = http().get(program.url(path)).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (302, &"/dev/".parse().unwrap())
        );
    }
    assert_eq!(http().get(program.url("/device")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn what_a_file_says_is_text_on_the_pages() {
    let script = "<script>alert(1)</script>";
    let file =
        EXAMPLE.replace("Alice Example", script).replace("name = \"Acme\"", &format!("name = \"{script}\""));
    let program = Program::start(&file.replace("My application", script));
    let visitor = Visitor::new(&program);
    for path in ["/dev/", "/dev/people", "/dev/tokens", "/dev/messages"] {
        let page = visitor.page(path).await;
        assert!(!page.contains("<script"), "{path}");
    }
}
