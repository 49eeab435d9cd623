//! What the tenant sends: logout tokens and webhooks.

use super::Tenant;
use crate::issue;
use crate::model::strings;
use crate::webhooks;
use crate::{Error, LogoutDelivery, Result, Webhook, WebhookDelivery};

impl Tenant {
    /// Posts a logout token, valid or not, to an application's back-channel logout endpoint and returns the status
    /// of the response.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an application without such an endpoint,
    /// [`Error::Unreachable`](crate::Error::Unreachable) if the endpoint cannot be reached.
    pub async fn send_logout_token(&self, client_id: &str, token: impl Into<String>) -> Result<u16> {
        issue::send_logout_token(&self.shared, self.server.runtime(), client_id, token.into()).await
    }

    /// Posts a logout token about a user to an application's back-channel logout endpoint: one for each of the user's
    /// sessions with it, or one without `sid` if there is none. Returns the deliveries with the responses. It does not end
    /// the sessions at the tenant; [`Users::revoke_everything`](crate::Users::revoke_everything) does.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, recorded};
    /// let tenant = Tenant::recorded().start().await?;
    /// for delivery in tenant.send_backchannel_logout(recorded::BCL_APP.id, "alice").await? {
    ///     println!("{:?}: {}", delivery.status, delivery.response_body);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an unknown user or an application without such an endpoint.
    pub async fn send_backchannel_logout(&self, client_id: &str, user: &str) -> Result<Vec<LogoutDelivery>> {
        issue::send_backchannel_logout(&self.shared, client_id, user).await
    }

    /// The logout tokens that were sent so far, with the results.
    pub fn logout_deliveries(&self) -> Vec<LogoutDelivery> {
        self.shared.deliveries()
    }

    /// Adds a webhook, which gets the events from now on.
    pub fn add_webhook(&self, webhook: Webhook) {
        self.shared.with_state(|state, _| state.webhooks.push(webhook));
    }

    /// Replaces the webhooks, for example by ones with another signing key. An empty list disables webhooks.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, Webhook};
    /// let hook = |key: &str| Webhook::new("http://127.0.0.1:8000/logto/webhook", key);
    /// let tenant = Tenant::recorded().webhook(hook("the old signing key")).start().await?;
    /// tenant.set_webhooks([hook("the new signing key")]); // takes effect at once
    /// tenant.users().suspend("alice")?;
    /// tenant.webhooks_delivered().await;
    /// # Ok(()) }
    /// ```
    pub fn set_webhooks(&self, webhooks: impl IntoIterator<Item = Webhook>) {
        let webhooks = webhooks.into_iter().collect();
        self.shared.with_state(|state, _| state.webhooks = webhooks);
    }

    /// Sends a signed JSON object to the tenant's first webhook, whatever events it subscribes to, and
    /// returns the delivery. Only a missing `hookId` is added.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a tenant without webhooks.
    pub async fn send_webhook(
        &self,
        body: serde_json::Map<String, serde_json::Value>,
    ) -> Result<WebhookDelivery> {
        let webhook = self.shared.with_state(|state, _| state.webhooks.first().cloned());
        let webhook = webhook.ok_or_else(|| Error::unknown("webhook", "the first"))?;
        Ok(webhooks::deliver(&self.shared, &webhook, body).await)
    }

    /// Sends the tenant's webhooks what Logto sends on "send test payload" for these events: signed bodies about a
    /// user `fake-id` that does not exist.
    ///
    /// # Errors
    ///
    /// As [`send_webhook`](Self::send_webhook).
    pub async fn send_test_webhooks<I>(&self, events: I) -> Result<Vec<WebhookDelivery>>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let bodies = webhooks::test_events(&strings(events), self.shared.clock.now_ms());
        let mut deliveries = Vec::new();
        for body in bodies {
            deliveries.push(self.send_webhook(body).await?);
        }
        Ok(deliveries)
    }

    /// Sends one webhook one event, whatever events it subscribes to, and returns the delivery with the response. With a
    /// user, the event is about that user, as after a change by an administrator or a sign-in: `User.Created`,
    /// `User.Data.Updated`, `User.SuspensionStatus.Updated`, `User.Deleted`, `PostRegister` or `PostSignIn`. Without one,
    /// it is the test payload that Logto sends for any event.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, Webhook};
    /// let hook = "http://127.0.0.1:8000/logto/webhook";
    /// let tenant = Tenant::recorded().webhook(Webhook::new(hook, "the signing key")).start().await?;
    /// let delivery = tenant.send_webhook_event(hook, "User.Data.Updated", Some("alice")).await?;
    /// println!("{:?}: {}", delivery.status, delivery.response_body);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a URL that is not of a webhook, for an unknown user, and for an event
    /// that is not about a user.
    pub async fn send_webhook_event(
        &self,
        url: &str,
        event: &str,
        user: Option<&str>,
    ) -> Result<WebhookDelivery> {
        webhooks::send_event(&self.shared, url, event, user).await
    }

    /// Waits until every event so far was delivered or given up.
    pub async fn webhooks_delivered(&self) {
        self.shared.webhooks_pending.none().await;
    }

    /// The webhook deliveries so far, with the results.
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.shared.webhook_deliveries()
    }
}
