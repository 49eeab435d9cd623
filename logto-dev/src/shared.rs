//! The state that the server thread, the tenant's handle and the headless browser share.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use crate::dev::DevPages;
use crate::faults::Fate;
use crate::http::{Request, Response, post_form};
use crate::journal::{Entry, RecordedResponse};
use crate::oidc::{self, Call, LogoutCall};
use crate::pending::Pending;
use crate::state::State;
use crate::{Clock, Endpoint, Faults, Journal, WebhookDelivery};

/// A logout token that was posted to an application.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogoutDelivery {
    /// The application.
    pub client_id: String,
    /// Where the token was posted.
    pub uri: String,
    /// The token.
    pub token: String,
    /// The status of the response, or why there was none.
    pub status: Result<u16, String>,
    /// The body of the response, at most its first 2 KiB.
    pub response_body: String,
}

pub(crate) struct Shared {
    pub(crate) listens_on: SocketAddr,
    pub(crate) endpoint: String,
    pub(crate) issuer: String,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) webhooks_pending: Pending,
    pub(crate) dev: Option<DevPages>,
    state: Mutex<State>,
    deliveries: Mutex<Vec<LogoutDelivery>>,
    webhook_deliveries: Mutex<Vec<WebhookDelivery>>,
}

impl Shared {
    pub(crate) fn new(listens_on: SocketAddr, clock: Clock, state: State, dev: Option<DevPages>) -> Self {
        let endpoint = endpoint_at(listens_on);
        Self {
            listens_on,
            issuer: format!("{endpoint}/oidc"),
            endpoint,
            clock,
            faults: Faults::default(),
            journal: Journal::default(),
            webhooks_pending: Pending::default(),
            dev,
            state: Mutex::new(state),
            deliveries: Mutex::default(),
            webhook_deliveries: Mutex::default(),
        }
    }

    /// Processes a request according to the fault plan, and writes the journal.
    pub(crate) fn answer(&self, request: &Request) -> (Option<Response>, Fate) {
        let endpoint = Endpoint::of(&request.path);
        let fault = self.faults.next_fault(endpoint);
        let (response, fate) = match fault.as_ref().and_then(|fault| fault.instead()) {
            Some(instead) => instead,
            None => (Some(self.handle(request)), fault.map_or(Fate::Normal, |fault| fault.fate())),
        };
        let answered = if matches!(fate, Fate::Reset | Fate::Hung) { None } else { response.as_ref() };
        self.journal.add(Entry {
            at: self.clock.now(),
            endpoint,
            method: request.method.clone(),
            path: request.path.clone(),
            params: [request.query.pairs(), request.form().pairs()].concat(),
            headers: request.headers.clone(),
            client_id: oidc::client_id_of(request),
            status: answered.map(|response| response.status),
            response: answered.filter(|_| self.dev.is_some()).map(RecordedResponse::of),
        });
        (response, fate)
    }

    /// Runs a closure with the tenant's state and time.
    pub(crate) fn with_state<R>(&self, work: impl FnOnce(&mut State, i64) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut state, self.clock.now_ms())
    }

    /// Posts logout tokens one after the other, and records the results.
    pub(crate) async fn deliver(&self, calls: Vec<LogoutCall>) -> Vec<LogoutDelivery> {
        let mut deliveries = Vec::new();
        for call in calls {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("logout_token", &call.token)
                .finish();
            let answer = match url::Url::parse(&call.uri) {
                Ok(uri) => post_form(&uri, form).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let (status, response_body) = posted(answer);
            let LogoutCall { client_id, uri, token } = call;
            let delivery = LogoutDelivery { client_id, uri, token, status, response_body };
            self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).push(delivery.clone());
            deliveries.push(delivery);
        }
        deliveries
    }

    pub(crate) fn deliveries(&self) -> Vec<LogoutDelivery> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_webhook(&self, delivery: WebhookDelivery) {
        self.webhook_deliveries.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
    }

    pub(crate) fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.webhook_deliveries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn handle(&self, request: &Request) -> Response {
        self.with_state(|state, now| {
            let host = request.header("host").map(|host| format!("http://{host}"));
            let call = Call {
                request,
                now,
                issuer: &self.issuer,
                seen_as: host.unwrap_or_else(|| self.endpoint.clone()),
            };
            oidc::route(state, &call)
        })
    }
}

/// The status of a response or why there was none, and the body, which is empty if there was none.
pub(crate) fn posted(answer: Result<(u16, String), String>) -> (Result<u16, String>, String) {
    match answer {
        Ok((status, body)) => (Ok(status), body),
        Err(problem) => (Err(problem), String::new()),
    }
}

/// `localhost` leads to 127.0.0.1 and ::1 alone.
fn endpoint_at(address: SocketAddr) -> String {
    if address.ip() == Ipv4Addr::LOCALHOST || address.ip() == Ipv6Addr::LOCALHOST {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

#[cfg(test)]
mod tests {
    use super::endpoint_at;

    #[test]
    fn the_endpoint_leads_to_the_address() {
        for (address, endpoint) in [
            ("127.0.0.1:3001", "http://localhost:3001"),
            ("[::1]:3001", "http://localhost:3001"),
            ("127.0.0.2:3001", "http://127.0.0.2:3001"),
            ("127.255.0.1:80", "http://127.255.0.1:80"),
        ] {
            assert_eq!(endpoint_at(address.parse().unwrap()), endpoint);
        }
    }
}
