//! The decision against a plain model of it, for random rules and random credentials.

use std::sync::Arc;
use std::time::Duration;

use logto_dev::{Issue, Tenant, recorded};
use rocket::figment::Figment;
use rocket::http::Header;
use rocket::local::asynchronous::Client;

use super::*;
use crate::guard::rule::{OrganizationSource, Subject};
use crate::logto::WebApp;
use crate::names::ORGANIZATIONS_RESOURCE;
use crate::session::{CachedToken, PresentedNames, Session, SessionCookies, TokenTarget};
use crate::types::{OrganizationId, ResourceIndicator, Secret};

const SHOP: &str = recorded::SHOPPING_API;
const OTHER: &str = recorded::OTHER_API;
const ORGANIZATIONS: [&str; 2] = [recorded::ACME, recorded::GLOBEX];
const SCOPES: [&str; 4] = ["read:orders", "write:orders", "delete:orders", "invite:member"];

/// A small generator: the cases must be the same at every run, so that a failure can be looked at.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }

    fn maybe<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (self.roll(2) == 0).then(|| self.pick(from))
    }

    fn some_scopes(&mut self) -> Vec<&'static str> {
        SCOPES.into_iter().filter(|_| self.roll(3) != 0).collect()
    }

    fn few_scopes(&mut self) -> Vec<&'static str> {
        SCOPES.into_iter().filter(|_| self.roll(5) == 0).collect()
    }
}

#[derive(Debug, Clone)]
struct Token {
    machine: bool,
    resource: Option<&'static str>,
    organization: Option<&'static str>,
    scopes: Vec<&'static str>,
}

#[derive(Debug, Clone)]
enum Shown {
    Nothing,
    Bearer(Token),
    /// For each target what the session's token for it allows.
    Session(Vec<Token>),
}

/// What the documentation says, written down without looking at how it is done.
fn expected(rule: &Rule, asked: Option<&str>, shown: &Shown) -> Result<(), &'static str> {
    let wanted: Vec<&str> = rule.scopes.iter().chain(rule.any_scope).copied().collect();
    let with_organization = rule.organization.is_some();
    // (resource, organization) that a token has to be for; None: any of ours without an organization.
    let resource = match rule.resource {
        Some(resource) if resource == ORGANIZATIONS_RESOURCE => None,
        Some(resource) => Some(resource),
        None if wanted.is_empty() => None,
        None => Some(SHOP),
    };
    let known_is_enough = rule.resource.is_none() && wanted.is_empty() && !with_organization;
    let organization = if with_organization { Some(asked) } else { None };

    let enough = |scopes: &[&str]| {
        let all = rule.scopes.iter().all(|scope| scopes.contains(scope));
        let any = rule.any_scope.is_empty() || rule.any_scope.iter().any(|scope| scopes.contains(scope));
        if all && any { Ok(()) } else { Err("insufficient_scope") }
    };
    match shown {
        Shown::Nothing => Err("not_signed_in"),
        Shown::Bearer(_) if rule.via == Via::Session => Err("credential_not_accepted"),
        Shown::Session(_) if rule.via == Via::Bearer => Err("not_signed_in"),
        Shown::Bearer(token) => {
            if organization == Some(None) {
                return Err("no_organization");
            }
            let organization = organization.flatten();
            match (known_is_enough, resource, organization) {
                (true, ..) if token.resource.is_none() => return Err("token_audience"),
                (true, ..) | (_, Some(_), None) if token.resource == resource || known_is_enough => {
                    if token.organization.is_some() {
                        return Err("wrong_organization");
                    }
                }
                (_, Some(_), Some(asked)) if token.resource == resource => {
                    if token.organization != Some(asked) {
                        return Err("wrong_organization");
                    }
                }
                (_, None, Some(asked)) if token.resource.is_none() => {
                    if token.organization != Some(asked) {
                        return Err("wrong_organization");
                    }
                }
                _ => return Err("token_audience"),
            }
            match (rule.subject, token.machine) {
                (Subject::User, true) | (Subject::Machine, false) => return Err("subject_not_accepted"),
                _ => {}
            }
            enough(&token.scopes)
        }
        Shown::Session(tokens) => {
            if rule.subject == Subject::Machine {
                return Err("subject_not_accepted");
            }
            if known_is_enough {
                return Ok(());
            }
            if organization == Some(None) {
                return Err("no_organization");
            }
            let organization = organization.flatten();
            let token = tokens
                .iter()
                .find(|token| token.resource == resource && token.organization == organization)
                .expect("the session holds a token for each target");
            enough(&token.scopes)
        }
    }
}

fn random_rule(dice: &mut Dice) -> Rule {
    let mut rule = Rule::new("require_auth", "test", "test", 0);
    let leak = |list: Vec<&'static str>| -> &'static [&'static str] { Box::leak(list.into_boxed_slice()) };
    let (all, any) = (dice.few_scopes(), dice.few_scopes());
    if !all.is_empty() {
        rule = rule.scopes(leak(all));
    }
    if !any.is_empty() {
        rule = rule.any_scope(leak(any));
    }
    if let Some(source) = dice.maybe(&[OrganizationSource::Header("X-Org")]) {
        rule = rule.organization(source);
    }
    // Scopes of an organization need one to be named: anything else does not launch.
    let resources: &[&str] =
        if rule.organization.is_some() { &[SHOP, ORGANIZATIONS_RESOURCE] } else { &[SHOP] };
    if let Some(resource) = dice.maybe(resources) {
        rule = rule.resource(resource);
    }
    rule.via(dice.pick(&[Via::Both, Via::Both, Via::Session, Via::Bearer])).subject(dice.pick(&[
        Subject::User,
        Subject::Machine,
        Subject::Any,
        Subject::Any,
    ]))
}

fn random_shown(dice: &mut Dice) -> Shown {
    match dice.roll(5) {
        0 => Shown::Nothing,
        1 | 2 => {
            let organization = dice.maybe(&ORGANIZATIONS);
            let resources: &[Option<&str>] = if organization.is_some() {
                &[None, Some(SHOP), Some(OTHER)]
            } else {
                &[Some(SHOP), Some(OTHER)]
            };
            let resource = dice.pick(resources);
            Shown::Bearer(Token {
                machine: dice.roll(2) == 0,
                resource,
                organization,
                scopes: dice.some_scopes(),
            })
        }
        _ => {
            let mut tokens = Vec::new();
            for resource in [None, Some(SHOP)] {
                for organization in [None, Some(ORGANIZATIONS[0]), Some(ORGANIZATIONS[1])] {
                    tokens.push(Token { machine: false, resource, organization, scopes: dice.some_scopes() });
                }
            }
            Shown::Session(tokens)
        }
    }
}

fn bearer(tenant: &Tenant, token: &Token) -> String {
    let mut issue = if token.machine { Issue::machine(recorded::M2M_APP.id) } else { Issue::user("alice") };
    if let Some(resource) = token.resource {
        issue = issue.resource(resource);
    }
    if let Some(organization) = token.organization {
        issue = issue.organization(organization);
    }
    // The scopes are the case's, whatever the tenant would have granted.
    let issue = issue.claim("scope", token.scopes.join(" "));
    format!("Bearer {}", tenant.access_token(issue).expect("a token"))
}

fn cookies(logto: &WebApp, tokens: &[Token]) -> String {
    let now = logto.0.clock.now();
    let mut session = Session::for_test("my178uc0p45q", now);
    for token in tokens {
        session.cache_token(CachedToken {
            target: TokenTarget {
                resource: token.resource.map(ResourceIndicator::new),
                organization: token.organization.and_then(OrganizationId::new),
            },
            scopes: token.scopes.iter().copied().collect(),
            expires: now.plus(Duration::from_secs(3600)),
            received: now,
            secret: Some(Secret::new("unused")),
            handed_out: false,
        });
    }
    let cookies = SessionCookies::new(Arc::clone(&logto.0.keys), logto.0.names.clone());
    let cookies = cookies.write(&session, &PresentedNames::default()).expect("fits");
    let pairs =
        cookies.into_iter().filter_map(|cookie| cookie.value.map(|value| format!("{}={value}", cookie.name)));
    pairs.collect::<Vec<_>>().join("; ")
}

#[rocket::async_test]
async fn m16_f18_the_decision_equals_its_model() {
    let tenant = Tenant::recorded().start().await.expect("tenant");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.app_id", recorded::ROCKET_APP.id))
        .merge(("logto.app_secret", recorded::ROCKET_APP.secret))
        .merge(("logto.resources", [SHOP]));
    let client = Client::tracked(rocket::custom(figment).attach(Logto::fairing())).await.expect("launches");
    let logto = client.rocket().state::<Logto>().and_then(Logto::web_app).expect("state");

    let mut dice = Dice(0x0005_DEEC_E66D);
    let (mut let_in, mut refused) = (0, std::collections::BTreeMap::<&str, usize>::new());
    for case in 0..3_000 {
        let rule: &'static Rule = Box::leak(Box::new(random_rule(&mut dice)));
        let asked =
            dice.pick(&[Some(ORGANIZATIONS[0]), Some(ORGANIZATIONS[0]), Some(ORGANIZATIONS[1]), None]);
        let shown = random_shown(&mut dice);

        let mut request = client.get("/");
        if let Some(organization) = asked {
            request = request.header(Header::new("X-Org", organization));
        }
        match &shown {
            Shown::Nothing => {}
            Shown::Bearer(token) => {
                request = request.header(Header::new("Authorization", bearer(&tenant, token)))
            }
            Shown::Session(tokens) => request = request.header(Header::new("Cookie", cookies(logto, tokens))),
        }
        let decision = authorize(request.inner(), rule).await;
        let expected = match &shown {
            // A resource that is not configured here: no rule can ask for it.
            Shown::Bearer(token) if token.resource == Some(OTHER) && rule.via != Via::Session => {
                Err("token_audience")
            }
            _ => expected(rule, asked, &shown),
        };
        let found = decision.as_ref().map(|_| ()).map_err(AuthFailure::code);
        assert_eq!(found, expected, "case {case}: {rule:?}, organization {asked:?}, {shown:?}");
        match expected {
            Ok(()) => let_in += 1,
            Err(code) => *refused.entry(code).or_default() += 1,
        }
    }
    assert!(let_in > 300, "the cases must reach the handler too: {let_in}");
    assert_eq!(refused.len(), 7, "every way to be refused is met: {refused:?}");
}

/// What few requests wait for is in boxes, so that the future of a decision, which each guarded request allocates, stays
/// small. Up to 1,032 bytes, glibc's allocator takes from what the thread has freed before; above, it locks and merges.
/// The box has up to 48 bytes more.
#[rocket::async_test]
async fn the_future_of_a_decision_is_small() {
    static RULE: Rule = Rule::new("a rule", "of a test", file!(), line!());
    let client = Client::untracked(rocket::build()).await.expect("a client");
    let local = client.get("/");
    let future = decide_once(local.inner(), TypeId::of::<Rule>(), &RULE);
    assert!(size_of_val(&future) <= 980, "{} bytes", size_of_val(&future));
}
