//! A PostgreSQL for the tests of one process, with a database for each test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use logto_sqlx::sqlx::postgres::{PgConnectOptions, PgConnection};
use logto_sqlx::sqlx::{AssertSqlSafe, ConnectOptions, Executor, raw_sql};

use crate::proxy::Proxy;

/// Runs PostgreSQL until its own input ends: so it stops with the tests, however they stop. Its directory goes with it,
/// also after Ctrl-C in a terminal, which reaches the shell as well.
const UNTIL_INPUT_ENDS: &str = r#"directory=$1; shift
"$@" </dev/null >"$directory/log" 2>&1 & child=$!
trap '' INT TERM
cat >/dev/null; kill -QUIT "$child"; wait "$child"; rm -rf "$directory""#;

const PATIENCE: Duration = Duration::from_secs(120);

/// The server of this process: the programs in the directory that `POSTGRES_BIN` names, or those that are installed.
struct Server {
    port: u16,
    password: String,
    /// Ends when its input does, which is when this process ends.
    _running: Child,
}

/// A database for one test, with a [`Proxy`] before it that can cut connections.
pub struct PostgresDatabase {
    name: String,
    proxy: Proxy,
}

impl PostgresDatabase {
    /// An empty database.
    pub async fn create() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut administrator = connection(&Server::of_this_process().url("postgres")).await;
        run(&mut administrator, &format!("CREATE DATABASE {name}")).await;
        let proxy = Proxy::to(SocketAddr::from((Ipv4Addr::LOCALHOST, Server::of_this_process().port))).await;
        PostgresDatabase { name, proxy }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        Server::of_this_process().url(&self.name)
    }

    /// The same for another user.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        Server::of_this_process().url_as(&self.name, user, password)
    }

    /// Where it is, through the proxy.
    pub fn url_through_proxy(&self) -> String {
        let port = |port: u16| format!("@127.0.0.1:{port}/");
        let server = port(Server::of_this_process().port);
        self.url().replace(&server, &port(self.proxy.address().port()))
    }

    /// The way to it.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// A connection past the store and the proxy.
    pub async fn connection(&self) -> PgConnection {
        connection(&self.url()).await
    }

    /// Runs statements past the store.
    pub async fn run(&self, statements: &str) {
        run(&mut self.connection().await, statements).await;
    }

    /// Ends all connections of the store, as a restart does.
    pub async fn end_connections(&self) {
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    }

    /// How many statements of the store wait for a lock.
    pub async fn waiting(&self) -> i64 {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut connection = self.connection().await;
        logto_sqlx::sqlx::query_scalar(waiting).fetch_one(&mut connection).await.expect("a number")
    }
}

async fn connection(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("an address");
    options.disable_statement_logging().connect().await.expect("a connection with PostgreSQL")
}

async fn run(connection: &mut PgConnection, statements: &str) {
    let done = connection.execute(raw_sql(AssertSqlSafe(statements.to_owned()))).await;
    done.unwrap_or_else(|error| panic!("{statements}: {error}"));
}

impl Server {
    fn of_this_process() -> &'static Server {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Server::start)
    }

    fn url(&self, database: &str) -> String {
        self.url_as(database, "postgres", &self.password)
    }

    fn url_as(&self, database: &str, user: &str, password: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    fn start() -> Server {
        let programs = programs();
        let password = random();
        for _ in 0..20 {
            let (directory, user) = initialized(&programs, &password);
            // PostgreSQL does not let the system pick: between here and there somebody else may get the port.
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
            let port = free.expect("a free port").port();
            if let Some(running) = run_on(port, &user, &programs, &directory) {
                return Server { port, password, _running: running };
            }
        }
        panic!("PostgreSQL found no free port");
    }
}

/// A directory that nobody else can have made, with the data of a new server, and whose user the server is.
fn initialized(programs: &Path, password: &str) -> (PathBuf, OtherUser) {
    let directory = std::env::temp_dir().join(format!("logto-postgres-{}", random()));
    std::fs::DirBuilder::new().mode(0o700).create(&directory).expect("a directory");
    let user = OtherUser::needed_in(&directory);
    std::fs::write(directory.join("password"), password).expect("a file");
    user.own(&directory);
    let mut initdb = user.command(&programs.join("initdb"));
    // Not SCRAM: in a build without optimizations its thousands of hashes delay every new connection.
    initdb.args(["--username=postgres", "--auth=md5", "--no-sync", "--no-instructions"]);
    initdb.args(["--encoding=UTF8", "--locale=C", "--pwfile"]).arg(directory.join("password"));
    initdb.arg("--pgdata").arg(directory.join("data")).current_dir(&directory);
    expect_success("initdb", &initdb.output().expect("the program initdb"));
    (directory, user)
}

fn random() -> String {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The server once it takes connections, or nothing where somebody else has the port. Then the directory is gone.
#[allow(clippy::zombie_processes, reason = "it runs until this process ends, or a test has failed")]
fn run_on(port: u16, user: &OtherUser, programs: &Path, directory: &Path) -> Option<Child> {
    let data = directory.join("data");
    let server = user.command(&programs.join("postgres"));
    let mut command = Command::new("sh");
    command.args(["-c", UNTIL_INPUT_ENDS, "sh"]).arg(directory).arg(server.get_program());
    command.args(server.get_args()).arg("-D").arg(&data).args(["-p", &port.to_string()]);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
    command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
    command.args(["-c", "max_connections=400", "-c", "autovacuum=off", "-c", "max_wal_size=4GB"]);
    command.current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut running = command.spawn().expect("the program sh");
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let status = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if status.lines().nth(7).is_some_and(|status| status.trim() == "ready") {
            return Some(running);
        }
        if log(directory).contains("FATAL:") {
            let told = log(directory);
            assert!(told.contains("could not create any TCP/IP sockets"), "PostgreSQL did not start: {told}");
            // The end of its input: the shell waits for the server and removes the directory.
            drop(running.stdin.take());
            let _ = running.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("PostgreSQL does not get ready: {}", log(directory));
}

fn log(directory: &Path) -> String {
    std::fs::read_to_string(directory.join("log")).unwrap_or_default()
}

/// The directory with `initdb` and `postgres`.
fn programs() -> PathBuf {
    if let Some(named) = std::env::var_os("POSTGRES_BIN") {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian has them where nobody looks for programs; the newest version first.
    let mut versions: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    versions
        .sort_by_key(|version| std::cmp::Reverse(version.file_name().to_string_lossy().parse::<u32>().ok()));
    let debian = versions.into_iter().map(|version| version.path().join("bin"));
    let mut places = std::env::split_paths(&path).chain(debian);
    places.find(|place| place.join("initdb").is_file()).expect(
        "PostgreSQL is missing (on Debian: apt-get install postgresql); POSTGRES_BIN names a directory with `initdb` and `postgres`",
    )
}

/// PostgreSQL refuses to run as root, so root runs it as another user.
struct OtherUser(Option<&'static str>);

impl OtherUser {
    fn needed_in(own: &Path) -> Self {
        let is_root = std::fs::metadata(own).expect("a directory").uid() == 0;
        let exists =
            |user: &&str| Command::new("id").args(["-u", user]).output().is_ok_and(|id| id.status.success());
        OtherUser(
            is_root.then(|| ["postgres", "nobody"].into_iter().find(exists).expect("another user than root")),
        )
    }

    fn command(&self, program: &Path) -> Command {
        let Some(user) = self.0 else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={}", group(user))]);
        command.args(["--clear-groups", "--"]).arg(program);
        command
    }

    fn own(&self, directory: &Path) {
        if let Some(user) = self.0 {
            let owner = format!("{user}:{}", group(user));
            let done = Command::new("chown").args(["-R", &owner]).arg(directory).output();
            expect_success("chown", &done.expect("the program chown"));
        }
    }
}

fn group(user: &str) -> String {
    let output = Command::new("id").args(["-g", user]).output().expect("the program id");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn expect_success(program: &str, output: &Output) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {told}");
}
