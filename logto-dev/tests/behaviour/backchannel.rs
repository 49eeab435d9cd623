//! Back-channel logout.

use std::sync::mpsc;

use logto_dev::recorded::Credentials;
use logto_dev::{Application, Error, Issue, Tenant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::app::{App, CALLBACK, decoded, text};

const CLIENT: Credentials = Credentials { id: "told", secret: "secret" };

/// An application with a back-channel logout endpoint, and the logout tokens that it receives.
async fn app() -> (App, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://127.0.0.1:{}/logout", listener.local_addr().unwrap().port());
    let (sender, logout_tokens) = mpsc::channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = String::new();
            while !request.contains("logout_token=") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).await.unwrap();
                request += &String::from_utf8_lossy(&part[..read]);
            }
            let _ = sender.send(request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let application = Application::traditional(CLIENT.id)
        .secret(CLIENT.secret)
        .redirect_uri(CALLBACK)
        .post_logout_redirect_uri("http://localhost:8000/")
        .backchannel_logout_uri(uri, true);
    (App::with(Tenant::recorded().application(application), CLIENT).await, logout_tokens)
}

#[tokio::test]
async fn signing_out_posts_a_logout_token_with_the_sid_of_the_id_token() {
    let (app, logout_tokens) = app().await;
    let mut browser = app.tenant.browser();
    let callback = browser.sign_in(app.authorization(&[]), "alice").await.unwrap();
    let (_, tokens) = app.redeem(&callback).await;
    let (_, id) = decoded(&text(&tokens, "id_token"));
    let end = format!("{}/oidc/session/end?client_id={}", app.tenant.endpoint(), CLIENT.id);
    browser.sign_out(end).await.unwrap();
    let request = logout_tokens.try_recv().unwrap();
    assert!(request.starts_with("POST /logout HTTP/1.1\r\n"), "{request}");
    let token = request.split_once("logout_token=").unwrap().1;
    let (header, claims) = decoded(token);
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!((&claims["sub"], &claims["sid"], &claims["aud"]), (&id["sub"], &id["sid"], &id["aud"]));
    assert!(claims["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(claims.get("nonce").is_none());
    let deliveries = app.tenant.logout_deliveries();
    assert_eq!((deliveries.len(), deliveries[0].status.clone()), (1, Ok(200)));
}

#[tokio::test]
async fn any_logout_token_can_be_sent() {
    let (app, logout_tokens) = app().await;
    let bad = app.tenant.logout_token(Issue::user("alice").client(CLIENT.id).claim("nonce", "n")).unwrap();
    assert_eq!(app.tenant.send_logout_token(CLIENT.id, bad.clone()).await.unwrap(), 200);
    assert!(logout_tokens.try_recv().unwrap().contains(&bad));
    let unknown = app.tenant.send_logout_token("nope", bad).await;
    assert!(matches!(unknown, Err(Error::Unknown { .. })));
}

#[tokio::test]
async fn suspension_sends_no_logout_token() {
    let (app, logout_tokens) = app().await;
    app.tenant.sign_in(app.authorization(&[]), "alice").await.unwrap();
    app.tenant.users().suspend("alice").unwrap();
    assert!(logout_tokens.try_recv().is_err());
    assert!(app.tenant.logout_deliveries().is_empty());
}
