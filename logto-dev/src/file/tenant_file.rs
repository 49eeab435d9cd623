//! A file that describes a tenant, and its changes.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{mistake_in, parse};
use crate::{Error, Result, TenantBuilder};

/// A TOML file that describes a tenant, with the format of [`Tenant::from_toml`](crate::Tenant::from_toml). It can be
/// asked whether it has changed.
///
/// It compares the content of the file, and does not use the operating system's notifications: these differ between
/// systems, do not arrive from network file systems and containers, and follow the old file where an editor replaces a
/// file by renaming another one. The file is a few kilobytes.
///
/// ```no_run
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::TenantFile;
/// let mut file = TenantFile::open("tenant.toml")?;
/// let tenant = file.describe()?.start().await?;
/// // From time to time:
/// if let Some(changed) = file.changed() {
///     tenant.reload(changed?)?;
/// }
/// # Ok(()) }
/// ```
pub struct TenantFile {
    path: PathBuf,
    content: Content,
    /// New content that was read once. It counts when it is read a second time, so that a file rarely counts while it
    /// is still being written. It does if the save stalls for longer than the time between two calls.
    unsettled: Option<Content>,
}

#[derive(Clone, PartialEq)]
enum Content {
    Text(String),
    Unreadable(std::io::ErrorKind),
}

impl TenantFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let text = std::fs::read_to_string(&path).map_err(|source| unreadable(&path, source))?;
        Ok(Self { path, content: Content::Text(text), unsettled: None })
    }

    /// The tenant that the file describes, as it was read last. Unlike [`Tenant::from_toml`](crate::Tenant::from_toml),
    /// it also checks that what the file names is described in it.
    ///
    /// # Errors
    ///
    /// [`Error::InFile`] with the line and the key, [`Error::Unreadable`] if the file could not be read.
    pub fn describe(&self) -> Result<TenantBuilder> {
        let text = match &self.content {
            Content::Text(text) => text,
            Content::Unreadable(kind) => return Err(unreadable(&self.path, (*kind).into())),
        };
        let described = parse(text).and_then(|file| file.into_builder());
        let checked = described.and_then(|builder| {
            builder.directory.check()?;
            Ok(builder)
        });
        checked.map_err(|mistake| mistake_in(text, mistake).at(&self.path.display().to_string()))
    }

    /// Reads the file again. Returns what it describes now, or what is wrong with it, if its content has changed and was
    /// the same in two calls in a row. Call it a few times per second, with a pause before each call: the pause gives a
    /// program that saves the file the time to finish. If a save stalls for longer, a part of the file counts as the
    /// whole; [`Tenant::reload`](crate::Tenant::reload) refuses one with neither users nor applications.
    pub fn changed(&mut self) -> Option<Result<TenantBuilder>> {
        let content = match std::fs::read_to_string(&self.path) {
            Ok(text) => Content::Text(text),
            Err(error) => Content::Unreadable(error.kind()),
        };
        if content == self.content {
            self.unsettled = None;
            return None;
        }
        if self.unsettled.as_ref() != Some(&content) {
            self.unsettled = Some(content);
            return None;
        }
        self.unsettled = None;
        self.content = content;
        Some(self.describe())
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Unreadable { path: path.display().to_string(), source }
}

/// The content has secrets.
impl fmt::Debug for TenantFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TenantFile").field("path", &self.path).finish_non_exhaustive()
    }
}
