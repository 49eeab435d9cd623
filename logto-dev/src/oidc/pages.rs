//! The pages for users: plain HTML that works by keyboard and without JavaScript.

use super::interaction::Interaction;
use super::scopes::is_oidc;
use crate::http::{Response, escape};
use crate::model::{Directory, User};
use crate::random;

const STYLE: &str = include_str!("pages.css");
/// The script of pages that submit themselves. Their button does the same.
const SUBMIT: &str = "document.forms[0].submit()";
/// Logto's `Cache-Control` for pages with forms.
const NOT_CACHED: &str = "no-cache, no-store, must-revalidate";

/// The sign-in page lists all users. Choosing a user signs in without a password.
pub(crate) fn sign_in(
    directory: &Directory,
    interaction: &Interaction,
    uid: &str,
    action: &str,
    problem: Option<&str>,
    status: u16,
) -> Response {
    let authorization = &interaction.authorization;
    let application = name_of(directory, &authorization.client_id);
    let hint = authorization.page.login_hint.as_deref();
    let people: String = directory.users.iter().map(|user| person(directory, user, hint)).collect();
    let problem = problem
        .map(|problem| format!("<p class=\"problem\" role=\"alert\">{}</p>", escape(problem)))
        .unwrap_or_default();
    let (action, uid) = (escape(action), escape(uid));
    let main = format!(
        r#"<h1>Sign in to {application}</h1>
<p>This is a development tenant: choose who you are.</p>
{problem}
<form method="post" action="{action}">
<input type="hidden" name="interaction" value="{uid}">
<ul class="people">{people}</ul>
</form>
<details>
<summary>Use a password, or be somebody new</summary>
<form method="post" action="{action}">
<input type="hidden" name="interaction" value="{uid}">
<label>Username or e-mail <input name="identifier" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
<form method="post" action="{action}">
<input type="hidden" name="interaction" value="{uid}">
<label>New username <input name="new_user" autocomplete="off" required></label>
<button>Create account</button>
</form>
</details>
<form method="post" action="{action}">
<input type="hidden" name="interaction" value="{uid}">
<button class="quiet" name="cancel" value="yes">Cancel</button>
</form>"#
    );
    page(status, "Sign in", &main, false).header("cache-control", NOT_CACHED)
}

fn person(directory: &Directory, user: &User, hint: Option<&str>) -> String {
    let name = escape(user.name.as_deref().unwrap_or(&user.username));
    // A user without a username is found by the id.
    let username = escape(if user.username.is_empty() { &user.id } else { &user.username });
    let beside = if user.name.is_some() { format!("<span>{username}</span> ") } else { String::new() };
    let roles = user.roles.iter().map(|role| escape(role));
    let memberships = user.memberships.iter().map(|membership| {
        let known = directory.organizations.iter().find(|known| known.id == membership.organization);
        let organization =
            escape(known.map_or(membership.organization.as_str(), |known| known.name.as_str()));
        format!("{} at {organization}", escape(&membership.roles.join(", ")))
    });
    let mut notes: Vec<String> = roles.chain(memberships).collect();
    if user.suspended {
        notes.push("suspended".to_owned());
    }
    let hinted = hint.is_some_and(|hint| hint == user.username || user.email.as_deref() == Some(hint));
    let focus = if hinted { " autofocus" } else { "" };
    let disabled = if user.suspended { " disabled" } else { "" };
    format!(
        "<li><button name=\"user\" value=\"{username}\"{focus}{disabled}><strong>{name}</strong> \
         {beside}<small>{}</small></button></li>",
        notes.join(" · ")
    )
}

/// Asks for consent to what a third-party application requests.
pub(crate) fn consent(directory: &Directory, interaction: &Interaction, uid: &str, user: &User) -> Response {
    let authorization = &interaction.authorization;
    let application = name_of(directory, &authorization.client_id);
    let shown = |scope: &&String| !is_oidc(scope) || !matches!(scope.as_str(), "openid" | "offline_access");
    let scopes: String = authorization
        .scopes
        .iter()
        .filter(shown)
        .map(|scope| format!("<li><code>{}</code></li>", escape(scope)))
        .collect();
    let organizations: String = directory
        .organizations
        .iter()
        .filter(|known| user.holder().is_member_of(&known.id))
        .map(|known| {
            let (id, name) = (escape(&known.id), escape(&known.name));
            format!(
                "<label><input type=\"checkbox\" name=\"organization\" value=\"{id}\" checked> {name}</label>"
            )
        })
        .collect();
    let (name, uid) = (escape(user.name.as_deref().unwrap_or(&user.username)), escape(uid));
    let main = format!(
        r#"<h1>Allow {application}?</h1>
<p>Signed in as {name}. {application} asks for:</p>
<ul>{scopes}</ul>
<form method="post" action="/consent">
<input type="hidden" name="interaction" value="{uid}">
{organizations}
<button name="allow" value="yes">Allow</button>
<button class="quiet" name="cancel" value="yes">Cancel</button>
</form>"#
    );
    page(200, "Allow access", &main, false).header("cache-control", NOT_CACHED)
}

/// A page that submits itself to the confirmation of the sign-out.
pub(crate) fn end_session(xsrf: &str) -> Response {
    let main = format!(
        r#"<h1>Signing out</h1>
<form method="post" action="/oidc/session/end/confirm">
<input type="hidden" name="xsrf" value="{xsrf}">
<input type="hidden" name="logout" value="yes">
<button autofocus>Sign out</button>
</form>"#
    );
    page(200, "Signing out", &main, true)
}

/// A page that submits itself to the application's callback.
pub(crate) fn form_post(status: u16, redirect_uri: &str, params: &[(&str, &str)]) -> Response {
    let inputs: String = params
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
        })
        .collect();
    let main = format!(
        r#"<h1>Going back</h1>
<form method="post" action="{}">{inputs}<button autofocus>Continue</button></form>"#,
        escape(redirect_uri)
    );
    page(status, "Going back", &main, true)
}

pub(crate) fn signed_out() -> Response {
    page(200, "Signed out", "<h1>You are signed out</h1><p>You can close this page.</p>", false)
}

/// The page for a user who may not use the application.
pub(crate) fn access_denied() -> Response {
    let main = "<h1>Access denied</h1><p>You may not use this application.</p>";
    page(400, "Access denied", main, false).header("cache-control", NOT_CACHED)
}

/// A page of the account center.
pub(crate) fn account(status: u16, title: &str, main: &str) -> Response {
    page(status, title, main, false).header("cache-control", NOT_CACHED)
}

pub(crate) fn unknown_session() -> Response {
    let main = "<h1>Nothing to sign in to</h1>\
                <p>This page was opened too late, or in another browser. Go back to the application and sign in \
                from there.</p>";
    page(200, "Unknown session", main, false)
}

/// The page at the tenant's own address.
pub(crate) fn front(issuer: &str) -> Response {
    let issuer = escape(issuer);
    let main = format!(
        "<h1>A development tenant</h1><p>Issuer: <code>{issuer}</code></p>\
         <p><a href=\"/oidc/.well-known/openid-configuration\">Discovery document</a></p>"
    );
    page(200, "Development tenant", &main, false)
}

fn name_of(directory: &Directory, client_id: &str) -> String {
    escape(directory.application(client_id).map_or(client_id, |client| client.name.as_str()))
}

/// The policy has no `form-action`, because browsers apply it to redirects after a form as well, and these forms end
/// at the application's callback, which may redirect anywhere.
fn page(status: u16, title: &str, main: &str, leads_on: bool) -> Response {
    let nonce = random::request_id();
    let script =
        if leads_on { format!("<script nonce=\"{nonce}\">{SUBMIT}</script>") } else { String::new() };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n<main>\n{main}\n</main>\n{script}</body>\n</html>\n"
    );
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    Response::html(status, html).header("content-security-policy", policy)
}
