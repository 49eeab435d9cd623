//! Changes the applications of a running tenant.

use crate::shared::Shared;
use crate::{Application, ApplicationSettings, Error, Result};

/// The applications of a running tenant.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// tenant.applications().change(recorded::ROCKET_APP.id, |application| application.secret("a second one"))?;
/// tenant.applications().remove(recorded::ROCKET_APP_PLAIN.id)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Applications<'a> {
    shared: &'a Shared,
}

impl<'a> Applications<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self { shared }
    }

    /// Changes an application: `change` gets its description and returns the new one.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a client id that the tenant does not have.
    pub fn change(&self, client_id: &str, change: impl FnOnce(Application) -> Application) -> Result<()> {
        self.shared.with_state(|state, _| {
            let mut known = state.directory.applications.iter_mut();
            let application = known.find(|known| known.client_id == client_id);
            let application = application.ok_or_else(|| Error::unknown("application", client_id))?;
            *application = change(application.clone());
            Ok(())
        })
    }

    /// The settings to paste into an application's configuration, one for each application with a redirect URI, in the
    /// order of the description.
    pub fn settings(&self) -> Vec<ApplicationSettings> {
        self.shared.with_state(|state, now| {
            let applications = state.directory.applications.iter();
            let web = applications.filter(|known| !known.redirect_uris.is_empty());
            web.map(|known| ApplicationSettings::new(&self.shared.endpoint, known, now)).collect()
        })
    }

    /// Deletes an application: from now on, its requests fail with `invalid_client`.
    ///
    /// # Errors
    ///
    /// As [`change`](Self::change).
    pub fn remove(&self, client_id: &str) -> Result<()> {
        self.shared.with_state(|state, _| {
            state.directory.application(client_id).ok_or_else(|| Error::unknown("application", client_id))?;
            state.directory.applications.retain(|known| known.client_id != client_id);
            Ok(())
        })
    }
}
