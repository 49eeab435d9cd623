//! CPU time and memory of a process, as the kernel tells them (Linux).

use std::collections::HashMap;
use std::fs;
use std::io;

/// The nanoseconds that each thread of a process has run.
#[derive(Debug)]
pub struct ThreadTimes(HashMap<String, u64>);

impl ThreadTimes {
    /// Reads `/proc/<pid>/task/*/schedstat`.
    ///
    /// # Errors
    ///
    /// If the process is gone, or the kernel keeps no such statistics.
    pub fn read(pid: u32) -> io::Result<Self> {
        let mut times = HashMap::new();
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            let thread = thread?;
            // A thread may end between the two calls.
            if let Ok(statistics) = fs::read_to_string(thread.path().join("schedstat")) {
                times.insert(thread.file_name().to_string_lossy().into_owned(), first_number(&statistics)?);
            }
        }
        Ok(ThreadTimes(times))
    }

    /// What has run since `before`, in nanoseconds. Threads that have ended meanwhile are not counted.
    #[must_use]
    pub fn since(&self, before: &ThreadTimes) -> u64 {
        let ran =
            |(thread, now): (&String, &u64)| now.saturating_sub(before.0.get(thread).copied().unwrap_or(0));
        self.0.iter().map(ran).sum()
    }
}

/// The nanoseconds that the calling thread has run.
///
/// # Errors
///
/// If the kernel keeps no such statistics.
pub fn of_this_thread() -> io::Result<u64> {
    first_number(&fs::read_to_string("/proc/thread-self/schedstat")?)
}

/// The resident memory of a process, in bytes.
///
/// # Errors
///
/// If the process is gone.
pub fn resident_bytes(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = first_number(line.unwrap_or_default())?;
    Ok(kibibytes * 1024)
}

/// The share of all processors' time that is spent, measured over `period`: 0 for an idle machine, 1 for a busy one.
///
/// # Errors
///
/// If `/proc/stat` cannot be read.
pub fn busy_share(period: std::time::Duration) -> io::Result<f64> {
    let before = all_and_idle()?;
    std::thread::sleep(period);
    let after = all_and_idle()?;
    let (all, idle) = (after.0 - before.0, after.1 - before.1);
    Ok(if all > 0.0 { 1.0 - idle / all } else { 0.0 })
}

fn all_and_idle() -> io::Result<(f64, f64)> {
    let statistics = fs::read_to_string("/proc/stat")?;
    let first = statistics.lines().next().unwrap_or_default();
    let fields: Vec<f64> = first.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is contained in the first two.
    let idle = fields.iter().skip(3).take(2).sum();
    Ok((fields.iter().take(8).sum(), idle))
}

fn first_number(text: &str) -> io::Result<u64> {
    let number = text.split_whitespace().next().and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the kernel tells no number"))
}
