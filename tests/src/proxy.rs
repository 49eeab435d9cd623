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
    stranded: Arc<watch::Sender<u64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Forwards,
    /// Takes connections and what comes on them, and forwards nothing.
    Hangs,
    /// Closes every connection.
    Closed,
    /// Forwards a login to PostgreSQL, and nothing after it.
    HangsAfterLogin,
}

/// How PostgreSQL says that a login is complete: ReadyForQuery, outside of a transaction.
const LOGGED_IN: &[u8] = b"Z\0\0\0\x05I";

impl Proxy {
    /// A way to this address, on a port that the system picks.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (state, watched) = watch::channel(State::Forwards);
        let stranded = Arc::new(watch::Sender::new(0));
        let strandings = Arc::clone(&stranded);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server, watched.clone(), Arc::clone(&strandings)));
            }
        });
        Proxy { address, state: Arc::new(state), stranded }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing comes through, and connections stay open.
    pub fn hang(&self) {
        self.state.send_replace(State::Hangs);
    }

    /// From now on nothing comes through on the connections that there are, which stay open. New ones are forwarded. So
    /// it is when a server has lost its network and another has taken its address.
    pub fn strand(&self) {
        self.stranded.send_modify(|times| *times += 1);
    }

    /// From now on a connection with PostgreSQL gets nothing after its login.
    pub fn hang_after_login(&self) {
        self.state.send_replace(State::HangsAfterLogin);
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

async fn serve(
    client: TcpStream,
    server: SocketAddr,
    mut state: watch::Receiver<State>,
    strandings: Arc<watch::Sender<u64>>,
) {
    let (mut closing, way) = (state.clone(), Way::new(state.clone(), &strandings));
    let forward = async {
        state.wait_for(|state| matches!(state, State::Forwards | State::HangsAfterLogin)).await.ok()?;
        let server = TcpStream::connect(server).await.ok()?;
        client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).ok()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::join!(copy(from_client, to_server, way.clone()), copy(from_server, to_client, way));
        Some(())
    };
    tokio::select! {
        _ = forward => {}
        _ = closing.wait_for(|state| *state == State::Closed) => {}
    }
}

/// What may come through on a connection.
#[derive(Clone)]
struct Way {
    state: watch::Receiver<State>,
    strandings: watch::Receiver<u64>,
    /// How often connections were stranded when this one was made.
    before: u64,
}

impl Way {
    fn new(state: watch::Receiver<State>, strandings: &watch::Sender<u64>) -> Self {
        let strandings = strandings.subscribe();
        let before = *strandings.borrow();
        Way { state, strandings, before }
    }

    /// Waits until something may come through.
    async fn is_open(&mut self) {
        let forwards = self.state.wait_for(|state| matches!(state, State::Forwards | State::HangsAfterLogin));
        let ended = forwards.await.is_err();
        if ended || *self.strandings.borrow() != self.before {
            std::future::pending().await
        }
    }

    /// Nothing comes through any more once a login is complete, where that is wanted.
    async fn has_forwarded(&self, bytes: &[u8]) {
        if bytes.ends_with(LOGGED_IN) && *self.state.borrow() == State::HangsAfterLogin {
            std::future::pending().await
        }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: Way) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        way.is_open().await;
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
        way.has_forwarded(&buffer[..read]).await;
    }
    let _ = to.shutdown().await;
}
