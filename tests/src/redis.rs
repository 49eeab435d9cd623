//! A Redis of one's own, to break.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;

/// A `redis-server` (or the one that `REDIS_SERVER` names) for one test. It keeps nothing on disk, listens on a
/// socket in a directory of its own, and ends when this value does, or when the process of the test does.
pub struct RedisServer {
    directory: PathBuf,
    port: u16,
    password: Option<String>,
    kind: Kind,
    running: Option<Running>,
}

/// What a server is set up as.
enum Kind {
    /// A server with further arguments.
    Server(Vec<String>),
    /// A Sentinel with this configuration, to which it adds what it finds out.
    Sentinel(String),
}

/// A server, and the process that ends it when the process of the test is killed.
struct Running {
    server: Child,
    watchdog: Child,
}

impl Running {
    fn of(server: Child) -> Self {
        // It reads from a pipe that nobody writes to, and that closes with the process of the test.
        let script = "read -r line; kill -KILL \"$1\"";
        let watchdog = Command::new("sh")
            .args(["-c", script, "watchdog", &server.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Running { server, watchdog: watchdog.expect("a shell") }
    }

    fn has_ended(&mut self) -> bool {
        self.server.try_wait().is_ok_and(|ended| ended.is_some())
    }

    fn stop(mut self) {
        // First the watchdog: afterwards the number of the process may be another's.
        for child in [&mut self.watchdog, &mut self.server] {
            child.kill().expect("a process to end");
            child.wait().expect("the process to end");
        }
    }
}

impl RedisServer {
    /// A server that answers.
    pub async fn start() -> Self {
        let mut server = RedisServer::not_yet();
        server.run().await;
        server
    }

    /// A server that wants a password.
    pub async fn start_with_password(password: &str) -> Self {
        let mut server = RedisServer::not_yet();
        server.password = Some(password.to_owned());
        server.run().await;
        server
    }

    /// A server that listens on a port of this machine, too.
    pub async fn start_on_a_port() -> Self {
        RedisServer::not_yet().on_a_port().await
    }

    /// The same, with further arguments.
    pub async fn start_with(arguments: &[&str]) -> Self {
        let mut server = RedisServer::not_yet();
        server.kind = Kind::Server(arguments.iter().map(|&argument| argument.to_owned()).collect());
        server.on_a_port().await
    }

    /// A server on a port that wants a password, with further arguments.
    pub async fn start_with_password_and(password: &str, arguments: &[&str]) -> Self {
        let mut server = RedisServer::not_yet();
        server.password = Some(password.to_owned());
        server.kind = Kind::Server(arguments.iter().map(|&argument| argument.to_owned()).collect());
        server.on_a_port().await
    }

    /// A Sentinel with these lines of configuration, on a port.
    pub async fn start_sentinel(password: Option<&str>, configuration: &str) -> Self {
        let mut server = RedisServer::not_yet();
        server.password = password.map(str::to_owned);
        server.kind = Kind::Sentinel(configuration.to_owned());
        server.on_a_port().await
    }

    async fn on_a_port(mut self) -> Self {
        let server = &mut self;
        for _ in 0..20 {
            // Redis does not let the system pick: between here and there somebody else may get the port.
            let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
            server.port = free.expect("a free port").port();
            if server.try_run().await {
                return self;
            }
        }
        panic!("no port for Redis");
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A server with an address, but not running yet.
    pub fn not_yet() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("logto-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        RedisServer { directory, port: 0, password: None, kind: Kind::Server(Vec::new()), running: None }
    }

    /// Where it is; without its password.
    pub fn address(&self) -> String {
        match self.port {
            0 => format!("redis+unix://{}/redis.sock", self.directory.display()),
            port => format!("redis://127.0.0.1:{port}"),
        }
    }

    /// Where it is, with its password.
    pub fn url(&self) -> String {
        match (&self.password, self.port) {
            (Some(password), 0) => format!("{}?pass={password}", self.address()),
            (Some(password), port) => format!("redis://:{password}@127.0.0.1:{port}"),
            (None, _) => self.address(),
        }
    }

    /// Starts it, empty, and waits until it answers.
    pub async fn run(&mut self) {
        assert!(self.try_run().await, "redis-server ended at once");
    }

    async fn try_run(&mut self) -> bool {
        self.stop();
        let program = std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let mut command = Command::new(&program);
        match &self.kind {
            Kind::Server(arguments) => {
                command.args([
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--bind",
                    "127.0.0.1",
                    "--loglevel",
                    "warning",
                ]);
                command.args(["--port", &self.port.to_string(), "--unixsocket", "redis.sock"]);
                command.args(self.password.iter().flat_map(|password| ["--requirepass", password]));
                command.args(arguments);
            }
            Kind::Sentinel(configuration) => {
                let password = self.password.as_ref().map(|password| format!("requirepass {password}"));
                let password = password.unwrap_or_default();
                let text = format!("bind 127.0.0.1\nport {}\n{password}\n{configuration}", self.port);
                std::fs::write(self.directory.join("sentinel.conf"), text).expect("a file");
                command.args(["sentinel.conf", "--sentinel"]);
            }
        }
        command.current_dir(&self.directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        self.running = Some(Running::of(child));
        for _ in 0..500 {
            if self.try_connect().await.is_ok() {
                return true;
            }
            if self.running.as_mut().is_none_or(Running::has_ended) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("redis-server does not respond");
    }

    /// Ends it from one moment to the next, and all that it has is gone.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }

    /// Lets it hang: it takes connections and does not respond.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let running = self.running.as_ref().expect("a running server");
        let done = Command::new("kill").args([signal, &running.server.id().to_string()]).status();
        assert!(done.expect("the program kill").success());
    }

    async fn try_connect(&self) -> redis::RedisResult<MultiplexedConnection> {
        let client = redis::Client::open(self.url()).expect("an address");
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").exec_async(&mut connection).await?;
        Ok(connection)
    }

    /// A connection past the store.
    pub async fn connection(&self) -> MultiplexedConnection {
        self.try_connect().await.expect("a connection with Redis")
    }

    /// Runs a command, and tells the answer.
    pub async fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let (command, arguments) = words.split_first().expect("a command");
        let mut connection = self.connection().await;
        redis::cmd(command).arg(arguments).query_async(&mut connection).await.expect("an answer of Redis")
    }

    /// The same, for a server that may close connections at any time.
    pub async fn try_command<T: redis::FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let (command, arguments) = words.split_first().expect("a command");
        let mut connection = self.try_connect().await?;
        redis::cmd(command).arg(arguments).query_async(&mut connection).await
    }

    /// The names of all keys.
    pub async fn keys(&self) -> Vec<String> {
        self.command(&["KEYS", "*"]).await
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
        // What is left in the directory of temporary files is nobody's failure.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
