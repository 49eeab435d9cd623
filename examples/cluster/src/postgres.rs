//! A PostgreSQL of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::Outcome;
use crate::processes::{Directory, START_ATTEMPTS};

/// Runs the server until its own input ends: so it stops with this program, however this program stops. Ctrl-C in a
/// terminal reaches the shell as well, which must not end before the server.
const UNTIL_INPUT_ENDS: &str = r#""$@" </dev/null >/dev/null 2>&1 & child=$!; trap '' INT TERM
cat >/dev/null; kill -INT "$child"; wait "$child""#;

/// A PostgreSQL with its data in a temporary directory.
pub(crate) struct Postgres {
    shell: Child,
    socket_directory: PathBuf,
}

impl Postgres {
    /// Starts the programs in the directory that `POSTGRES_BIN` names, or those that are installed. The server listens
    /// on a socket in the directory, and on no port.
    pub(crate) async fn start(directory: &Directory) -> Outcome<Postgres> {
        let programs = programs().ok_or_else(missing)?;
        let own = directory.0.join("postgres");
        std::fs::create_dir(&own)?;
        let user = User::of_server(directory)?;
        let data = own.join("data");
        let mut initdb = user.command(&programs.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "--pgdata",
        ]);
        let output = initdb.arg(&data).current_dir(&own).output();
        check("initdb", output)?;
        let mut server = Command::new("sh");
        server.args(["-c", UNTIL_INPUT_ENDS, "sh"]).args(user.prefix()).arg(programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-c", "listen_addresses=", "-k"]).arg(&own);
        server.current_dir(&own).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut postgres = Postgres { shell: server.spawn()?, socket_directory: own };
        for _ in 0..START_ATTEMPTS {
            let status = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|status| status.trim() == "ready") {
                return Ok(postgres);
            }
            if let Some(status) = postgres.shell.try_wait()? {
                return Err(format!("PostgreSQL ended at once ({status})").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("PostgreSQL does not get ready".into())
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.socket_directory.display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The end of its input is the end of the shell and of PostgreSQL.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// PostgreSQL refuses to run as root, so root runs it as the user `postgres` or `nobody`.
struct User(Option<[String; 2]>);

impl User {
    /// The user, to whom the directory belongs from now on where that is not the present one.
    fn of_server(directory: &Directory) -> Outcome<User> {
        if id(&["-u"]).as_deref() != Some("0") {
            return Ok(User(None));
        }
        let user = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some([id(&["-u", name])?, id(&["-g", name])?]));
        let Some([user, group]) = user else {
            return Err(
                "PostgreSQL does not run as root, and there is neither a user postgres nor nobody".into()
            );
        };
        let chown = Command::new("chown").args(["-R", &format!("{user}:{group}")]).arg(&directory.0).output();
        check("chown", chown)?;
        Ok(User(Some([user, group])))
    }

    /// What stands before a program that runs as this user.
    fn prefix(&self) -> Vec<OsString> {
        let Some([user, group]) = &self.0 else { return Vec::new() };
        let words =
            ["setpriv", &format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"];
        words.iter().map(OsString::from).collect()
    }

    fn command(&self, program: &Path) -> Command {
        let mut words = self.prefix();
        words.push(program.into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    }
}

fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn check(program: &str, output: std::io::Result<Output>) -> Outcome<()> {
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// The directory with `initdb` and `postgres`. Debian has them where nobody looks for programs.
fn programs() -> Option<PathBuf> {
    let are_in = |place: &PathBuf| place.join("initdb").is_file() && place.join("postgres").is_file();
    if let Some(named) = std::env::var_os("POSTGRES_BIN") {
        return Some(PathBuf::from(named)).filter(are_in);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    debian
        .sort_by_key(|version| std::cmp::Reverse(version.file_name().to_string_lossy().parse::<u32>().ok()));
    let mut places =
        std::env::split_paths(&path).chain(debian.into_iter().map(|version| version.path().join("bin")));
    places.find(are_in)
}

fn missing() -> String {
    "This example needs the programs of PostgreSQL, and they are not installed.\n\
     Install them (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install \
     postgresql),\nor name their directory: POSTGRES_BIN=/path/to/bin cargo run -p cluster -- postgres"
        .to_owned()
}
