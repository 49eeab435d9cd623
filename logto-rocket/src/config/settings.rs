//! Reads the settings one by one and collects the problems.

mod addresses;
mod cookie;
mod public_urls;
mod sign_in;
mod storage;
mod tenant;

use std::collections::BTreeSet;
use std::time::Duration;

use figment::value::{Dict, Value};
use strsim::levenshtein;

use super::problems::ConfigError;
use super::{Unguarded, WarmUp};

pub(super) struct Settings {
    dict: Dict,
    known: BTreeSet<&'static str>,
    /// Settings that are given in a file that cannot be used.
    withheld: BTreeSet<&'static str>,
    error: ConfigError,
    /// Settings that are valid but probably a mistake.
    warnings: Vec<String>,
}

impl Settings {
    pub(super) fn open(value: Option<&Value>) -> Self {
        let mut error = ConfigError::none();
        let dict = match value {
            Some(Value::Dict(_, dict)) => dict.clone(),
            Some(_) => {
                error.push(
                    "logto",
                    "is not a table",
                    "write ROCKET_LOGTO={endpoint=\"..\",app_id=\"..\",app_secret=\"..\"}",
                );
                Dict::new()
            }
            None => Dict::new(),
        };
        Settings { dict, known: BTreeSet::new(), withheld: BTreeSet::new(), error, warnings: Vec::new() }
    }

    /// Returns the warnings. Unknown settings are problems too: a misspelt setting would otherwise silently have no
    /// effect.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ConfigError> {
        self.refuse_unknown();
        if self.error.is_empty() { Ok(self.warnings) } else { Err(self.error) }
    }

    pub(super) fn into_error(mut self) -> ConfigError {
        self.refuse_unknown();
        self.error
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> =
            self.dict.keys().filter(|key| !self.known.contains(key.as_str())).cloned().collect();
        for key in unknown {
            let nearest = self.known.iter().min_by_key(|known| levenshtein(known, &key));
            let fix = match nearest {
                Some(known) if levenshtein(known, &key) <= 3 => format!("did you mean `{known}`?"),
                _ => {
                    format!("known settings: {}", self.known.iter().copied().collect::<Vec<_>>().join(", "))
                }
            };
            self.error.push(&key, "is not a setting of this library", fix);
        }
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&Value> {
        self.known.insert(key);
        self.dict.get(key)
    }

    /// Whether the setting is written down, right or wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        self.dict.contains_key(key)
    }

    /// Whether the setting is given, by itself or in a file.
    fn is_given(&mut self, key: &'static str) -> bool {
        self.take(key).is_some() || self.withheld.contains(key)
    }

    /// Gives the setting the value that stands elsewhere.
    pub(super) fn give(&mut self, key: &'static str, value: Value) {
        self.dict.insert(key.to_owned(), value);
    }

    /// The setting is given elsewhere, and cannot be read there. It is then not reported as missing.
    pub(super) fn withhold(&mut self, key: &'static str) {
        self.withheld.insert(key);
    }

    /// Makes the settings known that `other` has read. Returns those of them that are written down here.
    pub(super) fn learn(&mut self, other: &Settings) -> Vec<&'static str> {
        let learned: Vec<&'static str> = other.known.difference(&self.known).copied().collect();
        self.known.extend(&learned);
        learned.into_iter().filter(|key| self.has(key)).collect()
    }

    pub(super) fn has_problem_with(&self, key: &str) -> bool {
        self.error.settings().any(|setting| setting == key)
    }

    /// Reads a table of settings. Its keys are told as `<table>.<key>`.
    fn table<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Settings) -> T) -> T {
        let table = match self.take(key).cloned() {
            None => Settings::open(None),
            Some(table @ Value::Dict(..)) => Settings::open(Some(&table)),
            Some(_) => {
                self.error.push(key, "is not a table", format!("write [default.logto.{key}]"));
                Settings::open(None)
            }
        };
        let mut table = table;
        let value = read(&mut table);
        table.refuse_unknown();
        self.warnings.append(&mut table.warnings);
        self.error.append_under(key, table.error);
        value
    }

    pub(super) fn problem(&mut self, key: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.error.push(key, what, fix);
    }

    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        let text = match self.take(key)? {
            Value::String(_, text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            _ => None,
        };
        if text.is_none() {
            self.error.push(key, "must be a string that is not empty", format!("write {key} = \"..\""));
        }
        text
    }

    pub(super) fn text(&mut self, key: &'static str, meaning: &str) -> Option<String> {
        if !self.is_given(key) {
            self.error.push(key, "is missing", format!("set {key} = \"..\": {meaning}"));
            return None;
        }
        self.optional_text(key)
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<String> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(_, items)) => items.clone(),
            Some(single @ Value::String(..)) => vec![single.clone()],
            Some(_) => {
                self.error.push(key, "must be a list of strings", format!("write {key} = [\"..\"]"));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(_, text) => texts.push(text),
                _ => self.error.push(
                    key,
                    "contains an entry that is not a string",
                    format!("write {key} = [\"..\"]"),
                ),
            }
        }
        texts
    }

    pub(super) fn switch(&mut self, key: &'static str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Bool(_, on)) => *on,
            Some(_) => {
                self.error.push(key, "is neither true nor false", format!("write {key} = true"));
                false
            }
        }
    }

    pub(super) fn duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let duration = self.any_duration(key, default);
        if duration.is_zero() {
            self.error.push(key, "is zero", format!("write {key} = \"30m\", or a number of seconds"));
            return default;
        }
        duration
    }

    pub(super) fn leeway(&mut self, key: &'static str, default: Duration) -> Duration {
        const MOST: Duration = Duration::from_secs(300);
        let duration = self.any_duration(key, default);
        if duration > MOST {
            self.error.push(
                key,
                "is more than five minutes",
                "synchronize the servers' clocks by NTP instead",
            );
            return default;
        }
        duration
    }

    fn any_duration(&mut self, key: &'static str, default: Duration) -> Duration {
        let parsed = match self.take(key) {
            None => return default,
            Some(Value::String(_, text)) => parse_duration(text),
            Some(Value::Num(_, number)) => whole_number(*number).map(Duration::from_secs),
            Some(_) => None,
        };
        parsed.unwrap_or_else(|| {
            self.error.push(
                key,
                "is no duration",
                format!("write {key} = \"30m\" (ms, s, m, h, d), or a number of seconds"),
            );
            default
        })
    }

    pub(super) fn warm_up(&mut self, key: &'static str) -> WarmUp {
        if self.take(key).is_none() {
            return WarmUp::Background;
        }
        match self.optional_text(key).as_deref() {
            Some("background") | None => WarmUp::Background,
            Some("required") => WarmUp::Required,
            Some(_) => {
                self.error.push(key, "must be `background` or `required`", "write warm_up = \"background\"");
                WarmUp::Background
            }
        }
    }

    pub(super) fn unguarded(&mut self, key: &'static str) -> Unguarded {
        if self.take(key).is_none() {
            return Unguarded::Allow;
        }
        match self.optional_text(key).as_deref() {
            Some("allow") | None => Unguarded::Allow,
            Some("warn") => Unguarded::Warn,
            Some("deny") => Unguarded::Deny,
            Some(_) => {
                self.error.push(key, "must be `allow`, `warn` or `deny`", "write unguarded = \"deny\"");
                Unguarded::Allow
            }
        }
    }
}

/// TOML numbers are signed, those from the environment are not.
pub(super) fn whole_number(number: figment::value::Num) -> Option<u64> {
    match (number.to_u128(), number.to_i128()) {
        (Some(number), _) => number.try_into().ok(),
        (_, Some(number)) => number.try_into().ok(),
        _ => None,
    }
}

/// `500ms`, `90`, `90s`, `15m`, `12h`, `14d`.
fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "ms" => return digits.parse().ok().map(Duration::from_millis),
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("14d"), Some(Duration::from_secs(14 * 86400)));
        for bad in ["", "m", "1w", "-1s", "1.5h", "99999999999999999999d", "18446744073709551615d"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn near_misses_are_near() {
        let told = |written: &str| {
            let dict = [(written.to_owned(), Value::from("x"))].into_iter().collect::<Dict>();
            let mut settings = Settings::open(Some(&Value::from(dict)));
            settings.take("endpoint");
            settings.into_error().to_string()
        };
        for near in ["endpont", "Endpoint", "end-points"] {
            assert!(told(near).contains("did you mean `endpoint`?"), "{near}");
        }
        assert!(told("tenant").contains("known settings: endpoint"));
    }
}
