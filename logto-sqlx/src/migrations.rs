//! The tables, as numbered steps. A step that was published does not change any more.

use crate::prefix::Prefix;

/// The steps for one database. The first is number 1.
pub(crate) struct Migrations(pub(crate) &'static [&'static str]);

/// Which step was the last one.
pub(crate) type Version = i32;

impl Migrations {
    pub(crate) fn latest(&self) -> Version {
        Version::try_from(self.0.len()).unwrap_or(Version::MAX)
    }

    /// The steps after `version`, with their numbers.
    pub(crate) fn after(&self, version: Version, prefix: &Prefix) -> impl Iterator<Item = (Version, String)> {
        let prefix = prefix.to_string();
        (1..)
            .zip(self.0)
            .filter(move |(number, _)| *number > version)
            .map(move |(number, step)| (number, step.replace("{prefix}", &prefix)))
    }

    /// Everything that a database administrator has to run where the application may not create tables.
    pub(crate) fn script(&self, prefix: &Prefix) -> String {
        let mut script = format!("{}\n\n", create_history(prefix));
        for (number, step) in self.after(0, prefix) {
            script += &format!("{step}{};\n", add_to_history(prefix, number));
        }
        script
    }
}

/// The table of the steps that were taken.
pub(crate) fn create_history(prefix: &Prefix) -> String {
    format!("CREATE TABLE IF NOT EXISTS {prefix}migrations (version integer PRIMARY KEY);")
}

pub(crate) fn add_to_history(prefix: &Prefix, number: Version) -> String {
    format!("INSERT INTO {prefix}migrations (version) VALUES ({number})")
}

pub(crate) fn latest_in_history(prefix: &Prefix) -> String {
    format!("SELECT coalesce(max(version), 0) FROM {prefix}migrations")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: Migrations = Migrations(&["one {prefix};\n", "two {prefix};\n", "three {prefix};\n"]);

    #[test]
    fn only_the_steps_that_are_missing_are_taken() {
        let after = |version| STEPS.after(version, &Prefix::default()).collect::<Vec<_>>();
        assert_eq!(STEPS.latest(), 3);
        assert_eq!(after(1), [(2, "two logto_;\n".to_owned()), (3, "three logto_;\n".to_owned())]);
        assert_eq!(after(3), []);
        assert_eq!(after(9), [], "a newer version of the application has been here");
    }

    #[test]
    fn the_script_also_records_the_steps() {
        let script = Migrations(&["one {prefix};\n"]).script(&Prefix::default());
        assert_eq!(
            script,
            "CREATE TABLE IF NOT EXISTS logto_migrations (version integer PRIMARY KEY);\n\none logto_;\n\
             INSERT INTO logto_migrations (version) VALUES (1);\n"
        );
    }
}
