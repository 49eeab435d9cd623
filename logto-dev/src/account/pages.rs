//! The pages of the account center, as plain as those of sign-in. A task page changes one thing and goes back to the
//! application.

use url::Url;

use super::center::AccountField;
use crate::http::{Params, Response, escape};
use crate::model::User;
use crate::oidc::{Call, account_page, live_session};
use crate::state::State;
use crate::webhooks::Event;

/// What a task page asks for.
enum Task {
    /// A new value of a field, in an input of this type.
    Value { field: AccountField, label: &'static str, input: &'static str },
    /// Something that this tenant has no form for.
    Confirm { field: AccountField, label: &'static str },
}

impl Task {
    fn of(path: &str) -> Option<Self> {
        let value = |field, label, input| Some(Self::Value { field, label, input });
        let confirm = |field, label| Some(Self::Confirm { field, label });
        match path {
            "email" => value(AccountField::Email, "New e-mail address", "email"),
            "phone" => value(AccountField::Phone, "New phone number", "tel"),
            "username" => value(AccountField::Username, "New username", "text"),
            "password" => value(AccountField::Password, "New password", "password"),
            "authenticator-app" | "authenticator-app/replace" => {
                confirm(AccountField::Mfa, "Set up an authenticator app")
            }
            "backup-codes/generate" | "backup-codes/regenerate" | "backup-codes/manage" => {
                confirm(AccountField::Mfa, "Backup codes")
            }
            "passkey/add" | "passkey/manage" => confirm(AccountField::Mfa, "Passkeys"),
            _ if path.starts_with("social/") => confirm(AccountField::Social, "Social account"),
            _ => None,
        }
    }

    fn field(&self) -> AccountField {
        match self {
            Self::Value { field, .. } | Self::Confirm { field, .. } => *field,
        }
    }
}

/// Answers a request to `/account` or below it. Logto's page signs in by itself; here the browser has to have a session
/// of the tenant.
pub(crate) fn page(state: &mut State, call: &Call<'_>) -> Response {
    let path = call.request.path.trim_start_matches("/account").trim_matches('/');
    if !state.account.center.is_enabled() {
        return account_page(200, "Account", "<h1>Account</h1><p>The account center is not enabled.</p>");
    }
    let session = live_session(state, call).and_then(|id| state.sessions.get(&id));
    let user_id = session.and_then(|session| session.user_id.clone());
    let Some(user_id) = user_id.filter(|id| state.directory.active_user(id).is_some()) else {
        let main = "<h1>Account</h1><p>Nobody is signed in to the tenant with this browser. Sign in to an application \
                    first.</p>";
        return account_page(200, "Account", main);
    };
    let Some(task) = Task::of(path) else { return overview(state, &user_id, path) };
    if !state.account.center.lets_edit(task.field()) {
        let field = task.field().as_str();
        let main = format!("<h1>Account</h1><p>The field <code>{field}</code> cannot be edited.</p>");
        return account_page(200, "Account", &main);
    }
    let params = call.request.params();
    if call.request.is_post() {
        perform(state, call, &user_id, &task, &params)
    } else {
        form(call, &task, &params)
    }
}

fn overview(state: &State, user_id: &str, path: &str) -> Response {
    let heading = match path {
        "security" => "Account security",
        "sessions" => "Sessions",
        _ => "Your account",
    };
    let user = state.directory.user(user_id);
    let rows: String = user.into_iter().flat_map(rows).map(|(name, value)| row(name, &value)).collect();
    let sessions =
        state.sessions.values().filter(|session| session.user_id.as_deref() == Some(user_id)).count();
    let main = format!("<h1>{heading}</h1><ul>{rows}{}</ul>", row("Sessions", &sessions.to_string()));
    account_page(200, heading, &main)
}

fn rows(user: &User) -> Vec<(&'static str, String)> {
    let fields = [
        ("Name", user.name.as_ref()),
        ("Username", Some(&user.username)),
        ("E-mail", user.email.as_ref()),
        ("Phone", user.phone.as_ref()),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?.clone()))).collect()
}

fn row(name: &str, value: &str) -> String {
    format!("<li>{name}: {}</li>", escape(value))
}

fn form(call: &Call<'_>, task: &Task, params: &Params) -> Response {
    let action = escape(&call.request.path);
    let kept: String = ["redirect", "show_success"]
        .into_iter()
        .filter_map(|name| params.get(name).map(|value| (name, value)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let (heading, input) = match task {
        Task::Value { label, input, .. } => {
            let value = escape(params.get("identifier").unwrap_or_default());
            let field = format!(
                "<label>{label} <input name=\"value\" type=\"{input}\" value=\"{value}\" autocomplete=\"off\" \
                 required></label>"
            );
            (*label, field)
        }
        Task::Confirm { label, .. } => (*label, String::new()),
    };
    let main = format!(
        "<h1>{heading}</h1><form method=\"post\" action=\"{action}\">{kept}{input}<button>Save</button></form>"
    );
    account_page(200, heading, &main)
}

fn perform(state: &mut State, call: &Call<'_>, user_id: &str, task: &Task, params: &Params) -> Response {
    if let Task::Value { field, .. } = task {
        let Some(value) = params.present("value").map(str::to_owned) else { return form(call, task, params) };
        if let Ok(user) = state.directory.find_user_mut(user_id) {
            match field {
                AccountField::Email => user.email = Some(value),
                AccountField::Phone => user.phone = Some(value),
                AccountField::Username => user.username = value,
                _ => user.password = Some(value),
            }
            user.updated_at = Some(call.now);
        }
    }
    let shows_success = params.get("show_success").is_some_and(|value| matches!(value, "true" | "yes" | "1"));
    let back = params.get("redirect").and_then(|url| Url::parse(url).ok());
    let back = back.filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut response = match back {
        Some(url) if !shows_success => Response::redirect(303, url.as_str()),
        Some(url) => {
            let link = escape(url.as_str());
            account_page(200, "Saved", &format!("<h1>Saved</h1><p><a href=\"{link}\">Continue</a></p>"))
        }
        None => account_page(200, "Saved", "<h1>Saved</h1><p>You can close this page.</p>"),
    };
    response.events = state.directory.user(user_id).map(Event::own_change).into_iter().collect();
    response
}
