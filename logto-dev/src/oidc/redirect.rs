//! Authorization responses, which are sent to the application's callback.

use url::form_urlencoded::Serializer;

use super::authorize::{Authorization, Denial};
use super::error::Refusal;
use super::pages;
use crate::http::{Params, Response};
use crate::model::Directory;

/// The response mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// A validated redirect URI.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) mode: Mode,
    pub(crate) state: Option<String>,
}

impl Reply {
    pub(crate) fn of(directory: &Directory, params: &Params) -> Result<Self, Refusal> {
        let client_id = params.present("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
        let client = directory.application(client_id).ok_or_else(|| Refusal::unknown_client(client_id))?;
        let redirect_uri = params.present("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
        if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(Refusal::new(
                400,
                "invalid_redirect_uri",
                "redirect_uri did not match any of the client's registered redirect_uris",
            ));
        }
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            mode: mode(params),
            state: params.get("state").map(str::to_owned),
        })
    }

    pub(crate) fn to(authorization: &Authorization) -> Self {
        Self {
            client_id: authorization.client_id.clone(),
            redirect_uri: authorization.redirect_uri.clone(),
            mode: authorization.mode,
            state: authorization.state.clone(),
        }
    }

    pub(crate) fn code(&self, issuer: &str, code: &str) -> Response {
        self.send(issuer, vec![("code", code)], 200)
    }

    pub(crate) fn error(&self, issuer: &str, denial: &Denial) -> Response {
        let mut params = vec![("error", denial.error)];
        params.extend(denial.description.as_deref().map(|description| ("error_description", description)));
        params.extend(denial.scope.as_deref().map(|scope| ("scope", scope)));
        self.send(issuer, params, 400)
    }

    /// The callback without parameters, where Logto's consent page leads after a cancellation.
    pub(crate) fn bare(&self) -> Response {
        Response::redirect(303, &self.redirect_uri).no_store()
    }

    fn send<'a>(
        &'a self,
        issuer: &'a str,
        mut params: Vec<(&'a str, &'a str)>,
        form_status: u16,
    ) -> Response {
        params.extend(self.state.as_deref().map(|state| ("state", state)));
        params.push(("iss", issuer));
        let encoded = || Serializer::new(String::new()).extend_pairs(&params).finish();
        let joint = match self.mode {
            Mode::FormPost => return pages::form_post(form_status, &self.redirect_uri, &params).no_store(),
            Mode::Fragment => '#',
            Mode::Query if self.redirect_uri.contains('?') => '&',
            Mode::Query => '?',
        };
        Response::redirect(303, &format!("{}{joint}{}", self.redirect_uri, encoded())).no_store()
    }
}

/// The requested response mode. Default: a fragment if the front channel was to carry tokens, otherwise the query.
fn mode(params: &Params) -> Mode {
    match params.present("response_mode") {
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::FormPost,
        Some("query") => Mode::Query,
        _ if params.get("response_type").is_some_and(|kind| kind.contains("token")) => Mode::Fragment,
        _ => Mode::Query,
    }
}
