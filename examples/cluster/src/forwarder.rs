//! One address for both processes: a minimal load balancer. It forwards connections to them in turn, and skips
//! one that has ended.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

pub(crate) struct Forwarder {
    port: u16,
    backends: Backends,
}

/// The processes, beginning with the one for the next connection.
#[derive(Clone, Default)]
struct Backends(Arc<Mutex<Vec<SocketAddr>>>);

impl Forwarder {
    /// Listens on a port that the system picks, without a process yet.
    pub(crate) async fn start() -> Outcome<Forwarder> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let backends = Backends::default();
        tokio::spawn(serve(listener, backends.clone()));
        Ok(Forwarder { port, backends })
    }

    /// The origin for browsers.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Another origin, under which browsers reach the same application.
    pub(crate) fn second_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Forwards connections to these from now on.
    pub(crate) fn forward_to(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        let mut backends = self.backends.0.lock().unwrap_or_else(PoisonError::into_inner);
        *backends = addresses.into_iter().collect();
    }
}

impl Backends {
    /// All of them, in the order to try.
    fn in_turn(&self) -> Vec<SocketAddr> {
        let mut backends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let order = backends.clone();
        if !backends.is_empty() {
            backends.rotate_left(1);
        }
        order
    }
}

async fn serve(listener: TcpListener, backends: Backends) {
    loop {
        // A connection that fails in the queue does not matter.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(forward(stream, backends.in_turn()));
        }
    }
}

async fn forward(mut client: TcpStream, addresses: Vec<SocketAddr>) {
    for address in addresses {
        if let Ok(mut server) = TcpStream::connect(address).await {
            // Either side may close the connection at any time.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
