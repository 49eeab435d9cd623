//! A Logto tenant inside a process, for examples, tests and local development. The same as a program is `logto-dev
//! tenant.toml`: see the README.
//!
//! The tenant listens on the loopback interface, signs every token with real keys, and behaves as it was
//! recorded from Logto 1.42.0: ES384 keys, opaque access tokens without a resource, organization tokens,
//! refresh tokens that rotate at 70 % of their lifetime, error bodies, sign-out with back-channel logout. It is not a
//! server for production: anybody can sign in with a click.
//!
//! ```
//! # async fn example() -> logto_dev::Result<()> {
//! use logto_dev::{ApiResource, Application, Endpoint, Role, Tenant, User};
//!
//! const API: &str = "https://shopping.your-app.com/api";
//!
//! let tenant = Tenant::builder()
//!     .api_resource(ApiResource::new(API).scopes(["read:orders"]))
//!     .role(Role::new("shop-user").scopes(API, ["read:orders"]))
//!     .user(User::new("alice").email("alice@example.com").role("shop-user"))
//!     .application(
//!         Application::traditional("my-app")
//!             .secret("my-secret")
//!             .redirect_uri("http://localhost:8000/logto/callback")
//!             .post_logout_redirect_uri("http://localhost:8000/"),
//!     )
//!     .start()
//!     .await?;
//!
//! // Configure the application with `tenant.endpoint()`, then sign a user in without a browser:
//! let url = format!(
//!     "{}/oidc/auth?client_id=my-app&response_type=code&scope=openid&state=s\
//!      &redirect_uri=http://localhost:8000/logto/callback",
//!     tenant.endpoint(),
//! );
//! let callback = tenant.sign_in(url, "alice").await?;
//! assert!(callback.as_str().starts_with("http://localhost:8000/logto/callback?code="));
//! assert_eq!(tenant.journal().count(Endpoint::Authorize), 1);
//! # Ok(()) }
//! # block_on(example()).unwrap();
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     loop {
//! #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output; }
//! #     }
//! # }
//! ```
//!
//! # For tests
//!
//! * [`Tenant::sign_in`] and [`Tenant::browser`]: sign-in and sign-out without a browser.
//! * [`Tenant::access_token`], [`Tenant::id_token`], [`Tenant::logout_token`]: tokens without a sign-in, including
//!   invalid ones.
//! * [`JwtCustomizer`]: custom claims in access tokens, and denials (`api.denyAccess()`).
//! * [`AccountCenter`]: the Account API and the pages of the account center, which are off in a new tenant.
//! * [`Tenant::clock`]: a clock that tests set, so that no test has to sleep.
//! * [`Tenant::faults`] and [`Tenant::journal`]: planned faults, and the requests that the tenant received.
//! * [`Tenant::keys`], [`Tenant::users`], [`Tenant::applications`], [`Tenant::organizations`],
//!   [`Tenant::organization_roles`], [`Tenant::organization_scopes`], [`Tenant::roles`], [`Tenant::api_resources`]:
//!   change the tenant while it runs.
//! * [`Tenant::add_webhook`], [`Tenant::webhooks_delivered`] and [`Tenant::webhook_deliveries`]: webhooks and their
//!   deliveries.
//!
//! # For development
//!
//! * [`Tenant::from_toml`] and [`TenantFile`]: a tenant in a file, with the line and key of each mistake.
//! * [`Tenant::reload`]: a new description for a running tenant.
//! * [`TenantBuilder::dev_pages`]: pages under `/dev/` that show and change the tenant.
//! * [`Applications::settings`]: the settings of each application, to paste.
//! * [`Tenant::send_backchannel_logout`] and [`Tenant::send_webhook_event`]: what an application responds to them.
//! * [`Users::set_claim`] and [`Users::set_custom_claim`]: the claims of a user.
//!
//! # Webhooks
//!
//! As recorded, each event is sent once, whatever the response is. Its shape depends on where the change was made: by
//! an administrator (`path`, `method`, `status`, `params`, `matchedRoute`, mostly `data`), by the user (only `data`),
//! or on the sign-in pages (`interactionEvent`, `sessionId`, `application`). The affected user is in `params.userId`
//! first, and then in `data.id`. Some events do not name the affected users: those of a deleted organization, role or
//! scope. **No event is sent** for these changes: roles and organization roles assigned or removed,
//! API scopes of organization roles, API resources, applications, deleted sessions, sign-outs, refreshes.
//!
//! # Not implemented
//!
//! The device flow (which Logto announces, and so does this tenant), sign-in by social or enterprise connectors,
//! one-time tokens, the Management API, enrolling second factors and linking identities through the Account API, limits on grants, wrong-password locks (and so
//! `Identifier.Lockout`, `Message.RateLimited` and `Grant.LimitExceeded`, which
//! [`Tenant::send_webhook`] can send), translated messages, compression. A button on the sign-in page replaces
//! every sign-in method.

#![forbid(unsafe_code)]

mod account;
mod browser;
mod builder;
mod clock;
mod customizer;
mod dev;
mod endpoint;
mod error;
mod faults;
mod file;
mod http;
mod issue;
mod journal;
mod keys;
mod live;
mod model;
mod oidc;
mod pending;
mod random;
pub mod recorded;
mod shared;
mod state;
mod tenant;
mod webhooks;

pub use account::{AccountCenter, AccountField, FieldControl, MfaFactor, ProviderToken};
pub use browser::Browser;
pub use builder::TenantBuilder;
pub use clock::Clock;
pub use customizer::{CustomizedToken, DenyAccess, JwtCustomizer};
pub use endpoint::Endpoint;
pub use error::{Error, Result};
pub use faults::{Fault, FaultOn, Faults, PlannedFault};
pub use file::TenantFile;
pub use issue::Issue;
pub use journal::{Entry, Journal, RecordedResponse};
pub use live::{
    ApiResources, ApplicationSettings, Applications, Keys, OrganizationRoles, OrganizationScopes,
    Organizations, Reloaded, Roles, Users,
};
pub use model::{ApiResource, Application, Organization, OrganizationRole, Role, User};
pub use shared::LogoutDelivery;
pub use tenant::Tenant;
pub use webhooks::{Webhook, WebhookDelivery};
