//! The command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt as _};

/// The port that Logto listens on while it is developed.
pub(crate) const DEFAULT_PORT: u16 = 3001;
pub(crate) const DEFAULT_FILE: &str = "tenant.toml";

pub(crate) const USAGE: &str = "\
A Logto-compatible tenant on this machine, for the development of an application. It is not for production: anybody who
reaches it can sign in as anybody. So it listens on loopback addresses only.

Usage:
  logto-dev [OPTIONS] FILE    start the tenant that the TOML file describes
  logto-dev init [FILE]       write an example with comments (default: tenant.toml); an existing file is not changed

Options:
  --port PORT                 the port to listen on, before that of the file (default: 3001; 0: a free one)
  --address ADDRESS           the loopback address to listen on, before that of the file (default: 127.0.0.1)
  --until-stdin-closes        stop when the standard input ends, for scripts and tests
  -h, --help                  show this help
  -V, --version               show the version

The tenant reads the file again when it changes. Stop it with Ctrl-C.";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Version,
    Init(PathBuf),
    Run(Options),
}

/// How the tenant runs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) file: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) until_stdin_closes: bool,
}

impl Asked {
    pub(crate) fn from_arguments(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, lexopt::Error> {
        let mut parser = Parser::from_args(arguments);
        let mut words: Vec<OsString> = Vec::new();
        let (mut port, mut address, mut until_stdin_closes) = (None, None, false);
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                Arg::Short('V') | Arg::Long("version") => return Ok(Self::Version),
                Arg::Long("port") => port = Some(parser.value()?.parse()?),
                Arg::Long("address") => address = Some(address_in(&parser.value()?)?),
                Arg::Long("until-stdin-closes") => until_stdin_closes = true,
                Arg::Value(word) => words.push(word),
                other => return Err(other.unexpected()),
            }
        }
        let mut words = words.into_iter();
        let Some(first) = words.next() else { return Err("no file is named".into()) };
        let asked = if first == "init" {
            Self::Init(words.next().map_or_else(|| DEFAULT_FILE.into(), PathBuf::from))
        } else {
            Self::Run(Options { file: first.into(), port, address, until_stdin_closes })
        };
        match words.next() {
            Some(word) => {
                Err(format!("only one file can be given; {} is a second one", word.display()).into())
            }
            None => Ok(asked),
        }
    }
}

fn address_in(word: &OsString) -> Result<IpAddr, lexopt::Error> {
    let address = word.to_string_lossy();
    if address == "localhost" {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let unknown = |_| format!("{address} is not an IP address; use 127.0.0.1 or ::1");
    address.trim_matches(['[', ']']).parse().map_err(unknown).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{Asked, Options};

    fn asked(line: &str) -> Result<Asked, String> {
        Asked::from_arguments(line.split_whitespace().map(Into::into)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_stand_before_or_after_the_file() {
        let expected = Options {
            file: "a.toml".into(),
            port: Some(0),
            address: Some([127, 0, 0, 1].into()),
            until_stdin_closes: true,
        };
        for line in [
            "--port 0 --address localhost --until-stdin-closes a.toml",
            "a.toml --port=0 --address=127.0.0.1 --until-stdin-closes",
        ] {
            assert_eq!(asked(line), Ok(Asked::Run(Options { file: expected.file.clone(), ..expected })));
        }
        assert_eq!(asked("a.toml --help"), Ok(Asked::Help));
        assert_eq!(asked("-V"), Ok(Asked::Version));
        assert_eq!(asked("init"), Ok(Asked::Init("tenant.toml".into())));
        assert_eq!(asked("init b.toml"), Ok(Asked::Init("b.toml".into())));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, said) in [
            ("", "no file is named"),
            ("a.toml b.toml", "only one file can be given; b.toml is a second one"),
            ("--prot 3 a.toml", "--prot"),
            ("--port many a.toml", "many"),
            ("--port 70000 a.toml", "70000"),
            ("--port", "--port"),
            ("--address everywhere a.toml", "everywhere is not an IP address"),
        ] {
            let problem = asked(line).unwrap_err();
            assert!(problem.contains(said), "{line:?}: {problem}");
        }
    }
}
