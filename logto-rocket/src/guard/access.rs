//! The access report: every mounted route, and what it asks of its callers.

mod sign_in;

use std::fmt;

use rocket::Route;
use serde::Serialize;

use self::sign_in::SignInReport;
use super::mounted_guards::{MountedGuard, RouteGuards};
use super::rule::{OrganizationSource, Rule, Subject, TokenKind, Via};
use crate::config::Config;
use crate::names::RESOURCE_METADATA;
use crate::types::Scopes;

/// Every mounted route with its rules. Made at launch; see [`Logto::access_report`](crate::Logto::access_report).
///
/// `Display` writes a table. `Serialize` writes JSON whose members are only ever added to within one
/// `schema`:
///
/// ```json
/// {"schema": 1, "routes": [{"method": "GET", "uri": "/orders", "handler": "list_orders", "rank": -12,
///   "access": "guarded", "rules": [{"attribute": "require_auth", "item": "shop::list_orders",
///   "scopes": ["read:orders"], "any_scope": [], "roles": [], "any_role": [], "resource": null,
///   "organization": null, "via": "session or bearer", "subject": "user", "max_age": null,
///   "check": false, "token": null, "optional": false, "clients": []}]}],
///  "sign_in": {"scopes": [{"name": "read:orders", "built_in": false, "setting": null,
///   "guards": ["shop::list_orders"]}], "resources": []}}
/// ```
///
/// An `optional` guard stands within `Option`, `Result` or another type: the handler runs although it has said no.
/// A route with no other guards is not `guarded`. `clients` are the applications whose bearer tokens are taken (the key
/// `clients`, else the setting `bearer_clients`); where `via` allows bearers and there are none, any application's are.
///
/// `sign_in` has the scopes and API resources that a sign-in requests, and why: every sign-in does (`built_in`), a
/// setting names it (`setting`), or guarded items need it (`guards`). An API alone has no sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct AccessReport {
    schema: u32,
    routes: Vec<RouteAccess>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInReport>,
}

/// One mounted route.
#[derive(Debug, Clone, Serialize)]
pub struct RouteAccess {
    method: String,
    uri: String,
    handler: Option<String>,
    rank: isize,
    access: Access,
    rules: Vec<RuleReport>,
}

/// Who may reach a route's handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever its rules let in.
    Guarded,
    /// Everybody, as `#[public]` says.
    Public,
    /// Everybody, and nothing says that this is meant.
    Unguarded,
    /// One of the routes that [`Logto::fairing`](crate::Logto::fairing) mounts.
    BuiltIn,
}

/// One rule of a route.
#[derive(Debug, Clone, Serialize)]
struct RuleReport {
    attribute: &'static str,
    item: &'static str,
    scopes: &'static [&'static str],
    any_scope: &'static [&'static str],
    roles: &'static [&'static str],
    any_role: &'static [&'static str],
    resource: Option<&'static str>,
    organization: Option<String>,
    via: &'static str,
    subject: &'static str,
    max_age: Option<u64>,
    #[serde(skip_serializing_if = "is_true")]
    keep_alive: bool,
    check: bool,
    token: Option<&'static str>,
    optional: bool,
    clients: Vec<String>,
    #[serde(skip)]
    takes_bearers: bool,
}

/// `keep_alive` is reported where it is off.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

impl AccessReport {
    /// The routes, in the order in which they were mounted.
    #[must_use]
    pub fn routes(&self) -> &[RouteAccess] {
        &self.routes
    }

    /// The routes that everybody can reach although nothing says that this is meant.
    pub fn unguarded(&self) -> impl Iterator<Item = &RouteAccess> {
        self.routes.iter().filter(|route| route.access == Access::Unguarded)
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// `scopes` are those of the settings; `None` for an API alone, which nobody signs in to.
    pub(crate) fn new(found: &[RouteGuards<'_>], config: &Config, scopes: Option<&Scopes>) -> Self {
        let report = |found: &RouteGuards<'_>| RouteAccess::new(found.route, &found.guards, config);
        let routes = found.iter().map(report).collect();
        let sign_in = scopes.map(|scopes| SignInReport::new(found, config, scopes));
        AccessReport { schema: 1, routes, sign_in }
    }
}

impl RouteAccess {
    /// The route's method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The route's URI, with its mount point.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Who may reach its handler.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    fn new(route: &Route, mounted: &[MountedGuard], config: &Config) -> Self {
        let is = |guard: &MountedGuard, attribute: &str| guard.rule.attribute == attribute;
        let mut guards: Vec<&MountedGuard> = mounted
            .iter()
            .filter(|guard| ![PUBLIC, MAYBE_USER, SESSION_DATA].iter().any(|name| is(guard, name)))
            .collect();
        // Beside another guard they only say who was let in.
        let only_tells = |guard: &MountedGuard| is(guard, IDENTITY) || is(guard, CLAIMS);
        if guards.iter().any(|guard| !guard.optional && !only_tells(guard)) {
            guards.retain(|guard| !only_tells(guard));
        }
        let base = route.uri.base();
        let is_of_web_app = config.web_app.as_ref().is_some_and(|web_app| web_app.is_mount_of_fairing(base));
        let is_ours = is_of_web_app || base == RESOURCE_METADATA;
        let access = if is_ours && mounted.iter().any(|guard| is(guard, BUILT_IN)) {
            guards.clear();
            Access::BuiltIn
        } else if guards.iter().any(|guard| !guard.optional) {
            Access::Guarded
        } else if mounted.iter().any(|guard| is(guard, PUBLIC) && !guard.optional) {
            Access::Public
        } else {
            Access::Unguarded
        };
        RouteAccess {
            method: route.method.to_string(),
            uri: route.uri.to_string(),
            handler: route.name.as_ref().map(ToString::to_string),
            rank: route.rank,
            access,
            rules: guards
                .into_iter()
                .map(|guard| RuleReport::of(&guard.rule, guard.optional, config))
                .collect(),
        }
    }

    /// The optional guards, by name: they keep nobody out.
    pub(super) fn optional_guards(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().filter(|rule| rule.optional).map(RuleReport::guard)
    }
}

/// The attribute of a rule that lets everybody in on purpose.
pub(crate) const PUBLIC: &str = "public";
/// The attribute of the rule that this crate's own routes carry.
pub(crate) const BUILT_IN: &str = "built-in";
/// How access reports call the parameter that says who was let in.
pub(crate) const IDENTITY: &str = "Identity";
/// How access reports call the parameter that has the claims of the caller's token.
pub(crate) const CLAIMS: &str = "Claims";
/// The parameter that keeps nobody out, and so is no guard to an access report.
pub(crate) const MAYBE_USER: &str = "MaybeUser";
/// The parameter that is the application's data in a session. It keeps nobody out either.
pub(crate) const SESSION_DATA: &str = "SessionData";
/// How access reports call the data guard of webhooks.
pub(crate) const WEBHOOK: &str = "Webhook";

/// What a rule asks for, in one line, as the table of the access report says it.
pub(super) fn rule_summary(rule: &Rule, config: &Config) -> String {
    RuleReport::of(rule, false, config).summary()
}

impl RuleReport {
    fn of(rule: &Rule, optional: bool, config: &Config) -> Self {
        RuleReport {
            attribute: rule.attribute,
            item: rule.item,
            scopes: rule.scopes,
            any_scope: rule.any_scope,
            roles: rule.roles,
            any_role: rule.any_role,
            resource: rule.resource,
            organization: rule.organization.map(|source| match source {
                OrganizationSource::Segment { name, .. } | OrganizationSource::Parameter(name) => {
                    format!("<{name}>")
                }
                OrganizationSource::Query(name) => format!("?<{name}>"),
                OrganizationSource::Header(name) => format!("header:{name}"),
                OrganizationSource::Session => "session".to_owned(),
            }),
            via: match rule.via {
                // An API alone has no sessions.
                Via::Both if config.web_app.is_none() => "bearer",
                Via::Both => "session or bearer",
                Via::Session => "session",
                Via::Bearer => "bearer",
            },
            subject: match rule.subject {
                Subject::User => "user",
                Subject::Machine => "machine",
                Subject::Any => "any",
            },
            max_age: rule.max_age,
            keep_alive: rule.keeps_alive,
            check: rule.check.is_some(),
            token: match rule.token {
                TokenKind::None => None,
                TokenKind::Access => Some("access token"),
                TokenKind::Organization => Some("organization token"),
            },
            optional,
            clients: accepted_clients(rule, &config.bearer_clients),
            takes_bearers: takes_bearers(rule),
        }
    }

    /// The guard's name: the attribute's, or that of the struct or the type that a parameter has.
    fn guard(&self) -> &str {
        let is_attribute = self.attribute.starts_with(|first: char| first.is_ascii_lowercase());
        match self.item.rsplit("::").next() {
            Some(name) if is_attribute => name,
            _ => self.attribute,
        }
    }

    /// The rule in one cell of the table.
    fn summary(&self) -> String {
        let optional = if self.optional { "optional " } else { "" };
        if self.attribute == WEBHOOK {
            return format!("{optional}{WEBHOOK}: signed by Logto");
        }
        let mut parts = Vec::new();
        let mut list = |name: &str, values: &[&str]| {
            if !values.is_empty() {
                parts.push(format!("{name} {}", values.join(" ")));
            }
        };
        list("scopes", self.scopes);
        list("any scope", self.any_scope);
        list("roles", self.roles);
        list("any role", self.any_role);
        list("of", self.resource.as_slice());
        list("in", self.organization.as_deref().as_slice());
        if let Some(seconds) = self.max_age {
            parts.push(format!("signed in within {seconds} s"));
        }
        if !self.keep_alive {
            parts.push("keeps no session alive".to_owned());
        }
        if self.check {
            parts.push("own check".to_owned());
        }
        if self.subject != "user" {
            parts.push(format!("subject {}", self.subject));
        }
        parts.push(format!("by {}", self.via));
        parts.extend(self.bearers());
        let name = if self.optional { self.guard() } else { self.attribute };
        format!("{optional}{name}: {}", parts.join(", "))
    }
}

impl RuleReport {
    /// Whose bearer tokens are taken: where applications are named, and where nothing else narrows it down.
    fn bearers(&self) -> Option<String> {
        let names_scopes = !self.scopes.is_empty() || !self.any_scope.is_empty();
        if !self.takes_bearers {
            None
        } else if !self.clients.is_empty() {
            Some(format!("bearers of {}", self.clients.join(" ")))
        } else if names_scopes {
            None
        } else {
            Some("bearers of any application".to_owned())
        }
    }
}

/// The applications whose bearer tokens are accepted: those of the rule, else those of the settings.
fn accepted_clients(rule: &Rule, bearer_clients: &[String]) -> Vec<String> {
    if !takes_bearers(rule) {
        Vec::new()
    } else if rule.clients.is_empty() {
        bearer_clients.to_vec()
    } else {
        rule.clients.iter().map(|&client| client.to_owned()).collect()
    }
}

/// Whether a bearer token can meet the rule.
fn takes_bearers(rule: &Rule) -> bool {
    rule.via != Via::Session && !rule.asks_for_roles() && rule.attribute != WEBHOOK
}

impl fmt::Display for AccessReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<[String; 3]> = self.routes.iter().map(RouteAccess::cells).collect();
        let width = |column: usize| cells.iter().map(|cell| cell[column].chars().count()).max().unwrap_or(0);
        let (routes, handlers) = (width(0), width(1));
        for [route, handler, rule] in &cells {
            writeln!(f, "{route:routes$}  {handler:handlers$}  {rule}")?;
        }
        self.sign_in.iter().try_for_each(|sign_in| write!(f, "\n{sign_in}"))
    }
}

impl RouteAccess {
    fn cells(&self) -> [String; 3] {
        let access = match self.access {
            Access::Guarded => None,
            Access::Public => Some("public".to_owned()),
            Access::Unguarded => Some("UNGUARDED".to_owned()),
            Access::BuiltIn => Some("built in".to_owned()),
        };
        let rules = access.into_iter().chain(self.rules.iter().map(RuleReport::summary));
        let rules = rules.collect::<Vec<_>>().join("; ");
        [format!("{} {}", self.method, self.uri), self.handler.clone().unwrap_or_default(), rules]
    }
}
