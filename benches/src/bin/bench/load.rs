//! Load from another process: `wrk`, told by a script what to send.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Outcome;

/// What is sent again and again.
#[derive(Debug, Clone)]
pub(crate) enum Load {
    /// One request.
    Same(Request),
    /// Many requests in turn.
    Rotating(Vec<Request>),
    /// Each of them once, and then the load ends.
    Once(Vec<Request>),
}

/// A `GET`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Request { path: path.into(), headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }
}

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    /// How long each connection waits before a request: without it, as fast as the server answers.
    pub(crate) pause_ms: Option<u32>,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    /// Answers with a status of 400 or higher.
    pub(crate) refused: f64,
    /// Requests without an answer.
    pub(crate) failed: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

/// The program, and a directory for its scripts.
pub(crate) struct Wrk {
    program: PathBuf,
    directory: PathBuf,
}

/// A load that is under way.
pub(crate) struct Running(Child);

impl Wrk {
    pub(crate) fn new(program: PathBuf) -> Outcome<Self> {
        let directory = std::env::temp_dir().join(format!("logto-benches-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Wrk { program, directory })
    }

    /// Sends and waits for the end.
    pub(crate) fn run(&self, address: SocketAddr, load: &Load, amount: Amount) -> Outcome<Answered> {
        self.start(address, load, amount)?.finish()
    }

    pub(crate) fn start(&self, address: SocketAddr, load: &Load, amount: Amount) -> Outcome<Running> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let script = self.directory.join(format!("{number}.lua"));
        let requests = self.directory.join(format!("{number}.requests"));
        fs::write(&script, write_script(load, amount, &requests)?)?;
        // One thread is enough for what two processors can serve, and ends exactly where it should.
        let child = Command::new(&self.program)
            .args(["--threads", "1", "--timeout", "10s"])
            .args(["--connections", &amount.connections.to_string()])
            .args(["--duration", &format!("{}s", amount.seconds)])
            .arg("--script")
            .arg(&script)
            .arg(format!("http://{address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Running(child))
    }
}

impl Drop for Wrk {
    fn drop(&mut self) {
        // What is left in the directory of temporary files is nobody's failure.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Running {
    pub(crate) fn finish(self) -> Outcome<Answered> {
        let output = self.0.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
        let numbers: Vec<f64> =
            line.unwrap_or_default().split(' ').filter_map(|word| word.parse().ok()).collect();
        let &[requests, duration_us, refused, failed, p50_us, p99_us] = numbers.as_slice() else {
            return Err(format!("wrk said no result: {text}").into());
        };
        Ok(Answered { requests, seconds: duration_us / 1e6, refused, failed, p50_us, p99_us })
    }
}

const DONE: &str = "
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT %d %d %d %d %d %d\\n', summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50), latency:percentile(99)))
end
";

/// The requests of a file: a path, and names and values of headers, between tabs.
const READ: &str = "
local requests, count, at, answered = {}, 0, 0, 0
init = function(args)
  for line in io.lines(FILE) do
    local words = {}
    for word in string.gmatch(line, '[^\\t]+') do words[#words + 1] = word end
    local headers = { Host = 'localhost:8000' }
    for i = 2, #words, 2 do headers[words[i]] = words[i + 1] end
    count = count + 1
    requests[count] = wrk.format('GET', words[1], headers)
  end
end
";

const ROTATING: &str = "
request = function()
  at = at % count + 1
  return requests[at]
end
";

/// After the last one the connections get something harmless, until all are answered.
const ONCE: &str = "
request = function()
  at = at + 1
  return requests[at] or wrk.format('GET', '/open')
end
response = function()
  answered = answered + 1
  if answered == count then wrk.thread:stop() end
end
";

fn write_script(load: &Load, amount: Amount, file: &Path) -> Outcome<String> {
    let mut script = String::new();
    match load {
        Load::Same(request) => {
            writeln!(script, "wrk.path = {}", quoted(&request.path))?;
            writeln!(script, "wrk.headers['Host'] = 'localhost:8000'")?;
            for (name, value) in &request.headers {
                writeln!(script, "wrk.headers[ {} ] = {}", quoted(name), quoted(value))?;
            }
        }
        Load::Rotating(requests) | Load::Once(requests) => {
            let mut lines = String::new();
            for request in requests {
                lines.push_str(&request.path);
                for (name, value) in &request.headers {
                    write!(lines, "\t{name}\t{value}")?;
                }
                lines.push('\n');
            }
            fs::write(file, lines)?;
            writeln!(script, "local FILE = {}", quoted(&file.display().to_string()))?;
            script.push_str(READ);
            script.push_str(if matches!(load, Load::Once(_)) { ONCE } else { ROTATING });
        }
    }
    if let Some(pause) = amount.pause_ms {
        writeln!(script, "delay = function() return {pause} end")?;
    }
    script.push_str(DONE);
    Ok(script)
}

fn quoted(text: &str) -> String {
    format!("[==[{text}]==]")
}
