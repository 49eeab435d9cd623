//! Tokens of the server's own: fetched once for all, never for the wrong thing, and through an outage.

mod calls;
mod credentials;
mod elsewhere;
mod refused;
mod tokens;
mod told;

use logto_dev::recorded::{M2M_APP, OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Tenant};
use logto_rocket::{Clock, Logto, MachineTokens};
use logto_tests::{probe_app, settings};
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;

/// An application of the recorded tenant, with the recorded machine, and the tokens of its own.
pub(crate) struct Office {
    pub(crate) tenant: Tenant,
    client: Client,
}

impl Office {
    pub(crate) async fn open() -> Office {
        Office::with(|figment| {
            figment
                .merge(("logto.machine_app_id", M2M_APP.id))
                .merge(("logto.machine_app_secret", M2M_APP.secret))
        })
        .await
    }

    pub(crate) async fn with(change: impl FnOnce(Figment) -> Figment) -> Office {
        let tenant = Tenant::recorded().start().await.unwrap();
        let clock = tenant.clock().clone();
        let rocket = probe_app(
            change(settings(&tenant).merge(("logto.resources", [SHOPPING_API, OTHER_API]))),
            Logto::fairing().clock(Clock::new(move || clock.now())),
        );
        let client = Client::tracked(rocket).await.expect("the application launches");
        Office { tenant, client }
    }

    pub(crate) fn logto(&self) -> &Logto {
        self.client.rocket().state::<Logto>().unwrap()
    }

    pub(crate) fn tokens(&self) -> MachineTokens {
        self.logto().machine_tokens().clone()
    }

    /// How many calls there were for tokens of the server's own.
    pub(crate) fn calls(&self) -> usize {
        let mut calls = self.tenant.journal().of(Endpoint::Token);
        calls.retain(|call| call.param("grant_type") == Some("client_credentials"));
        calls.len()
    }
}
