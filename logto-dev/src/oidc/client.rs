//! Client authentication at the token endpoints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::error::{Challenge, Refusal};
use super::{Call, duplicates};
use crate::http::{Params, Request};
use crate::model::{Application, Directory};

/// Finds the application and verifies its secret.
pub(crate) fn authenticate<'a>(
    directory: &'a Directory,
    call: &Call<'_>,
    form: &Params,
) -> Result<&'a Application, Refusal> {
    duplicates::check_client(form)?;
    let basic = basic_credentials(call.request)?;
    let posted = form.present("client_secret");
    if basic.is_some() && posted.is_some() {
        return Err(Refusal::invalid_request(
            "client authentication must only be provided using one mechanism",
        ));
    }
    let (client_id, secret, challenged) = match &basic {
        Some((client_id, secret)) => {
            if form.present("client_id").is_some_and(|in_body| in_body != client_id) {
                return Err(Refusal::invalid_request("mismatch in body and authorization client ids"));
            }
            (client_id.as_str(), Some(secret.as_str()), true)
        }
        None => {
            let client_id = form
                .present("client_id")
                .ok_or_else(|| Refusal::invalid_request("no client authentication mechanism provided"))?;
            (client_id, posted, false)
        }
    };
    let client = directory.application(client_id).ok_or_else(|| Refusal::unknown_client(client_id))?;
    if client.is_public() && secret.is_none() {
        return Ok(client);
    }
    match client.secrets.iter().find(|known| Some(known.value.as_str()) == secret) {
        Some(known) if known.expires_at.is_some_and(|at| at <= call.now) => Err(Refusal::expired_secret()),
        Some(_) => Ok(client),
        None => {
            let refusal = Refusal::new(401, "invalid_client", "client authentication failed");
            Err(if challenged { refusal.with_challenge(Challenge::Basic) } else { refusal })
        }
    }
}

/// The client that a request names, for the journal.
pub(crate) fn client_id_of(request: &Request) -> Option<String> {
    let named = |params: Params| params.present("client_id").map(str::to_owned);
    match basic_credentials(request) {
        Ok(Some((client_id, _))) => Some(client_id),
        _ => named(request.form()).or_else(|| named(request.query.clone())),
    }
}

/// The credentials in the `Authorization` header. Other schemes are refused.
fn basic_credentials(request: &Request) -> Result<Option<(String, String)>, Refusal> {
    let Some(header) = request.header("authorization") else { return Ok(None) };
    let malformed = || Refusal::invalid_request("invalid authorization header value format");
    let encoded = match header.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") && !encoded.contains(' ') => encoded,
        _ => return Err(malformed()),
    };
    let decoded = STANDARD.decode(encoded).map_err(|_| malformed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (client_id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    if secret.is_empty() {
        return Err(Refusal::invalid_request("client_secret must be provided in the Authorization header"));
    }
    match (form_decoded(client_id), form_decoded(secret)) {
        (Some(client_id), Some(secret)) => Ok(Some((client_id, secret))),
        _ => Err(Refusal::invalid_request(
            "client_id and client_secret in the authorization header are not properly encoded",
        )),
    }
}

/// RFC 6749 requires both parts of Basic credentials to be form-encoded.
fn form_decoded(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    let escapes = spaced.split('%').skip(1);
    let complete = escapes
        .map(str::as_bytes)
        .all(|after| matches!(after, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    let decoded = percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned());
    decoded.filter(|_| complete)
}
