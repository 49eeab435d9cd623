//! What a sign-in requests of Logto, and which setting or guard needs it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::config::Config;
use crate::guard::mounted_guards::RouteGuards;
use crate::guard::rule::Rule;
use crate::guard::sign_in_needs::{needed_resource, needed_scopes, needs_organizations};
use crate::names::{ALWAYS_REQUESTED, ORGANIZATIONS_RESOURCE, ORGANIZATIONS_SCOPE};
use crate::types::{ResourceIndicator, Scopes};

/// The scopes and API resources of the authorization request, in the order of their names.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SignInReport {
    scopes: Vec<Requested>,
    resources: Vec<Requested>,
}

/// A scope or an API resource, and why it is requested.
#[derive(Debug, Clone, Serialize)]
struct Requested {
    name: String,
    #[serde(flatten)]
    reasons: Reasons,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Reasons {
    /// Whether every sign-in requests it.
    built_in: bool,
    /// The setting that names it.
    setting: Option<&'static str>,
    /// The guarded items that need it.
    guards: Vec<&'static str>,
}

type Names = BTreeMap<String, Reasons>;

impl SignInReport {
    /// `requested` are the scopes of the settings.
    pub(super) fn new(found: &[RouteGuards<'_>], config: &Config, requested: &Scopes) -> Self {
        let (mut scopes, mut resources) = (Names::new(), Names::new());
        for scope in ALWAYS_REQUESTED {
            of(&mut scopes, scope).built_in = true;
        }
        for scope in requested.iter() {
            of(&mut scopes, scope).setting = Some("scopes");
            if scope == ORGANIZATIONS_SCOPE {
                of(&mut resources, ORGANIZATIONS_RESOURCE).setting = Some("scopes");
            }
        }
        for resource in &config.resources {
            of(&mut resources, resource.as_str()).setting = Some("resources");
        }
        let sole_resource = config.sole_resource();
        for rule in found.iter().flat_map(|found| &found.guards).map(|guard| &guard.rule) {
            note(rule, sole_resource, &mut scopes, &mut resources);
        }
        SignInReport { scopes: list(scopes), resources: list(resources) }
    }
}

fn note(rule: &Rule, sole_resource: Option<&ResourceIndicator>, scopes: &mut Names, resources: &mut Names) {
    let needed_by = |reasons: &mut Reasons| {
        if !reasons.guards.contains(&rule.item) {
            reasons.guards.push(rule.item);
        }
    };
    needed_scopes(rule).for_each(|scope| needed_by(of(scopes, scope)));
    if needs_organizations(rule) {
        needed_by(of(scopes, ORGANIZATIONS_SCOPE));
        needed_by(of(resources, ORGANIZATIONS_RESOURCE));
    }
    if let Some(resource) = needed_resource(rule, sole_resource) {
        needed_by(of(resources, resource));
    }
}

fn of<'n>(names: &'n mut Names, name: &str) -> &'n mut Reasons {
    names.entry(name.to_owned()).or_default()
}

fn list(names: Names) -> Vec<Requested> {
    names.into_iter().map(|(name, reasons)| Requested { name, reasons }).collect()
}

impl fmt::Display for SignInReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes = self.scopes.iter().map(|requested| ("scope", requested));
        let resources = self.resources.iter().map(|requested| ("resource", requested));
        let width = |requested: &Requested| requested.name.chars().count();
        let width = self.scopes.iter().chain(&self.resources).map(width).max().unwrap_or(0);
        writeln!(f, "a sign-in requests")?;
        for (kind, Requested { name, reasons }) in scopes.chain(resources) {
            writeln!(f, "{kind:8}  {name:width$}  {reasons}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built_in = self.built_in.then(|| "always".to_owned());
        let setting = self.setting.map(|name| format!("setting `{name}`"));
        let guards = (!self.guards.is_empty()).then(|| format!("for {}", self.guards.join(" ")));
        let reasons: Vec<String> = built_in.into_iter().chain(setting).chain(guards).collect();
        f.write_str(&reasons.join(", "))
    }
}
