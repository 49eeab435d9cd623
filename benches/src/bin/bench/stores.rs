//! The servers that keep sessions, each started for this one run.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::rounds::Plan;

/// Runs a server until the shell's own input ends. Ctrl-C in a terminal reaches the shell as well, which must not end before
/// the server.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null >/dev/null 2>&1 & child=$!; trap '' INT TERM
cat >/dev/null; kill -INT "$child"; wait "$child""#;

/// What is there.
pub(crate) struct Stores {
    pub(crate) redis: Option<Redis>,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) sqlite: Sqlite,
}

impl Stores {
    /// Starts what was found. A PostgreSQL that does not start is missing in the report.
    pub(crate) fn start(redis: Option<&Path>, postgres: Option<&Path>, plan: &mut Plan) -> Outcome<Stores> {
        let redis = redis.map(Redis::start).transpose()?;
        let postgres = postgres
            .and_then(|programs| Postgres::start(programs).map_err(|why| plan.miss("postgres", why)).ok());
        Ok(Stores { redis, postgres, sqlite: Sqlite(Directory::create("sqlite")?) })
    }
}

/// A directory that goes with this value.
struct Directory(PathBuf);

impl Directory {
    fn create(name: &str) -> Outcome<Directory> {
        let path = std::env::temp_dir().join(format!("logto-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Directory(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left in the directory of temporary files does not matter.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file that does not exist yet.
pub(crate) struct Sqlite(Directory);

impl Sqlite {
    pub(crate) fn file(&self) -> PathBuf {
        self.0.0.join("sessions.db")
    }
}

/// A PostgreSQL of its own, as an installation has it: what it says was written is on the disk.
pub(crate) struct Postgres {
    /// The shell that ends it when this process is gone.
    shell: Child,
    directory: Directory,
}

impl Postgres {
    /// `programs` is the directory with `initdb` and `postgres`. It listens on a socket and on no port.
    pub(crate) fn start(programs: &Path) -> Outcome<Postgres> {
        let directory = Directory::create("postgres")?;
        let data = directory.0.join("data");
        let user = other_user(&directory.0)?;
        let initdb = [programs.join("initdb").display().to_string(), "--pgdata".to_owned()];
        let mut command = Command::new("sh");
        command.args(["-c", r#"exec "$@""#, "sh"]).args(&user).args(initdb).arg(&data);
        command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        let output = command.current_dir(&directory.0).output()?;
        if !output.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let mut command = Command::new("sh");
        command.args(["-c", UNTIL_INPUT_ENDS, "sh"]);
        command.args(&user).arg(programs.join("postgres")).arg("-D").arg(&data);
        command.args(["-c", "listen_addresses=", "-k"]).arg(&directory.0).current_dir(&directory.0);
        let shell = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let postgres = Postgres { shell, directory };
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let status = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|status| status.trim() == "ready") {
                return Ok(postgres);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("PostgreSQL does not start".into())
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.directory.0.display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The end of its input is the end of the shell and of PostgreSQL.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// What stands before a program of PostgreSQL, which refuses to run as root. The directory belongs to the other user.
fn other_user(directory: &Path) -> Outcome<Vec<String>> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if id(&["-u"]).as_deref() != Some("0") {
        return Ok(Vec::new());
    }
    let found = ["postgres", "nobody"].iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
    let (user, group) = found.ok_or("PostgreSQL does not run as root")?;
    Command::new("chown").args([&format!("{user}:{group}"), &directory.display().to_string()]).status()?;
    let words = ["setpriv", &format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"];
    Ok(words.map(str::to_owned).into())
}

/// A Redis of its own, that keeps nothing on disk.
pub(crate) struct Redis {
    /// The shell that ends it when this process is gone.
    shell: Child,
    port: u16,
    password: String,
}

impl Redis {
    pub(crate) fn start(program: &Path) -> Outcome<Redis> {
        let password = format!("of-process-{}", std::process::id());
        // Redis does not let the system pick: between here and there somebody else may get the port.
        for _ in 0..20 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let shell = Command::new("sh")
                .args(["-c", r#""$0" "$@" & read -r end; kill $!"#])
                .arg(program)
                .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--loglevel", "warning"])
                .args(["--port", &port.to_string(), "--requirepass", &password])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            let redis = Redis { shell, port, password: password.clone() };
            if redis.answers() {
                return Ok(redis);
            }
        }
        Err("Redis does not start".into())
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", self.password, self.port)
    }

    fn answers(&self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if self.knows_the_password().is_ok_and(|knows| knows) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Another Redis on the same port would not.
    fn knows_the_password(&self) -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(format!("AUTH {}\r\n", self.password).as_bytes())?;
        let mut answer = [0; 3];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+OK")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The end of its input is the end of the shell and of Redis.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
