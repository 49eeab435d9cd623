//! An nginx in front of an application.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Runs nginx until its own input ends: so nginx stops with the test, however the test stops.
const UNTIL_INPUT_ENDS: &str = r#""$0" "$@" & child=$!; cat >/dev/null; kill "$child"; wait "$child""#;

/// An `nginx` (or the program that `NGINX_SERVER` names) for one test, on a port that is free. It has a directory of its
/// own, and ends when this value does.
pub struct Nginx {
    directory: PathBuf,
    port: u16,
    http_port: u16,
    running: Option<Child>,
}

impl Nginx {
    /// A server whose `http` block is `http`. `LISTEN` in it stands for the address that the server listens on, and
    /// `LISTEN_HTTP` for another one, if the block has it.
    pub async fn start(http: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("logto-nginx-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let mut server = Nginx { directory, port: 0, http_port: 0, running: None };
        for _ in 0..20 {
            // nginx does not let the system pick: between here and there somebody else may get the port.
            let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
            let [https, http_alone] =
                [bind(), bind()].map(|socket| socket.local_addr().expect("its address").port());
            (server.port, server.http_port) = (https, http_alone);
            if server.run(http).await {
                return server;
            }
        }
        panic!("no port for nginx: {}", server.log());
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Where it listens in place of `LISTEN_HTTP`.
    pub fn http_address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.http_port).into()
    }

    /// What it says of errors.
    pub fn log(&self) -> String {
        match std::fs::read_to_string(self.directory.join("error.log")) {
            Ok(log) => log,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => panic!("the log of nginx: {error}"),
        }
    }

    /// Sends `request` as it stands, and returns the head of the answer.
    pub async fn raw(&self, request: &[u8]) -> String {
        Nginx::raw_at(self.address(), request).await
    }

    /// The same at one of the two addresses.
    pub async fn raw_at(address: SocketAddr, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request).await.expect("the request is taken");
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Whether it runs. `false` if the port was taken meanwhile.
    async fn run(&mut self, http: &str) -> bool {
        self.stop();
        for file in ["error.log", "nginx.pid"] {
            let _ = std::fs::remove_file(self.directory.join(file));
        }
        let http = http
            .replace("LISTEN_HTTP", &self.http_address().to_string())
            .replace("LISTEN", &self.address().to_string());
        let configuration = self.configuration(&http);
        std::fs::write(self.directory.join("nginx.conf"), configuration).expect("a file");
        let program = std::env::var_os("NGINX_SERVER").unwrap_or_else(|| "nginx".into());
        let mut command = Command::new("sh");
        command.args(["-c", UNTIL_INPUT_ENDS]).arg(program);
        command.arg("-p").arg(&self.directory).args(["-c", "nginx.conf", "-e", "error.log"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Debian has nginx where only administrators look for programs.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"));
        self.running = Some(command.spawn().expect("the program sh"));
        // nginx writes the file once it has the port.
        for _ in 0..500 {
            if std::fs::read_to_string(self.directory.join("nginx.pid")).is_ok_and(|pid| !pid.is_empty()) {
                return true;
            }
            let log = self.log();
            if log.contains("[emerg]") {
                assert!(log.contains("in use"), "nginx refuses its configuration: {log}");
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nginx does not start; is it installed? {}", self.log());
    }

    fn configuration(&self, http: &str) -> String {
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .collect();
        format!(
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log warn;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{http}\n}}\n"
        )
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            drop(child.stdin.take());
            child.wait().expect("the process to end");
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.stop();
        // What is left in the directory of temporary files is nobody's failure.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
