//! The first page: what is in the tenant, and its last requests.

use maud::{Markup, html};

use super::requests::{last, one_line};
use super::{Page, Visit};
use crate::model::{Application, ApplicationKind, Directory};

const SHOWN_REQUESTS: usize = 10;

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    let entries = last(visit, SHOWN_REQUESTS);
    visit.shared.with_state(|state, _| {
        let directory = &state.directory;
        html! {
            dl {
                dt { "Endpoint" } dd { code { (visit.shared.endpoint) } }
                dt { "Issuer" } dd { code { (visit.shared.issuer) } }
            }
            (applications(directory))
            (people(directory))
            (organizations(directory))
            (resources(directory))
            (roles(directory))
            section aria-labelledby="requests" {
                h2 #requests { "Last requests" }
                @if entries.is_empty() { p { "No requests yet." } }
                ol.plain { @for entry in &entries { li { (one_line(entry)) } } }
                p { a href=(Page::Requests.path()) { "All requests with their responses" } }
            }
        }
    })
}

fn applications(directory: &Directory) -> Markup {
    html! {
        section aria-labelledby="applications" {
            h2 #applications { "Applications" }
            @if directory.applications.is_empty() { p { "None." } }
            @for application in &directory.applications { (card(application)) }
        }
    }
}

fn card(application: &Application) -> Markup {
    let kind = match application.kind {
        ApplicationKind::Traditional if application.is_third_party() => "third-party web application",
        ApplicationKind::Traditional => "traditional web application",
        ApplicationKind::SinglePage => "single-page application",
        ApplicationKind::MachineToMachine => "machine-to-machine application",
    };
    html! {
        article {
            h3 { (application.name) }
            dl {
                dt { "Client id" } dd { code { (application.client_id) } }
                dt { "Kind" } dd { (kind) }
                dt { "Client secrets" } dd { (application.secrets.len()) }
                (codes("Redirect URIs", &application.redirect_uris))
                (codes("Post sign-out redirect URIs", &application.post_logout_redirect_uris))
                @if let Some(backchannel) = &application.backchannel {
                    dt { "Back-channel logout URI" } dd { code { (backchannel.uri) } }
                }
                (codes("Roles", &application.roles))
                @for membership in &application.memberships {
                    dt { "In " (membership.organization) } dd { (comma_separated(&membership.roles)) }
                }
            }
        }
    }
}

fn people(directory: &Directory) -> Markup {
    html! {
        section aria-labelledby="people" {
            h2 #people { "Users" }
            p { (directory.users.len()) " in this tenant. " a href=(Page::People.path()) { "Show and change them" } }
        }
    }
}

fn organizations(directory: &Directory) -> Markup {
    html! {
        section aria-labelledby="organizations" {
            h2 #organizations { "Organizations" }
            @if directory.organizations.is_empty() { p { "None." } }
            @for organization in &directory.organizations {
                article {
                    h3 { (organization.name) }
                    dl {
                        dt { "Id" } dd { code { (organization.id) } }
                        @if let Some(description) = &organization.description {
                            dt { "Description" } dd { (description) }
                        }
                        dt { "Members" }
                        dd {
                            @for user in &directory.users {
                                @for held in user.memberships.iter().filter(|held| held.organization == organization.id) {
                                    div { (user.username) ": " (comma_separated(&held.roles)) }
                                }
                            }
                        }
                    }
                }
            }
            @if !directory.organization_scopes.is_empty() {
                h3 { "Organization scopes" }
                p { (comma_separated(&directory.organization_scopes)) }
            }
            @if !directory.organization_roles.is_empty() {
                h3 { "Organization roles" }
                dl {
                    @for role in &directory.organization_roles {
                        dt { (role.name) }
                        dd {
                            (comma_separated(&role.organization_scopes))
                            @for (resource, scopes) in &role.scopes {
                                div { code { (resource) } ": " (comma_separated(scopes)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn resources(directory: &Directory) -> Markup {
    html! {
        section aria-labelledby="resources" {
            h2 #resources { "API resources" }
            @if directory.resources.is_empty() { p { "None." } }
            dl {
                @for resource in &directory.resources {
                    dt { code { (resource.indicator) } }
                    dd { (comma_separated(&resource.scopes)) " (access tokens: " (resource.ttl_ms / 1000) " s)" }
                }
            }
        }
    }
}

fn roles(directory: &Directory) -> Markup {
    html! {
        section aria-labelledby="roles" {
            h2 #roles { "Roles" }
            @if directory.roles.is_empty() { p { "None." } }
            dl {
                @for role in &directory.roles {
                    dt { (role.name) }
                    dd {
                        @if role.scopes.is_empty() { "no scopes" }
                        @for (resource, scopes) in &role.scopes {
                            div { code { (resource) } ": " (comma_separated(scopes)) }
                        }
                    }
                }
            }
        }
    }
}

fn codes(title: &str, values: &[String]) -> Markup {
    html! {
        @if !values.is_empty() {
            dt { (title) }
            dd { @for value in values { div { code { (value) } } } }
        }
    }
}

pub(super) fn comma_separated(values: &[String]) -> String {
    if values.is_empty() { "none".to_owned() } else { values.join(", ") }
}
