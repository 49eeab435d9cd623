//! The errors of this crate.

use std::io;
use std::net::IpAddr;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tenant could not be described, started or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port is in use.
    #[error("port {0} is in use: stop the process that listens there, or omit `port` to get a free port")]
    PortTaken(u16),
    /// The operating system refused a socket or a thread.
    #[error("the tenant cannot start")]
    Start(#[source] io::Error),
    /// The address to listen on is not a loopback address.
    #[error(
        "the tenant does not listen on {0}: anybody who reaches it can sign in as anybody, so it listens on loopback \
         addresses only. Use 127.0.0.1 or ::1, or omit the address"
    )]
    NotLoopback(IpAddr),
    /// The file that describes a tenant cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// The path of the file.
        path: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file that describes a tenant has a mistake.
    #[error("{path}:{line}:{column}: {problem}")]
    InFile {
        /// The path of the file.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong, with the key that it is about.
        problem: String,
    },
    /// A claim of a user cannot have this value.
    #[error("the claim `{claim}` cannot have this value: {problem}")]
    Claim {
        /// The claim.
        claim: String,
        /// What is expected.
        problem: String,
    },
    /// The tenant's JWT customizer denies this token.
    #[error("the JWT customizer of the tenant denies this token: {0}")]
    Denied(String),
    /// The new description of a running tenant has neither users nor applications, and the tenant has some. See
    /// [`Tenant::reload`](crate::Tenant::reload).
    #[error(
        "the new description has neither users nor applications, and would remove those of the tenant with their \
         sessions: describe at least one user or application, or start the tenant again"
    )]
    NothingDescribed,
    /// The description of the tenant contradicts itself.
    #[error("the tenant's description is inconsistent: {0}")]
    Description(String),
    /// There is no such user, application or organization.
    #[error("the tenant has no {kind} `{name}`")]
    Unknown {
        /// The kind of thing.
        kind: &'static str,
        /// Its name or id.
        name: String,
    },
    /// The browser got a URL that is malformed or not the tenant's.
    #[error("`{url}` is not a URL of this tenant")]
    ForeignUrl {
        /// The URL.
        url: String,
    },
    /// The browser got a response that does not continue the flow.
    #[error("the tenant responded with {status} to {method} {path}: {body}")]
    DeadEnd {
        /// The status of the response.
        status: u16,
        /// The method of the request.
        method: String,
        /// The path of the request.
        path: String,
        /// The response body, shortened.
        body: String,
    },
    /// A sign-in on a client of `rocket::local` has led to no session.
    #[cfg(feature = "rocket")]
    #[error("nobody was signed in: the application responded with {status} to GET {path}: {body}")]
    NotSignedIn {
        /// The status of the application's response.
        status: u16,
        /// The path of the request, without its query.
        path: String,
        /// The response body, shortened.
        body: String,
    },
    /// A planned fault broke the connection of this request.
    #[error("a planned fault broke {method} {path}")]
    Broken {
        /// The method of the request.
        method: String,
        /// The path of the request.
        path: String,
    },
    /// The cryptographic library could not create or use a key.
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
