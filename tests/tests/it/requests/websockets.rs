//! WebSocket handshakes: a page of another origin must not open one with somebody's session.

use logto_dev::Tenant;
use logto_dev::recorded::ALICE;
use logto_rocket::{Identity, Logto, MaybeUser, User, public, require_auth};
use logto_tests::{App, Ask, Bench, Browser, ORIGIN, settings};
use rocket::futures::{SinkExt, StreamExt};
use rocket::{get, routes};
use rocket_ws::{Channel, WebSocket};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

const TRUSTED: &str = "https://partner.example";

/// Says who is there, and then whatever it hears.
fn echo(who: String, ws: WebSocket) -> Channel<'static> {
    ws.channel(move |mut stream| {
        Box::pin(async move {
            stream.send(Message::Text(who)).await?;
            while let Some(message) = stream.next().await {
                let message = message?;
                if message.is_close() {
                    break;
                }
                stream.send(message).await?;
            }
            Ok(())
        })
    })
}

#[require_auth(via = "session")]
#[get("/messages")]
fn messages(ws: WebSocket, user: User) -> Channel<'static> {
    echo(user.subject().to_owned(), ws)
}

#[require_auth]
#[get("/notices")]
fn notices(ws: WebSocket, who: Identity) -> Channel<'static> {
    echo(who.subject().to_owned(), ws)
}

#[public]
#[get("/chat")]
fn chat(ws: WebSocket, user: MaybeUser) -> Channel<'static> {
    echo(user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned()), ws)
}

async fn serve() -> (Tenant, App) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = settings(&tenant).merge(("logto.trusted_origins", [TRUSTED]));
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(logto_rocket::Clock::new(move || clock.now()));
    let rocket = rocket::custom(figment).attach(fairing).mount("/", routes![messages, notices, chat]);
    let app = App::serve(rocket).await;
    (tenant, app)
}

/// A handshake as a browser's or a program's: the status it is refused with, or the open socket.
async fn connect(
    app: &App,
    browser: &Browser,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Result<WebSocketStream<TcpStream>, u16> {
    let mut request = format!("ws://localhost:8000{path}").into_client_request().unwrap();
    if let Some(cookies) = browser.jar.header() {
        request.headers_mut().insert("cookie", HeaderValue::from_str(&cookies).unwrap());
    }
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let stream = TcpStream::connect(app.address()).await.unwrap();
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{path}: {error}"),
    }
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap()
}

/// `Origin`, `Sec-Fetch-Site`, and whether the session counts.
const HANDSHAKES: &[(Option<&str>, Option<&str>, bool)] = &[
    (Some(ORIGIN), None, true),
    (Some(ORIGIN), Some("same-origin"), true),
    // No browser: a program that has the cookie.
    (None, None, true),
    (Some(TRUSTED), None, true),
    (Some(TRUSTED), Some("cross-site"), true),
    (Some("http://localhost:9000"), None, false),
    (Some("http://localhost:9000"), Some("same-site"), false),
    (Some("http://evil.localhost:8000"), None, false),
    (Some("https://localhost:8000"), None, false),
    (Some("https://evil.example"), None, false),
    (Some("https://evil.example"), Some("cross-site"), false),
    (Some("null"), None, false),
    (None, Some("same-site"), false),
];

#[rocket::async_test]
async fn field_02_a_handshake_of_another_origin_opens_no_socket() {
    let (tenant, app) = serve().await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    for (origin, site, allowed) in HANDSHAKES {
        let mut headers: Vec<(&'static str, &str)> = Vec::new();
        headers.extend(origin.map(|origin| ("origin", origin)));
        headers.extend(site.map(|site| ("sec-fetch-site", site)));
        for path in ["/messages", "/notices"] {
            match connect(&app, &alice, path, &headers).await {
                Ok(mut socket) => {
                    assert!(*allowed, "{path} {headers:?}");
                    assert_eq!(hear(&mut socket).await, ALICE, "{path} {headers:?}");
                    socket.send(Message::Text("tea".to_owned())).await.unwrap();
                    assert_eq!(hear(&mut socket).await, "tea", "{path} {headers:?}");
                }
                Err(status) => {
                    assert!(!*allowed, "{path} {headers:?}: {status}");
                    assert_eq!(status, 403, "{path} {headers:?}");
                }
            }
        }
        let mut socket = connect(&app, &alice, "/chat", &headers).await.unwrap();
        let expected = if *allowed { ALICE } else { "nobody" };
        assert_eq!(hear(&mut socket).await, expected, "/chat {headers:?}");
    }
}

#[rocket::async_test]
async fn field_02_a_handshake_without_a_session_is_refused() {
    let (_tenant, app) = serve().await;
    let nobody = Browser::new(&app);
    assert_eq!(connect(&app, &nobody, "/messages", &[("origin", ORIGIN)]).await.err(), Some(401));
    let mut socket = connect(&app, &nobody, "/chat", &[("origin", ORIGIN)]).await.unwrap();
    assert_eq!(hear(&mut socket).await, "nobody");
}

/// Whatever says that the connection is to become another one, alone and misspelt.
#[rocket::async_test]
async fn field_02_every_sign_of_a_handshake_counts() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.trusted_origins", [TRUSTED]))).await;
    let mut alice = bench.signed_in("alice").await;
    for (name, value) in [
        ("upgrade", "websocket"),
        ("upgrade", "WebSocket"),
        ("upgrade", "something-else"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("sec-fetch-mode", "websocket"),
        ("sec-fetch-dest", "websocket"),
    ] {
        for (origin, allowed) in [
            (Some("http://localhost:9000"), false),
            (Some(ORIGIN), true),
            (Some(TRUSTED), true),
            (None, true),
        ] {
            let ask = |path: &str| {
                let ask = Ask::get(path).header(name, value);
                match origin {
                    Some(origin) => ask.header("origin", origin),
                    None => ask,
                }
            };
            let answer = alice.send(ask("/known")).await;
            let case = format!("{name}: {value} of {origin:?}");
            if allowed {
                assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{case}");
            } else {
                assert_eq!((answer.status, answer.code().as_str()), (403, "cross_site_request"), "{case}");
            }
            let expected = if allowed { ALICE } else { "nobody" };
            assert_eq!(alice.send(ask("/open")).await.body, expected, "{case}");
            let told = alice.send(ask("/logto/user")).await.json();
            assert_eq!(told["isAuthenticated"], allowed, "{case}");
        }
    }
    // What is no handshake is read as before.
    let insecure =
        Ask::get("/known").header("upgrade-insecure-requests", "1").header("origin", "https://evil.example");
    assert_eq!(alice.send(insecure).await.status, 200);
    // Behind a proxy that says it of every request, a link from another site still finds the person signed in.
    let link = Ask::get("/known")
        .header("connection", "upgrade")
        .header("accept", "text/html")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(alice.send(link).await.status, 200);
    let kept = Ask::get("/known").header("connection", "keep-alive").header("origin", "https://evil.example");
    assert_eq!(alice.send(kept).await.status, 200);
}
