//! A tenant described in TOML.

mod position;
mod tenant_file;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::customizer::{CustomizerRule, Effect};
use crate::{
    AccountCenter, AccountField, ApiResource, Application, Error, FieldControl, JwtCustomizer, Organization,
    OrganizationRole, Result, Role, TenantBuilder, User, Webhook,
};

use crate::model::Inconsistency;
use position::{Position, Source};
pub use tenant_file::TenantFile;

type Scopes = BTreeMap<String, Vec<String>>;

pub(crate) fn builder(toml: &str) -> Result<TenantBuilder> {
    let built = parse(toml).and_then(File::into_builder);
    built.map_err(|mistake| Error::Description(mistake_in(toml, mistake).to_string()))
}

fn parse(toml: &str) -> Result<File, Mistake> {
    toml::from_str(toml).map_err(Mistake::Toml)
}

/// What is wrong with a file.
enum Mistake {
    Toml(toml::de::Error),
    Inconsistency(Inconsistency),
    /// Not one of the above; it is about this key.
    Key(&'static str, Error),
}

impl From<Inconsistency> for Mistake {
    fn from(inconsistency: Inconsistency) -> Self {
        Self::Inconsistency(inconsistency)
    }
}

/// A mistake with its place.
struct Located {
    position: Position,
    problem: String,
}

impl Located {
    fn at(self, path: &str) -> Error {
        let Position { line, column } = self.position;
        Error::InFile { path: path.to_owned(), line, column, problem: self.problem }
    }
}

impl std::fmt::Display for Located {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Position { line, column } = self.position;
        write!(formatter, "line {line}, column {column}: {}", self.problem)
    }
}

/// The keys whose values are in no message.
const SECRETS: [&str; 3] = ["secret", "password", "signing_key"];

fn mistake_in(toml: &str, mistake: Mistake) -> Located {
    let source = Source::new(toml);
    let start = Position { line: 1, column: 1 };
    match mistake {
        Mistake::Toml(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let key = source.key_at(offset);
            let message = error.message().trim();
            let is_secret = key.is_some_and(|key| SECRETS.iter().any(|name| key.ends_with(name)));
            let problem = match key {
                Some(key) if is_secret && message.starts_with("invalid type") => {
                    format!("`{key}`: the value must be a string in quotation marks")
                }
                Some(key) if message.starts_with("missing field") => format!("`{key}`: {message}: add it"),
                Some(key) => format!("`{key}`: {message}"),
                None => message.replace('\n', ": "),
            };
            Located { position: source.position(offset), problem }
        }
        Mistake::Inconsistency(mistake) => {
            let position = source.position_of(&mistake).unwrap_or(start);
            Located { position, problem: format!("{}: add it or correct the name", mistake.message) }
        }
        Mistake::Key(key, error) => {
            let about =
                Inconsistency { owner: ("", String::new()), name: key.to_owned(), message: String::new() };
            let problem = match error {
                Error::Description(problem) => problem,
                other => other.to_string(),
            };
            Located { position: source.position_of(&about).unwrap_or(start), problem }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    port: Option<u16>,
    address: Option<IpAddr>,
    #[serde(default)]
    organization_scopes: Vec<String>,
    /// Further claims for ID tokens.
    #[serde(default)]
    id_token_claims: Vec<String>,
    #[serde(default, rename = "api_resource")]
    api_resources: Vec<ResourceEntry>,
    #[serde(default, rename = "role")]
    roles: Vec<RoleEntry>,
    #[serde(default, rename = "organization_role")]
    organization_roles: Vec<OrganizationRoleEntry>,
    #[serde(default, rename = "organization")]
    organizations: Vec<OrganizationEntry>,
    #[serde(default, rename = "user")]
    users: Vec<UserEntry>,
    #[serde(default, rename = "application")]
    applications: Vec<ApplicationEntry>,
    #[serde(default, rename = "webhook")]
    webhooks: Vec<WebhookEntry>,
    access_token_customizer: Option<CustomizerEntry>,
    client_credentials_customizer: Option<CustomizerEntry>,
    account_center: Option<AccountCenterEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceEntry {
    indicator: String,
    #[serde(default)]
    scopes: Vec<String>,
    access_token_ttl: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    name: String,
    #[serde(default)]
    scopes: Scopes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationRoleEntry {
    name: String,
    #[serde(default)]
    organization_scopes: Vec<String>,
    #[serde(default)]
    scopes: Scopes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationEntry {
    id: String,
    name: String,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    username: String,
    id: Option<String>,
    password: Option<String>,
    name: Option<String>,
    picture: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    #[serde(default)]
    profile: Map<String, Value>,
    custom_data: Option<Value>,
    address: Option<Value>,
    identities: Option<Value>,
    sso_identities: Option<Value>,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    roles: Vec<String>,
    /// Organization id to roles there.
    #[serde(default)]
    organizations: Scopes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationEntry {
    client_id: String,
    #[serde(default)]
    kind: Kind,
    name: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    #[serde(default)]
    always_issue_refresh_token: bool,
    rotate_refresh_token: Option<bool>,
    refresh_token_ttl: Option<u64>,
    id_token_ttl: Option<u64>,
    /// The scopes that a third-party application may request. Makes the application a third-party one.
    third_party_scopes: Option<Vec<String>>,
    accessible_to: Option<Vec<String>>,
    backchannel_logout_uri: Option<String>,
    #[serde(default)]
    backchannel_logout_session_required: bool,
    #[serde(default)]
    allow_token_exchange: bool,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    organizations: Scopes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookEntry {
    url: String,
    signing_key: String,
    events: Option<Vec<String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomizerEntry {
    claims: Option<Map<String, Value>>,
    /// The message of the denial; an empty one denies without a message.
    deny_access: Option<String>,
    #[serde(default, rename = "rule")]
    rules: Vec<CustomizerRuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomizerRuleEntry {
    user: Option<String>,
    client_id: Option<String>,
    claims: Option<Map<String, Value>>,
    deny_access: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountCenterEntry {
    enabled: bool,
    #[serde(default)]
    fields: BTreeMap<AccountField, FieldControl>,
    #[serde(default)]
    sends_sms: bool,
    #[serde(default)]
    enables_mfa: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Traditional,
    SinglePage,
    MachineToMachine,
}

impl File {
    fn into_builder(self) -> Result<TenantBuilder, Mistake> {
        let mut builder = TenantBuilder::default()
            .organization_scopes(self.organization_scopes)
            .id_token_claims(self.id_token_claims);
        if let Some(port) = self.port {
            builder = builder.port(port);
        }
        if let Some(address) = self.address {
            builder = builder.address(address);
        }
        builder = self.api_resources.into_iter().map(resource).fold(builder, TenantBuilder::api_resource);
        builder = self.roles.into_iter().map(role).fold(builder, TenantBuilder::role);
        let roles = self.organization_roles.into_iter().map(organization_role);
        builder = roles.fold(builder, TenantBuilder::organization_role);
        builder = self.organizations.into_iter().map(organization).fold(builder, TenantBuilder::organization);
        builder = self.users.into_iter().map(user).fold(builder, TenantBuilder::user);
        for entry in self.applications {
            builder = builder
                .application(application(entry).map_err(|error| Mistake::Key("third_party_scopes", error))?);
        }
        builder = self.webhooks.into_iter().map(webhook).fold(builder, TenantBuilder::webhook);
        if let Some(entry) = self.access_token_customizer {
            builder = builder.access_token_customizer(customizer(entry).map_err(of_customizer)?);
        }
        if let Some(entry) = self.client_credentials_customizer {
            builder = builder.client_credentials_customizer(customizer(entry).map_err(of_customizer)?);
        }
        if let Some(entry) = self.account_center {
            builder = builder.account_center(account_center(entry));
        }
        Ok(builder)
    }
}

fn of_customizer(error: Error) -> Mistake {
    Mistake::Key("deny_access", error)
}

fn resource(entry: ResourceEntry) -> ApiResource {
    let resource = ApiResource::new(entry.indicator).scopes(entry.scopes);
    with(resource, entry.access_token_ttl.map(Duration::from_secs), ApiResource::access_token_ttl)
}

fn role(entry: RoleEntry) -> Role {
    entry
        .scopes
        .into_iter()
        .fold(Role::new(entry.name), |role, (resource, scopes)| role.scopes(resource, scopes))
}

fn organization_role(entry: OrganizationRoleEntry) -> OrganizationRole {
    let role = OrganizationRole::new(entry.name).organization_scopes(entry.organization_scopes);
    entry.scopes.into_iter().fold(role, |role, (resource, scopes)| role.scopes(resource, scopes))
}

fn organization(entry: OrganizationEntry) -> Organization {
    with(Organization::new(entry.id, entry.name), entry.description, Organization::description)
}

fn user(entry: UserEntry) -> User {
    let mut user = User::new(entry.username);
    user = with(user, entry.id, User::id);
    user = with(user, entry.password, User::password);
    user = with(user, entry.name, User::name);
    user = with(user, entry.picture, User::picture);
    user = with(user, entry.email, User::email);
    user = with(user, entry.phone, User::phone);
    user = with(user, entry.custom_data, User::custom_data);
    user = with(user, entry.address, User::address);
    user = with(user, entry.identities, User::identities);
    user = with(user, entry.sso_identities, User::sso_identities);
    if entry.suspended {
        user = user.suspended();
    }
    user = entry.profile.into_iter().fold(user, |user, (claim, value)| user.profile(claim, value));
    user = entry.roles.into_iter().fold(user, User::role);
    entry.organizations.into_iter().fold(user, |user, (id, roles)| user.member_of(id, roles))
}

fn application(entry: ApplicationEntry) -> Result<Application> {
    let mut application = match (entry.kind, entry.third_party_scopes) {
        (Kind::Traditional, None) => Application::traditional(entry.client_id),
        (Kind::Traditional, Some(scopes)) => Application::third_party(entry.client_id, scopes),
        (Kind::SinglePage, None) => Application::single_page(entry.client_id),
        (Kind::MachineToMachine, None) => Application::machine_to_machine(entry.client_id),
        (_, Some(_)) => {
            let id = entry.client_id;
            let problem = format!(
                "application `{id}` has `third_party_scopes`, which only a traditional application can have"
            );
            return Err(Error::Description(problem));
        }
    };
    application = application
        .always_issue_refresh_token(entry.always_issue_refresh_token)
        .allow_token_exchange(entry.allow_token_exchange);
    application = with(application, entry.name, Application::name);
    application = with(application, entry.accessible_to, Application::accessible_to);
    application = with(application, entry.secret, Application::secret);
    application = with(application, entry.rotate_refresh_token, Application::rotate_refresh_token);
    let ttl = entry.refresh_token_ttl.map(Duration::from_secs);
    application = with(application, ttl, Application::refresh_token_ttl);
    let ttl = entry.id_token_ttl.map(Duration::from_secs);
    application = with(application, ttl, Application::id_token_ttl);
    application = entry.redirect_uris.into_iter().fold(application, Application::redirect_uri);
    let home = entry.post_logout_redirect_uris.into_iter();
    application = home.fold(application, Application::post_logout_redirect_uri);
    application = entry.roles.into_iter().fold(application, Application::role);
    let required = entry.backchannel_logout_session_required;
    application = with(application, entry.backchannel_logout_uri, |application, uri| {
        application.backchannel_logout_uri(uri, required)
    });
    Ok(entry
        .organizations
        .into_iter()
        .fold(application, |application, (id, roles)| application.member_of(id, roles)))
}

fn webhook(entry: WebhookEntry) -> Webhook {
    let webhook = with(Webhook::new(entry.url, entry.signing_key), entry.events, Webhook::events);
    let webhook = with(webhook, entry.timeout.map(Duration::from_secs), Webhook::timeout);
    entry.headers.into_iter().fold(webhook, |webhook, (name, value)| webhook.header(name, value))
}

fn account_center(entry: AccountCenterEntry) -> AccountCenter {
    let center = if entry.enabled { AccountCenter::enabled() } else { AccountCenter::disabled() };
    let center = if entry.sends_sms { center.sends_sms() } else { center };
    let center = if entry.enables_mfa { center.enables_mfa() } else { center };
    entry.fields.into_iter().fold(center, |center, (field, control)| center.field(field, control))
}

fn customizer(entry: CustomizerEntry) -> Result<JwtCustomizer> {
    let rules = entry.rules.into_iter().map(|rule| CustomizerRule {
        user: rule.user,
        client_id: rule.client_id,
        effect: Effect::new(rule.claims, rule.deny_access),
    });
    JwtCustomizer::described(Effect::new(entry.claims, entry.deny_access), rules.collect())
}

/// Sets a value from the file, or keeps the default if the file has none.
fn with<T, V>(target: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(target, value),
        None => target,
    }
}
