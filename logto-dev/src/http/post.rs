//! Requests that the tenant sends.

use std::io;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Position, Url};

use super::body::FormBody;

/// How long Logto waits for the response to a logout token.
const LOGOUT_TIMEOUT: Duration = Duration::from_millis(2500);

/// How long the tenant waits for the body of a response.
const BODY_TIMEOUT: Duration = Duration::from_millis(250);
/// How much of the body of a response is kept.
const KEPT_BODY: usize = 2 << 10;

/// A request to post.
pub(crate) struct Post {
    pub(crate) content_type: &'static str,
    pub(crate) user_agent: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Posts a form as Logto posts a logout token: without a user agent, with a short timeout.
pub(crate) async fn post_form(url: &Url, form: String) -> io::Result<(u16, String)> {
    let call = Post {
        content_type: "application/x-www-form-urlencoded",
        user_agent: "",
        headers: Vec::new(),
        body: form,
    };
    post(url, call, LOGOUT_TIMEOUT).await
}

/// Posts over plain HTTP and returns the status of the response, with the beginning of its body.
pub(crate) async fn post(url: &Url, call: Post, timeout: Duration) -> io::Result<(u16, String)> {
    tokio::time::timeout(timeout, send(url, call))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn send(url: &Url, call: Post) -> io::Result<(u16, String)> {
    if url.scheme() != "http" {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "the tenant posts only over plain http"));
    }
    let host = url.host_str().ok_or(io::ErrorKind::InvalidInput)?;
    let port = url.port_or_known_default().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let mut request = hyper::Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header("host", &url[Position::BeforeHost..Position::AfterPort])
        .header("content-type", call.content_type)
        // The headers that Node.js adds to every request.
        .header("accept", "*/*")
        .header("accept-language", "*")
        .header("sec-fetch-mode", "cors")
        .header("accept-encoding", "gzip, deflate")
        .header("user-agent", call.user_agent);
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    let request = request.body(FormBody(Some(Bytes::from(call.body)))).map_err(io::Error::other)?;
    let exchange = async move {
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        Ok((response.status().as_u16(), beginning_of(response.into_body()).await))
    };
    // The connection closes when the exchange has dropped it.
    let (answer, _) = tokio::join!(exchange, connection);
    answer
}

/// The beginning of a body as text, as far as it arrives at once: only the status decides, and Logto waits for nothing
/// more.
async fn beginning_of(mut body: impl Body<Data = Bytes> + Unpin) -> String {
    let mut kept = Vec::new();
    let read = async {
        while kept.len() < KEPT_BODY {
            let Some(Ok(frame)) = body.frame().await else { break };
            kept.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
    };
    // What has arrived by then is kept.
    let _ = tokio::time::timeout(BODY_TIMEOUT, read).await;
    kept.truncate(KEPT_BODY);
    String::from_utf8_lossy(&kept).into_owned()
}
