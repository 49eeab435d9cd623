//! The example that `logto-dev init` writes.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::output::say;

const EXAMPLE: &str = include_str!("example.toml");

pub(crate) fn write(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let written = created.and_then(|mut file| file.write_all(EXAMPLE.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{shown} already exists and was left unchanged. Name another file: logto-dev init FILE")
        }
        _ => format!("{shown} cannot be written: {error}"),
    })?;
    say(&format!("Wrote {shown}. Edit it, then start the tenant: logto-dev {shown}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use logto_dev::Tenant;

    use super::EXAMPLE;

    #[test]
    fn the_example_describes_a_tenant() {
        let tenant = Tenant::from_toml(EXAMPLE).unwrap().port(0).start_blocking().unwrap();
        assert_eq!(tenant.applications().settings().len(), 1);
        assert!(tenant.users().id("alice").is_ok());
    }
}
