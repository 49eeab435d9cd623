//! What can go wrong when a tenant is built, started or driven.

use std::io;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tenant could not be built, started or driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process listens on the port that was asked for.
    #[error("port {0} is taken: stop what listens there, or leave `port` out to get a free one")]
    PortTaken(u16),
    /// The operating system refused a socket or a thread.
    #[error("the tenant cannot start")]
    Start(#[source] io::Error),
    /// The description of the tenant contradicts itself.
    #[error("the tenant's description does not hold together: {0}")]
    Description(String),
    /// No such user, application or organization.
    #[error("the tenant has no {kind} `{name}`")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name or id that was given.
        name: String,
    },
    /// The browser was given a URL that is not one, or that is not the tenant's.
    #[error("`{url}` is not a URL of this tenant")]
    ForeignUrl {
        /// The URL as it was given.
        url: String,
    },
    /// The tenant answered the browser with something that does not lead on.
    #[error("the tenant answered {status} to {method} {path}: {body}")]
    DeadEnd {
        /// The status of the answer.
        status: u16,
        /// The method of the request.
        method: String,
        /// The path of the request.
        path: String,
        /// The answer's body, shortened.
        body: String,
    },
    /// A fault that was planned for this request broke the connection.
    #[error("a planned fault broke {method} {path}")]
    Broken {
        /// The method of the request.
        method: String,
        /// The path of the request.
        path: String,
    },
    /// The cryptographic library refused to make or use a key.
    #[error("the cryptographic library failed")]
    Crypto,
    /// An application's back-channel logout endpoint could not be reached.
    #[error("the back-channel logout endpoint cannot be reached: {0}")]
    Unreachable(String),
}

impl Error {
    pub(crate) fn unknown(kind: &'static str, name: &str) -> Self {
        Self::Unknown { kind, name: name.to_owned() }
    }
}
