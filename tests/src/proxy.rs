//! A way to a server that a test can cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server on this machine. It ends with the runtime of its test.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Forwards,
    /// Takes connections and what comes on them, and forwards nothing.
    Hangs,
    /// Closes every connection.
    Closed,
}

impl Proxy {
    /// A way to this address, on a port that the system picks.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (state, watched) = watch::channel(State::Forwards);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, watched.clone()));
            }
        });
        Proxy { address, state: Arc::new(state) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing comes through, and connections stay open.
    pub fn hang(&self) {
        self.state.send_replace(State::Hangs);
    }

    /// Closes all connections, and each new one.
    pub fn close(&self) {
        self.state.send_replace(State::Closed);
    }

    /// Forwards again, also what has come meanwhile.
    pub fn resume(&self) {
        self.state.send_replace(State::Forwards);
    }
}

async fn serve(client: TcpStream, server: SocketAddr, mut state: watch::Receiver<State>) {
    let mut closing = state.clone();
    let forward = async {
        state.wait_for(|state| *state == State::Forwards).await.ok()?;
        let server = TcpStream::connect(server).await.ok()?;
        client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).ok()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let there = copy(from_client, to_server, state.clone());
        let back = copy(from_server, to_client, state);
        tokio::join!(there, back);
        Some(())
    };
    tokio::select! {
        _ = forward => {}
        _ = closing.wait_for(|state| *state == State::Closed) => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 || state.wait_for(|state| *state == State::Forwards).await.is_err() {
            break;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
