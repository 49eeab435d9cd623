//! The sign-in page.

use super::interaction::Outcome;
use super::prompt::Step;
use super::{Call, cookies, interaction, pages};
use crate::http::{Params, Response};
use crate::model::User;
use crate::state::State;
use crate::webhooks::{Event, Interaction, entity};

/// Shows the page or processes its form.
pub(crate) fn page(state: &mut State, call: &Call<'_>) -> Response {
    let form = call.request.form();
    let named = form.present("interaction").map(str::to_owned);
    let waiting = |uid: &String| {
        state
            .interactions
            .get(uid)
            .is_some_and(|waiting| waiting.step == Step::SignIn && waiting.expires_at > call.now)
    };
    // The form names its interaction, so that two tabs do not interfere.
    let Some(uid) = named.or_else(|| cookies::interaction_of(call.request)).filter(waiting) else {
        return interaction::lost(call);
    };
    if !call.request.is_post() {
        return show(state, call, &uid, None, 200);
    }
    match decide(state, &form, call.now) {
        Ok(decision) => {
            let mut response =
                Response::redirect(303, &format!("{}/oidc/auth/{uid}", call.seen_as)).no_store();
            response.events = events(state, &uid, &decision, call.now);
            if let Some(interaction) = state.interactions.get_mut(&uid) {
                interaction.outcome = Some(decision.outcome());
            }
            response
        }
        Err(problem) => show(state, call, &uid, Some(problem), 422),
    }
}

fn show(state: &State, call: &Call<'_>, uid: &str, problem: Option<&str>, status: u16) -> Response {
    let Some(interaction) = state.interactions.get(uid) else { return pages::unknown_session() };
    let action = call.request.path.as_str();
    pages::sign_in(&state.directory, interaction, uid, action, problem, status)
}

/// What the user did on the page.
enum Decision {
    SignedIn(String),
    Registered(String),
    Cancelled,
}

impl Decision {
    fn outcome(self) -> Outcome {
        match self {
            Self::SignedIn(user_id) | Self::Registered(user_id) => Outcome::SignedIn { user_id },
            Self::Cancelled => Outcome::Cancelled,
        }
    }
}

/// The webhook events. A registration is not a sign-in for them.
fn events(state: &mut State, uid: &str, decision: &Decision, now: i64) -> Vec<Event> {
    let (user_id, registers) = match decision {
        Decision::SignedIn(user_id) => (user_id, false),
        Decision::Registered(user_id) => (user_id, true),
        Decision::Cancelled => return Vec::new(),
    };
    let Some(waiting) = state.interactions.get(uid) else { return Vec::new() };
    let client_id = waiting.authorization.client_id.clone();
    let kind = if registers { "Register" } else { "SignIn" };
    let interaction = Interaction::new(kind, state.directory.application(&client_id));
    let Ok(user) = state.directory.find_user_mut(user_id) else { return Vec::new() };
    let mut events = Vec::new();
    if registers {
        events.push(Event::interaction_data("User.Created", &interaction, entity(user)));
    }
    user.last_sign_in_at = Some(now);
    user.updated_at = Some(now);
    let name = if registers { "PostRegister" } else { "PostSignIn" };
    events.push(Event::post(name, &interaction, user));
    user.first_application.get_or_insert(client_id);
    events
}

fn decide(state: &mut State, form: &Params, now: i64) -> Result<Decision, &'static str> {
    if form.get("cancel").is_some() {
        return Ok(Decision::Cancelled);
    }
    if let Some(username) = form.present("new_user") {
        let user = new_user(state, username, now)?;
        return Ok(Decision::Registered(user));
    }
    let chosen = form.present("user").or_else(|| form.present("identifier")).ok_or("Choose who signs in.")?;
    let user = state.directory.find_user(chosen).map_err(|_| "Incorrect account or password.")?;
    let by_button = form.present("user").is_some();
    if !by_button && (user.password.is_none() || user.password.as_deref() != form.get("password")) {
        return Err("Incorrect account or password.");
    }
    if user.suspended {
        return Err("This account is suspended.");
    }
    Ok(Decision::SignedIn(user.id.clone()))
}

fn new_user(state: &mut State, username: &str, now: i64) -> Result<String, &'static str> {
    if state.directory.find_user(username).is_ok() {
        return Err("This username is already in use.");
    }
    let mut user = User::new(username);
    user.created_at = Some(now);
    let id = user.id.clone();
    state.directory.users.push(user);
    Ok(id)
}
