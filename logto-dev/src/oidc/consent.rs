//! The consent page: skipped for first-party applications, shown for third-party applications.

use super::interaction::{Interaction, Outcome};
use super::prompt::Step;
use super::redirect::Reply;
use super::{Call, cookies, interaction, pages};
use crate::http::Response;
use crate::model::User;
use crate::state::State;

pub(crate) fn page(state: &mut State, call: &Call<'_>) -> Response {
    let form = call.request.form();
    let named = form.present("interaction").map(str::to_owned);
    let waiting = |uid: &String| {
        state
            .interactions
            .get(uid)
            .is_some_and(|waiting| waiting.step == Step::Consent && waiting.expires_at > call.now)
    };
    let Some(uid) = named.or_else(|| cookies::interaction_of(call.request)).filter(waiting) else {
        return interaction::lost(call);
    };
    let Some(interaction) = state.interactions.get(&uid) else { return pages::unknown_session() };
    let client_id = &interaction.authorization.client_id;
    let signed_in =
        call.request.cookie(cookies::SESSION).and_then(|id| state.sessions.get(&id)?.user_id.as_deref());
    if signed_in.is_some_and(|user_id| !state.directory.admits(client_id, user_id)) {
        return pages::access_denied();
    }
    let client = state.directory.application(client_id);
    if !client.is_some_and(|client| client.is_third_party()) {
        return conclude(state, call, &uid, None, 302);
    }
    if !call.request.is_post() {
        return show(state, call, &uid, interaction);
    }
    if form.get("cancel").is_some() {
        let reply = Reply::to(&interaction.authorization);
        state.interactions.remove(&uid);
        return reply.bare();
    }
    let chosen = form.all("organization").into_iter().map(str::to_owned).collect();
    conclude(state, call, &uid, Some(chosen), 303)
}

fn conclude(
    state: &mut State,
    call: &Call<'_>,
    uid: &str,
    organizations: Option<Vec<String>>,
    status: u16,
) -> Response {
    if let Some(interaction) = state.interactions.get_mut(uid) {
        interaction.outcome = Some(Outcome::Consented { organizations });
    }
    Response::redirect(status, &format!("{}/oidc/auth/{uid}", call.seen_as))
}

fn show(state: &State, call: &Call<'_>, uid: &str, interaction: &Interaction) -> Response {
    let user: Option<&User> = call
        .request
        .cookie(cookies::SESSION)
        .and_then(|id| state.sessions.get(&id))
        .and_then(|session| session.user_id.as_deref())
        .and_then(|user_id| state.directory.active_user(user_id));
    let Some(user) = user else { return interaction::lost(call) };
    pages::consent(&state.directory, interaction, uid, user)
}
