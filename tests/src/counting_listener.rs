//! A socket that nobody should call, or that gives fixed answers to whoever does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Counts connections, keeps what their `Authorization` headers said, and answers each. Dropping it closes it.
#[derive(Debug)]
pub struct CountingListener {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl CountingListener {
    /// Answers each request with `answer`, byte for byte.
    pub async fn answering(answer: impl Into<String>) -> CountingListener {
        CountingListener::answering_in_turn([answer.into()]).await
    }

    /// Answers the first request with the first answer, the second with the second, and all that come after the
    /// last answer with that one.
    pub async fn answering_in_turn(answers: impl IntoIterator<Item = String>) -> CountingListener {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answers: Vec<String> = answers.into_iter().collect();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = head_of(&mut stream).await;
                let call = {
                    let mut heads = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    heads.push(head);
                    heads.len()
                };
                let answer = answers.get(call - 1).or(answers.last()).expect("an answer");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        CountingListener { address, heads, server }
    }

    /// Answers 200 with nothing.
    pub async fn silent() -> CountingListener {
        CountingListener::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await
    }

    /// Its address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often it was called.
    pub fn calls(&self) -> usize {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The `Authorization` header of each call, in the order of the calls; empty for a call without the header.
    pub fn authorizations(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.iter().map(|head| header(head, "authorization").unwrap_or_default().to_owned()).collect()
    }
}

/// The head of a request, or as much of it as comes.
async fn head_of(stream: &mut TcpStream) -> String {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).take_while(|line| !line.is_empty());
    fields.find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

impl Drop for CountingListener {
    fn drop(&mut self) {
        self.server.abort();
    }
}
