//! One address for both processes: the smallest load balancer there is. Connections go to them in turn, and past
//! one that is gone.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

pub(crate) struct Forwarder {
    port: u16,
    behind: Behind,
}

/// The processes behind it; the next one to be used stands first.
#[derive(Clone, Default)]
struct Behind(Arc<Mutex<Vec<SocketAddr>>>);

impl Forwarder {
    /// Listens on a port that the system picks, with nobody behind it yet.
    pub(crate) async fn start() -> Outcome<Forwarder> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let behind = Behind::default();
        tokio::spawn(serve(listener, behind.clone()));
        Ok(Forwarder { port, behind })
    }

    /// What stands in the browser's bar.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Sends connections to these from now on.
    pub(crate) fn lead_to(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        let mut behind = self.behind.0.lock().unwrap_or_else(PoisonError::into_inner);
        *behind = addresses.into_iter().collect();
    }
}

impl Behind {
    /// All of them, in the order to try.
    fn in_turn(&self) -> Vec<SocketAddr> {
        let mut behind = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let order = behind.clone();
        if !behind.is_empty() {
            behind.rotate_left(1);
        }
        order
    }
}

async fn serve(listener: TcpListener, behind: Behind) {
    loop {
        // A connection that dies in the queue is its client's affair.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(forward(stream, behind.in_turn()));
        }
    }
}

async fn forward(mut client: TcpStream, addresses: Vec<SocketAddr>) {
    for address in addresses {
        if let Ok(mut server) = TcpStream::connect(address).await {
            // Either side may hang up at any time.
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
    }
}
