//! An application on a real socket.

use std::net::SocketAddr;

use logto_dev::Tenant;
use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Config, Rocket, Shutdown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Where the applications under test believe to live: the address that the recorded tenant knows of.
pub const ORIGIN: &str = "http://localhost:8000";

/// Rocket's own settings for a test.
pub fn rocket_settings() -> Figment {
    Figment::from(Config::debug_default())
        .merge(("address", "127.0.0.1"))
        .merge(("port", 0))
        .merge(("log_level", "off"))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.grace", 0))
        .merge(("shutdown.mercy", 0))
}

/// Rocket's settings for a test, and `logto`'s for `tenant`: the recorded application, its one API.
pub fn settings(tenant: &Tenant) -> Figment {
    rocket_settings()
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.app_id", ROCKET_APP.id))
        .merge(("logto.app_secret", ROCKET_APP.secret))
        .merge(("logto.public_url", ORIGIN))
        .merge(("logto.resources", [SHOPPING_API]))
        .merge(("logto.session_store", session_store()))
}

/// Where the applications under test keep their sessions: `cookie`, unless `TEST_SESSION_STORE` says `memory`.
pub fn session_store() -> String {
    std::env::var("TEST_SESSION_STORE").unwrap_or_else(|_| "cookie".to_owned())
}

/// An application that is being served. Dropping it stops it.
#[derive(Debug)]
pub struct App {
    address: SocketAddr,
    shutdown: Shutdown,
    pub(crate) client: reqwest::Client,
}

impl App {
    /// Launches an application; panics if it does not.
    pub async fn serve(rocket: Rocket<Build>) -> App {
        let (tell, told) = oneshot::channel();
        let announce = AdHoc::on_liftoff("tell the port", |rocket| {
            let config = rocket.config();
            let _ = tell.send(SocketAddr::from((config.address, config.port)));
            Box::pin(async {})
        });
        let rocket = rocket.attach(announce).ignite().await.expect("the application ignites");
        let shutdown = rocket.shutdown();
        tokio::spawn(rocket.launch());
        let address = told.await.expect("the application lifts off");
        App { address, shutdown, client: http_client() }
    }

    /// Where it really listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends `request` as it stands and returns all that comes back: for what no HTTP client would send.
    pub async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(request).await.expect("the request is taken");
        let mut answer = Vec::new();
        // A server that refuses a request may reset the connection: what came until then is the answer.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends a part of a request whose rest never comes, and returns what comes back until the answer's end.
    pub async fn raw_part(&self, part: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(part).await.expect("the part is taken");
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
            // The library's own answers are one small JSON object.
            if answer.ends_with(b"}") {
                break;
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends `GET path` with further header lines, each with its line end, as they stand.
    pub async fn raw_get(&self, path: &str, headers: &str) -> String {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: localhost:8000\r\nconnection: close\r\n{headers}\r\n");
        self.raw(head.as_bytes()).await
    }
}

/// A client that follows no redirect by itself.
pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client")
}

impl Drop for App {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}
