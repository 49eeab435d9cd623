//! A Redis of one's own, to break.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;

/// A `redis-server` (or the one that `REDIS_SERVER` names) for one test. It keeps nothing on disk, listens on a
/// socket in a directory of its own, and ends when this value does.
pub struct RedisServer {
    directory: PathBuf,
    port: u16,
    password: Option<String>,
    running: Option<Child>,
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
        let mut server = RedisServer::not_yet();
        for _ in 0..20 {
            // Redis does not let the system pick: between here and there somebody else may get the port.
            let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
            server.port = free.expect("a free port").port();
            if server.try_run().await {
                return server;
            }
        }
        panic!("no port for Redis");
    }

    /// A server with an address, but not running yet.
    pub fn not_yet() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("logto-redis-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        RedisServer { directory, port: 0, password: None, running: None }
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
        match &self.password {
            Some(password) => format!("{}?pass={password}", self.address()),
            None => self.address(),
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
        command.args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--loglevel", "warning"]);
        command.args(["--port", &self.port.to_string(), "--unixsocket", "redis.sock"]);
        command.args(self.password.iter().flat_map(|password| ["--requirepass", password]));
        command.current_dir(&self.directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        self.running = Some(child.unwrap_or_else(|error| panic!("{}: {error}", program.display())));
        for _ in 0..500 {
            if self.try_connect().await.is_ok() {
                return true;
            }
            if self.running.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|ended| ended.is_some())) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("redis-server does not answer");
    }

    /// Ends it from one moment to the next, and all that it has is gone.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("a process to end");
            child.wait().expect("the process to end");
        }
    }

    /// Lets it hang: it takes connections and does not answer.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.running.as_ref().expect("a running server");
        let done = Command::new("kill").args([signal, &child.id().to_string()]).status();
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
