//! What the checks found.

use std::fmt;

use serde::Serialize;

/// What [`Logto::doctor`](crate::Logto::doctor) found. It contains no secrets.
///
/// [`Display`](fmt::Display) prints a line for each check, with what to change below those that did not pass. Serialized,
/// it is a list of checks.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct DoctorReport {
    checks: Vec<Check>,
}

/// One check: what was found, and what to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked. The names are stable, and a check of several addresses has its name several times.
    pub name: &'static str,
    /// Whether it passed.
    pub verdict: CheckVerdict,
    /// What was found.
    pub found: String,
    /// What to change. `None` where nothing has to be changed.
    pub fix: Option<String>,
}

/// Whether a check passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckVerdict {
    /// It passed.
    Ok,
    /// The application works, but not in every situation.
    Warning,
    /// The application does not work until this is changed.
    Failed,
    /// It cannot be checked from here, or not without a sign-in. The fix says how to find out.
    NotChecked,
}

impl CheckVerdict {
    fn as_str(self) -> &'static str {
        match self {
            CheckVerdict::Ok => "ok",
            CheckVerdict::Warning => "WARNING",
            CheckVerdict::Failed => "FAILED",
            CheckVerdict::NotChecked => "not checked",
        }
    }
}

impl fmt::Display for CheckVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Check {
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Check { name, verdict: CheckVerdict::Ok, found: found.into(), fix: None }
    }

    pub(super) fn warning(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Check { name, verdict: CheckVerdict::Warning, found: found.into(), fix: Some(fix.into()) }
    }

    pub(super) fn failed(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Check { name, verdict: CheckVerdict::Failed, found: found.into(), fix: Some(fix.into()) }
    }

    pub(super) fn not_checked(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Check { name, verdict: CheckVerdict::NotChecked, found: found.into(), fix: Some(fix.into()) }
    }
}

impl DoctorReport {
    /// All checks, in the order in which they were made.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The checks with this name.
    pub fn named<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r Check> {
        self.checks.iter().filter(move |check| check.name == name)
    }

    /// Whether no check failed. Warnings do not count.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.count(CheckVerdict::Failed) == 0
    }

    /// The number of checks with this verdict.
    #[must_use]
    pub fn count(&self, verdict: CheckVerdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }

    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }
}

impl Extend<Check> for DoctorReport {
    fn extend<T: IntoIterator<Item = Check>>(&mut self, checks: T) {
        self.checks.extend(checks);
    }
}

impl fmt::Display for DoctorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
        for Check { name, verdict, found, fix } in &self.checks {
            writeln!(f, "{verdict:<11}  {name:<width$}  {found}")?;
            if let Some(fix) = fix {
                writeln!(f, "{:13}{:width$}  fix: {fix}", "", "")?;
            }
        }
        let count = |verdict| self.count(verdict);
        write!(
            f,
            "{} ok, {} with warnings, {} failed, {} not checked",
            count(CheckVerdict::Ok),
            count(CheckVerdict::Warning),
            count(CheckVerdict::Failed),
            count(CheckVerdict::NotChecked),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_printed_with_what_to_change() {
        let mut report = DoctorReport::default();
        report.add(Check::ok("keys", "the key set has 1 usable key"));
        assert!(report.passed());
        report.add(Check::failed("app_secret", "Logto refused it", "copy it again"));
        assert!(!report.passed());
        let expected = "ok           keys        the key set has 1 usable key\n\
                        FAILED       app_secret  Logto refused it\n\
                        \u{20}                        fix: copy it again\n\
                        1 ok, 0 with warnings, 1 failed, 0 not checked";
        assert_eq!(report.to_string(), expected);
        let json = serde_json::to_value(&report).expect("json");
        assert_eq!(json[1]["verdict"], "failed");
        assert_eq!(json[0]["fix"], serde_json::Value::Null);
    }
}
