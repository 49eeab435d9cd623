//! The error that lists every problem with the settings.

use std::fmt;

/// The settings cannot be used. The error lists every problem with its fix. It does not repeat values that may be
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<Problem>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    setting: String,
    what: String,
    fix: String,
}

impl ConfigError {
    pub(super) fn none() -> Self {
        ConfigError(Vec::new())
    }

    pub(super) fn push(&mut self, setting: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Problem { setting: setting.to_owned(), what: what.into(), fix: fix.into() });
    }

    /// Adds the problems of a table of settings.
    pub(super) fn append_under(&mut self, table: &str, problems: ConfigError) {
        self.0.extend(
            problems
                .0
                .into_iter()
                .map(|problem| Problem { setting: format!("{table}.{}", problem.setting), ..problem }),
        );
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each problem: the setting, what is wrong with it, and the fix.
    pub(crate) fn problems(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().map(|problem| (problem.setting.as_str(), problem.what.as_str(), problem.fix.as_str()))
    }

    /// The names of the settings that are wrong or missing.
    pub fn settings(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|problem| problem.setting.as_str())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "setting needs" } else { "settings need" };
        write!(
            f,
            "{count} {noun} attention, under [default.logto] in Rocket.toml or in ROCKET_LOGTO={{..}}:"
        )?;
        for problem in &self.0 {
            write!(f, "\n  {}: {}\n      fix: {}", problem.setting, problem.what, problem.fix)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
