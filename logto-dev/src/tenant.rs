//! A running tenant.

mod changes;
mod deliveries;
mod description;
mod tokens;

use std::sync::Arc;

use url::Url;

use crate::browser::Browser;
use crate::http::Server;
use crate::live::Live;
use crate::shared::Shared;
use crate::{Clock, Faults, Journal, Result};

/// A Logto tenant inside this process. Dropping it stops it.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Application, Tenant, User};
/// let tenant = Tenant::builder()
///     .application(Application::traditional("my-app").secret("s").redirect_uri("http://localhost:8000/cb"))
///     .user(User::new("alice"))
///     .start()
///     .await?;
/// println!("issuer: {}", tenant.issuer());
/// # Ok(()) }
/// ```
pub struct Tenant {
    shared: Arc<Shared>,
    server: Server,
}

impl Tenant {
    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self { shared, server }
    }

    /// The tenant's address, which applications are configured with: `http://localhost:PORT`, or with the address if the
    /// tenant listens on another one than 127.0.0.1 or ::1. It has no trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.shared.endpoint
    }

    /// The issuer: the `iss` of every token.
    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// Opens an authorization URL in a headless browser and signs a user in. Returns the callback URL with
    /// `code`, `state` and `iss`, or with `error` if the tenant refuses with a redirect, without opening it.
    ///
    /// The user needs no password. Each call uses a new browser; see [`browser`](Self::browser) for one that keeps
    /// its session.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an unknown user,
    /// [`Error::DeadEnd`](crate::Error::DeadEnd) if Logto shows an error page instead of redirecting.
    pub async fn sign_in(&self, authorization_url: impl AsRef<str>, user: &str) -> Result<Url> {
        self.browser().sign_in(authorization_url, user).await
    }

    /// A browser that keeps its cookies at the tenant.
    pub fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.shared), self.server.runtime().clone())
    }

    /// The clock that everything in the tenant uses.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The fault plan.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The requests that the tenant received.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    fn live(&self) -> Live<'_> {
        Live { shared: &self.shared, runtime: self.server.runtime() }
    }

    /// Stops the tenant and waits until its port is free, as dropping it does.
    pub async fn shutdown(self) {
        drop(self.server);
    }
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tenant").field("endpoint", &self.shared.endpoint).finish_non_exhaustive()
    }
}
