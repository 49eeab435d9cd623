//! The server, which has its own thread and runtime, so that the tenant does not depend on the caller's
//! runtime and frees its port when it is dropped.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::body::WireBody;
use super::{Params, Request, Response, http_date};
use crate::faults::Fate;
use crate::shared::Shared;
use crate::{Error, Result, dev, random, webhooks};

const LARGEST_BODY: usize = 1 << 20;
/// Logto closes an idle connection after five seconds.
const IDLE: Duration = Duration::from_secs(5);

/// A running server. Dropping it stops it and waits until its port is free.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    runtime: Handle,
}

impl Server {
    /// Binds the given port, or a free one. Returns where it listens.
    pub(crate) fn bind(address: IpAddr, port: Option<u16>) -> Result<(StdListener, SocketAddr)> {
        let address = SocketAddr::from((address, port.unwrap_or(0)));
        let listener = StdListener::bind(address).map_err(|error| match (error.kind(), port) {
            (io::ErrorKind::AddrInUse, Some(port)) => Error::PortTaken(port),
            _ => Error::Start(error),
        })?;
        listener.set_nonblocking(true).map_err(Error::Start)?;
        let listens_on = listener.local_addr().map_err(Error::Start)?;
        Ok((listener, listens_on))
    }

    pub(crate) fn start(listener: StdListener, shared: Arc<Shared>) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            let local = tokio::task::LocalSet::new();
            local.spawn_local(accept(listener, shared));
            local.block_on(&runtime, async {
                // The server ends when it gets the message or the sender is dropped.
                let _ = stopped.await;
            });
            drop(local);
            runtime.shutdown_background();
        };
        let thread = Builder::new().name("logto-dev".into()).spawn(serve).map_err(Error::Start)?;
        Ok(Self { stop: Some(stop), thread: Some(thread), runtime: handle })
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: StdListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        // A connection that fails while it is queued does not affect the next one.
        if let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::task::spawn_local(serve_connection(stream, Arc::clone(&shared)));
        }
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    let reset = Rc::new(Cell::new(false));
    let service = service_fn(|request| Box::pin(answer(request, Arc::clone(&shared), Rc::clone(&reset))));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    if reset.get() {
        let stream = connection.into_parts().io.into_inner();
        // With a linger time of zero, closing the socket sends a reset instead of an orderly shutdown.
        let _ = stream.set_zero_linger();
    }
}

async fn answer(
    incoming: hyper::Request<Incoming>,
    shared: Arc<Shared>,
    reset: Rc<Cell<bool>>,
) -> Result<hyper::Response<WireBody>, io::Error> {
    let Some(request) = read(incoming).await else {
        return write(Response::text(413, "Payload Too Large"), &shared, WireBody::whole);
    };
    if let Some(response) = dev::answer(&shared, &Handle::current(), &request).await {
        return write(response, &shared, WireBody::whole);
    }
    let (mut response, fate) = match shared.answer(&request) {
        (response, Fate::Delayed(by)) => {
            tokio::time::sleep(by).await;
            (response, Fate::Normal)
        }
        other => other,
    };
    if let Some(response) = &mut response {
        webhooks::send_events(&shared, &Handle::current(), std::mem::take(&mut response.events));
        shared.deliver(std::mem::take(&mut response.logouts)).await;
    }
    match (response, fate) {
        (_, Fate::Hung) => pending().await,
        (None, _) | (_, Fate::Reset) => {
            reset.set(true);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        (Some(response), Fate::Dripping(pace)) => {
            write(response, &shared, |body| WireBody::dripping(body, pace))
        }
        (Some(response), Fate::Truncated) => write(response, &shared, WireBody::truncated),
        (Some(response), _) => write(response, &shared, WireBody::whole),
    }
}

async fn read(incoming: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = incoming.into_parts();
    let body = Limited::new(body, LARGEST_BODY).collect().await.ok()?.to_bytes().to_vec();
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Some(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: Params::urlencoded(head.uri.query().unwrap_or_default().as_bytes()),
        headers: headers.collect(),
        body,
    })
}

fn write(
    response: Response,
    shared: &Shared,
    body: impl FnOnce(Vec<u8>) -> WireBody,
) -> Result<hyper::Response<WireBody>, io::Error> {
    let mut builder = hyper::Response::builder()
        .status(response.status)
        .header("date", http_date(shared.clock.now_ms()))
        .header("logto-core-request-id", random::request_id());
    for (name, value) in &response.headers {
        // A value that is not valid in a header comes from a parameter. The response is sent without it.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            builder = builder.header(*name, value);
        }
    }
    builder.body(body(response.body)).map_err(io::Error::other)
}
