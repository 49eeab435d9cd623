//! The tenant that everybody signs in at.

use std::sync::Arc;

use logto_benches::{API, ORIGIN};
use logto_dev::{ApiResource, Application, Organization, OrganizationRole, Role, Tenant, User};
use serde_json::{Value, json};

use crate::Outcome;

/// The origin under which the applications on Node.js believe to live.
pub(crate) const NODE_ORIGIN: &str = "http://localhost:3000";
pub(crate) const APPLICATION: (&str, &str) = ("bench", "the-secret-of-the-benchmark");
/// Who signs in wherever one person is enough; an administrator of the first organization.
pub(crate) const ALICE: &str = "alice";
/// How many others there are.
pub(crate) const PEOPLE: usize = 1_000;
/// In how many organizations `member_of` are.
pub(crate) const MEMBERSHIPS: [usize; 3] = [1, 10, 100];

/// A person without any organization.
pub(crate) fn person(number: usize) -> String {
    format!("person-{number}")
}

/// The person in so many organizations.
pub(crate) fn member_of(organizations: usize) -> String {
    format!("member-of-{organizations}")
}

pub(crate) fn organization(number: usize) -> String {
    format!("organization-{number:03}")
}

pub(crate) async fn start() -> Outcome<Arc<Tenant>> {
    let mut tenant = Tenant::builder()
        .api_resource(ApiResource::new(API).scopes(["read:orders", "write:orders"]))
        .organization_scopes(["invite:member"])
        .role(Role::new("shop-user").scopes(API, ["read:orders", "write:orders"]))
        .organization_role(
            OrganizationRole::new("admin")
                .organization_scopes(["invite:member"])
                .scopes(API, ["read:orders", "write:orders"]),
        )
        .user(user(ALICE).member_of(organization(0), ["admin"]))
        .application(
            Application::traditional(APPLICATION.0)
                .secret(APPLICATION.1)
                .always_issue_refresh_token(true)
                .redirect_uri(format!("{ORIGIN}/logto/callback"))
                .redirect_uri(format!("{NODE_ORIGIN}/logto/sign-in-callback"))
                .redirect_uri(format!("{NODE_ORIGIN}/callback"))
                .post_logout_redirect_uri(format!("{ORIGIN}/")),
        );
    for number in 0..MEMBERSHIPS.into_iter().max().unwrap_or(0) {
        tenant = tenant.organization(Organization::new(organization(number), format!("Number {number}")));
    }
    for organizations in MEMBERSHIPS {
        let member = (0..organizations).fold(user(&member_of(organizations)), |user, number| {
            user.member_of(organization(number), ["admin"])
        });
        tenant = tenant.user(member);
    }
    for number in 0..PEOPLE {
        tenant = tenant.user(user(&person(number)));
    }
    Ok(Arc::new(tenant.start().await?))
}

fn user(name: &str) -> User {
    User::new(name)
        .id(name)
        .name("Alice Example")
        .email(format!("{name}@example.com"))
        .picture("https://example.com/people/alice/picture-of-a-person.png")
        .profile("given_name", "Alice")
        .profile("family_name", "Example")
        .profile("locale", "fr-FR")
        .profile("zoneinfo", "Europe/Paris")
        .profile("nickname", "the person of the benchmark")
        .profile("website", "https://alice.example.com/about/me/and/what/I/do")
        .profile("profile", "https://social.example.com/people/alice-example")
        .role("shop-user")
}

/// What goes under `[default.logto]`.
pub(crate) fn settings(tenant: &Tenant, store: &str, redis_url: Option<String>) -> Value {
    let mut settings = json!({
        "endpoint": tenant.endpoint(),
        "app_id": APPLICATION.0,
        "app_secret": APPLICATION.1,
        "public_url": ORIGIN,
        "resources": [API],
        "session_store": store,
        "cookie_keys": ["a key for a benchmark, of 32 characters or more"],
        // Patience with a machine that does other things as well.
        "store_timeout": "5s",
        "request_timeout": "60s",
        "warm_up": "required",
    });
    if let Some(url) = redis_url {
        settings["redis_url"] = url.into();
    }
    settings
}
