//! The options of the command line.

use std::path::PathBuf;

use lexopt::{Arg, Error, Parser, ValueExt};

pub(crate) const HELP: &str = "\
Checks the Logto settings of a Rocket application against its tenant.

Usage: logto-doctor [OPTIONS]

It reads Rocket.toml (or the file that ROCKET_CONFIG names) and ROCKET_* as the application does.

Options:
  --config PATH    the configuration file, in place of Rocket.toml
  --profile NAME   Rocket's profile, such as debug or release
  --account-api    the application uses User::account: the Account API must be on
  --json           print the report as JSON
  -h, --help       print this help
  -V, --version    print the version

The exit code is 0 if no check failed, 1 if one failed, and 2 if nothing could be checked.";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Check(Options),
    Help,
    Version,
}

/// What to check, and how to print it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) config: Option<PathBuf>,
    pub(crate) profile: Option<String>,
    pub(crate) account_api: bool,
    pub(crate) json: bool,
}

pub(crate) fn parse(mut parser: Parser) -> Result<Command, Error> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("config") => options.config = Some(PathBuf::from(parser.value()?)),
            Arg::Long("profile") => options.profile = Some(parser.value()?.string()?),
            Arg::Long("account-api") => options.account_api = true,
            Arg::Long("json") => options.json = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Check(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn options_are_read_and_unknown_ones_are_refused() {
        let all = ["--config", "a/Rocket.toml", "--profile=release", "--json", "--account-api"];
        let options = Options {
            config: Some(PathBuf::from("a/Rocket.toml")),
            profile: Some("release".to_owned()),
            account_api: true,
            json: true,
        };
        assert_eq!(parsed(&all).expect("options"), Command::Check(options));
        assert_eq!(parsed(&[]).expect("options"), Command::Check(Options::default()));
        assert_eq!(parsed(&["--json", "-h"]).expect("options"), Command::Help);
        for wrong in [&["--conf"][..], &["--config"], &["Rocket.toml"]] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
