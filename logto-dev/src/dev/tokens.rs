//! Issues a token for curl.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use serde_json::Value;

use super::layout::{hidden, option, problem};
use super::outcome::{IssuedToken, Outcome};
use super::people::{display_name, said};
use super::{Page, Visit};
use crate::Issue;
use crate::model::{ApplicationKind, Directory};

const FORM: &str = "token";

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    visit.shared.with_state(|state, _| {
        let directory = &state.directory;
        let machines: Vec<_> =
            directory.applications.iter().filter(|known| known.kind == ApplicationKind::MachineToMachine).collect();
        let clients =
            directory.applications.iter().filter(|known| known.kind != ApplicationKind::MachineToMachine);
        let (subject, client) = (visit.typed(FORM, "subject", ""), visit.typed(FORM, "client", ""));
        let (resource, organization) = (visit.typed(FORM, "resource", ""), visit.typed(FORM, "organization", ""));
        let to = address_of(directory);
        html! {
            p {
                "An access token without a sign-in, with a real signature. With neither an API resource nor an organization, \
                 it is an opaque token for userinfo."
            }
            form method="post" action=(Page::Tokens.path()) {
                (hidden(visit, FORM))
                (problem(visit, FORM))
                label for="subject" { "Who it is for" }
                select #subject name="subject" {
                    optgroup label="Users" {
                        @for user in &directory.users {
                            (option(&format!("user:{}", user.id), display_name(user), subject))
                        }
                    }
                    @if !machines.is_empty() {
                        optgroup label="Machines" {
                            @for machine in &machines {
                                (option(&format!("machine:{}", machine.client_id), &machine.name, subject))
                            }
                        }
                    }
                }
                label for="client" { "Application that a user's token is issued to" }
                select #client name="client" {
                    @for known in clients { (option(&known.client_id, &known.name, client)) }
                }
                label for="resource" { "API resource" }
                select #resource name="resource" {
                    (option("", "None", resource))
                    @for known in &directory.resources { (option(&known.indicator, &known.indicator, resource)) }
                }
                label for="organization" { "Organization" }
                select #organization name="organization" {
                    (option("", "None", organization))
                    @for known in &directory.organizations { (option(&known.id, &known.name, organization)) }
                }
                label for="scopes" { "Scopes, separated by spaces; empty for all that the user or machine has" }
                input #scopes name="scopes" autocomplete="off" spellcheck="false" value=(visit.typed(FORM, "scopes", ""));
                label for="url" { "URL to call" }
                input #url name="url" type="url" autocomplete="off" value=(visit.typed(FORM, "url", &to));
                button { "Issue token" }
            }
        }
    })
}

/// Where an application of the tenant is.
fn address_of(directory: &Directory) -> String {
    let mut uris = directory.applications.iter().flat_map(|known| &known.redirect_uris);
    let origin = uris.find_map(|uri| url::Url::parse(uri).ok().map(|uri| uri.origin().ascii_serialization()));
    format!("{}/", origin.unwrap_or_else(|| "http://localhost:8000".to_owned()))
}

pub(super) fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    let form = &visit.form;
    let (kind, name) =
        form.present("subject").and_then(|subject| subject.split_once(':')).ok_or("Choose who it is for.")?;
    let (resource, organization) = (form.present("resource"), form.present("organization"));
    let shown =
        visit.shared.with_state(|state, _| allowed(&state.directory, kind, name, resource, organization))?;
    let mut issue = match kind {
        "machine" => Issue::machine(name),
        _ => Issue::user(name),
    };
    if let Some(client) = form.present("client").filter(|_| kind != "machine") {
        issue = issue.client(client);
    }
    if let Some(resource) = resource {
        issue = issue.resource(resource);
    }
    if let Some(organization) = organization {
        issue = issue.organization(organization);
    }
    let scopes = form.words("scopes");
    if !scopes.is_empty() {
        issue = issue.scopes(scopes);
    }
    let token = crate::issue::access_token(visit.shared, issue.customized()).map_err(said)?;
    let claims = claims_of(&token);
    let userinfo = format!("{}/me", visit.shared.issuer);
    let url =
        if claims.is_none() { &userinfo } else { form.present("url").unwrap_or("http://localhost:8000/") };
    let curl = format!("curl --header {} {}", quoted(&format!("Authorization: Bearer {token}")), quoted(url));
    let about = match (resource, organization) {
        (Some(resource), Some(organization)) => {
            format!("A token for {shown}, for {resource} in the organization {organization}.")
        }
        (Some(resource), None) => format!("A token for {shown}, for {resource}."),
        (None, Some(organization)) => format!("An organization token for {shown}, for {organization}."),
        (None, None) => format!("An opaque token for {shown}, for userinfo."),
    };
    Ok(Outcome::Token(IssuedToken { about, token, curl, claims }))
}

/// Refuses what Logto issues no token for. Returns the name of the user or machine.
fn allowed(
    directory: &Directory,
    kind: &str,
    name: &str,
    resource: Option<&str>,
    organization: Option<&str>,
) -> Result<String, String> {
    if let Some(unknown) = resource.filter(|resource| directory.resource(resource).is_none()) {
        return Err(format!("The tenant has no API resource {unknown}."));
    }
    let (shown, holder) = if kind == "machine" {
        let machine =
            directory.application(name).filter(|known| known.kind == ApplicationKind::MachineToMachine);
        let machine = machine.ok_or("This machine is not in the tenant any more.")?;
        if resource.is_none() && organization.is_none() {
            return Err(
                "A machine gets no opaque token: choose an API resource or an organization.".to_owned()
            );
        }
        (machine.name.clone(), machine.holder())
    } else {
        let user = directory.user(name).ok_or("This user is not in the tenant any more.")?;
        if user.suspended {
            return Err(format!(
                "{} is suspended and gets no token. Reactivate the account first.",
                display_name(user)
            ));
        }
        (display_name(user).to_owned(), user.holder())
    };
    match organization.filter(|organization| !holder.is_member_of(organization)) {
        Some(organization) => {
            Err(format!("{shown} is not a member of {organization} and gets no token for it."))
        }
        None => Ok(shown),
    }
}

fn claims_of(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    serde_json::to_string_pretty(&claims).ok()
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
