//! An application that logout tokens and webhooks are posted to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub(crate) struct Application {
    pub(crate) address: String,
    requests: Receiver<String>,
}

impl Application {
    /// It responds to every request with this status line and body.
    pub(crate) fn start(status: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        // The thread ends with the test process.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut request = Vec::new();
                let mut piece = [0; 4096];
                while !is_complete(&request) {
                    match stream.read(&mut piece) {
                        Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
                        _ => break,
                    }
                }
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
                if sender.send(String::from_utf8_lossy(&request).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { address, requests }
    }

    /// The next request, whole.
    pub(crate) fn request(&self) -> String {
        self.requests.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
