//! The tenant of the recordings: Logto 1.42.0 with three users, two organizations, two APIs.
//!
//! | user | password | has |
//! |---|---|---|
//! | `alice` | `Alice-Pass-2026` | role `shop-user` (`read:orders write:orders`), `admin` of Acme, a full profile |
//! | `bob` | `Bob-Pass-2026` | nothing, not even a name |
//! | `carol` | `Carol-Pass-2026` | `member` of Acme and of Globex, a name outside ASCII |
//!
//! The organization role `admin` has both organization scopes and all three API scopes, `member` has
//! `invite:member` and `read:orders`, `machine` has `invite:member` and `delete:orders`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::{ApiResource, Application, Organization, OrganizationRole, Role, TenantBuilder, User};

/// An application's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The client id.
    pub id: &'static str,
    /// The client secret; empty for the public client.
    pub secret: &'static str,
}

/// The main API resource, with `read:orders`, `write:orders` and `delete:orders`. Its tokens are valid for one hour.
pub const SHOPPING_API: &str = "https://shopping.your-app.com/api";
/// The other API resource, with the scope `ping`, which nobody has. Its tokens are valid for ten seconds.
pub const OTHER_API: &str = "https://other.your-app.com/api";
/// The organization Acme.
pub const ACME: &str = "7wvvh86x5bl0";
/// The organization Globex.
pub const GLOBEX: &str = "pvihkqf99smb";
/// Alice's id.
pub const ALICE: &str = "my178uc0p45q";
/// Bob's id.
pub const BOB: &str = "3ibnefp9aie0";
/// Carol's id.
pub const CAROL: &str = "wh6drdstsyrk";

/// The usual traditional application, which always gets a refresh token.
pub const ROCKET_APP: Credentials =
    Credentials { id: "7ojjf7r93kr7ye8hlzyac", secret: "g3EhfoQQ0p23bOhixWaHBdeMI39qnKIn" };
/// A traditional application that gets a refresh token only with `offline_access` and `prompt=consent`.
pub const ROCKET_APP_PLAIN: Credentials =
    Credentials { id: "l23vewq6wdrd8lp8i1odm", secret: "BZv7MofhjDYWBUSeMSaNfTShSFdHKXoj" };
/// A traditional application whose refresh tokens are valid for 20 seconds.
pub const SHORT_RT_APP: Credentials =
    Credentials { id: "syhby9xzyqb7tprigmgpn", secret: "lYn5GUw76DL3e9kO43yCQ78xTU0OCVV4" };
/// The same, without rotation.
pub const NOROTATE_APP: Credentials =
    Credentials { id: "a5f8uxs78c4z5xm9bah49", secret: "f9ouAkCdMiglCz9V9qbffmgVqNEKz7hH" };
/// A traditional application with back-channel logout at `http://127.0.0.1:8765/backchannel`, with `sid`; it always
/// gets a refresh token, and may use token exchange.
pub const BCL_APP: Credentials =
    Credentials { id: "owrtkub3tk8e013e9gowf", secret: "cvgpmn493fWzhlIkAHPdYGkOIb3qabaw" };
/// A public client.
pub const SPA_APP: Credentials = Credentials { id: "0ywzpo4s902atqs4qgwg5", secret: "" };
/// A third-party application, with a consent page.
pub const THIRD_PARTY_APP: Credentials =
    Credentials { id: "mdaags4v1xvx1qr8v1kt5", secret: "ORtxoFK554VAHIklmZnCbiBzOaj4ps27" };
/// A machine-to-machine application with the role `shop-machine`, in Acme with the role `machine`. It may use token
/// exchange.
pub const M2M_APP: Credentials =
    Credentials { id: "lsaex2xj1uxmscxg1ydat", secret: "dufcNbJpTYKir74aKKreCPEgKu6tCces" };

pub(crate) fn builder() -> TenantBuilder {
    let all_orders = ["read:orders", "write:orders", "delete:orders"];
    TenantBuilder::default()
        .api_resource(ApiResource::new(SHOPPING_API).scopes(all_orders))
        .api_resource(ApiResource::new(OTHER_API).scopes(["ping"]).access_token_ttl(Duration::from_secs(10)))
        .organization_scopes(["invite:member", "manage:billing"])
        .role(Role::new("shop-user").scopes(SHOPPING_API, ["read:orders", "write:orders"]))
        .role(Role::new("shop-machine").scopes(SHOPPING_API, all_orders))
        .organization_role(
            OrganizationRole::new("admin")
                .organization_scopes(["manage:billing", "invite:member"])
                .scopes(SHOPPING_API, all_orders),
        )
        .organization_role(
            OrganizationRole::new("member")
                .organization_scopes(["invite:member"])
                .scopes(SHOPPING_API, ["read:orders"]),
        )
        .organization_role(
            OrganizationRole::new("machine")
                .organization_scopes(["invite:member"])
                .scopes(SHOPPING_API, ["delete:orders"]),
        )
        .organization(Organization::new(ACME, "Acme").description("Acme (lab)"))
        .organization(Organization::new(GLOBEX, "Globex").description("Globex (lab)"))
        .user(alice())
        .user(User::new("bob").id(BOB).password("Bob-Pass-2026").created_at(at(1_795_208_668_345)))
        .user(carol())
        .application(traditional(ROCKET_APP, "rocket-app").always_issue_refresh_token(true))
        .application(traditional(ROCKET_APP_PLAIN, "rocket-app-plain"))
        .application(traditional(SHORT_RT_APP, "short-rt-app").refresh_token_ttl(Duration::from_secs(20)))
        .application(
            traditional(NOROTATE_APP, "norotate-app")
                .refresh_token_ttl(Duration::from_secs(20))
                .rotate_refresh_token(false),
        )
        .application(
            traditional(BCL_APP, "bcl-app")
                .always_issue_refresh_token(true)
                .allow_token_exchange(true)
                .backchannel_logout_uri("http://127.0.0.1:8765/backchannel", true),
        )
        .application(addresses(Application::single_page(SPA_APP.id).name("spa-app")))
        .application(third_party())
        .application(
            Application::machine_to_machine(M2M_APP.id)
                .name("m2m-app")
                .secret(M2M_APP.secret)
                .allow_token_exchange(true)
                .role("shop-machine")
                .member_of(ACME, ["machine"]),
        )
}

fn alice() -> User {
    User::new("alice")
        .id(ALICE)
        .password("Alice-Pass-2026")
        .name("Alice Example")
        .picture("https://example.com/alice.png")
        .email("alice@example.com")
        .phone("12025550101")
        .address(json!({ "country": "FR", "formatted": "1 rue de Test, Paris" }))
        .profile("family_name", "Example")
        .profile("given_name", "Alice")
        .profile("website", "https://alice.example.com")
        .profile("birthdate", "1990-01-02")
        .profile("zoneinfo", "Europe/Paris")
        .profile("locale", "fr-FR")
        .custom_data(json!({ "plan": "gold", "tags": ["a", "b"], "nested": { "n": 1 } }))
        .role("shop-user")
        .member_of(ACME, ["admin"])
        .created_at(at(1_795_208_667_986))
}

fn carol() -> User {
    User::new("carol")
        .id(CAROL)
        .password("Carol-Pass-2026")
        .name("Carol Ünïcode 😀")
        .email("carol@example.com")
        .member_of(ACME, ["member"])
        .member_of(GLOBEX, ["member"])
        .created_at(at(1_795_208_695_046))
}

fn third_party() -> Application {
    let scopes = [
        "profile",
        "email",
        "roles",
        "urn:logto:scope:organizations",
        "urn:logto:scope:organization_roles",
        "read:orders",
        "invite:member",
    ];
    addresses(Application::third_party(THIRD_PARTY_APP.id, scopes))
        .name("third-party-app")
        .secret(THIRD_PARTY_APP.secret)
}

fn traditional(credentials: Credentials, name: &str) -> Application {
    addresses(Application::traditional(credentials.id)).name(name).secret(credentials.secret)
}

fn addresses(application: Application) -> Application {
    ["localhost", "127.0.0.1"].iter().fold(application, |application, host| {
        application
            .redirect_uri(format!("http://{host}:8000/logto/callback"))
            .post_logout_redirect_uri(format!("http://{host}:8000/"))
    })
}

fn at(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}
