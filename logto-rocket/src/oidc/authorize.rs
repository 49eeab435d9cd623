//! The authorization request (OpenID Connect Core §3.1.2.1, with PKCE and RFC 8707).

use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{AuthenticationFlow, CsrfToken, LoginHint, Nonce, PkceCodeChallenge, Scope};
use serde::{Deserialize, Serialize};
use url::Url;

use super::client::{oidc_client, redirect_url};
use super::relying_party::RelyingParty;
use crate::error::Error;
use crate::names::OPENID;
use crate::sign_in_parameters::{Prompt, SignInParameters};
use crate::types::{ResourceIndicator, Scopes, Secret};

/// Bytes of entropy of `state`, `nonce` and the verifier each.
const ENTROPY: u32 = 32;

/// What a sign-in asks for.
pub(crate) struct AuthorizationRequest<'a> {
    pub(crate) scopes: &'a Scopes,
    pub(crate) resources: &'a [ResourceIndicator],
    pub(crate) parameters: &'a SignInParameters,
    /// That of the origin which the sign-in begins at.
    pub(crate) redirect_uri: &'a str,
}

/// The secrets of an authorization request. Only the pending sign-in keeps them, until the callback.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationSecrets {
    #[serde(with = "random_bytes")]
    pub(crate) state: Secret,
    #[serde(with = "random_bytes")]
    pub(crate) nonce: Secret,
    #[serde(with = "random_bytes")]
    pub(crate) verifier: Secret,
}

/// [`ENTROPY`] bytes that are written as base64url wherever they are sent, and as bytes where they are sealed: several
/// pending sign-ins share the little room that a browser's `Cookie` header has.
mod random_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

    use super::ENTROPY;
    use crate::types::Secret;

    type Bytes = [u8; ENTROPY as usize];

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Bytes::default();
        match URL_SAFE_NO_PAD.decode_slice(secret.expose(), &mut bytes) {
            Ok(length) if length == bytes.len() => bytes.serialize(serializer),
            _ => Err(ser::Error::custom("the value does not have the expected length")),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        let bytes = Bytes::deserialize(deserializer).map_err(de::Error::custom)?;
        Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

/// The `prompt` of a sign-in: what it asks for, then what the setting asks for.
fn prompts(asked: Prompt, setting: &str) -> Vec<CoreAuthPrompt> {
    if asked.none {
        return vec![CoreAuthPrompt::None];
    }
    let own = asked.login.then_some("login").into_iter().chain(asked.consent.then_some("consent"));
    let mut names: Vec<&str> = own.collect();
    for name in setting.split(' ') {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let prompt = |name| if name == "login" { CoreAuthPrompt::Login } else { CoreAuthPrompt::Consent };
    names.into_iter().map(prompt).collect()
}

impl RelyingParty {
    /// The URL that begins a sign-in, and the secrets that its callback must match.
    pub(crate) async fn authorization_url(
        &self,
        request: &AuthorizationRequest<'_>,
    ) -> Result<(Url, AuthorizationSecrets), Error> {
        let metadata = self.provider.metadata().await?;
        let client =
            oidc_client(&self.config.app, &metadata)?.set_redirect_uri(redirect_url(request.redirect_uri)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256_len(ENTROPY);

        let mut builder = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new_random_len(ENTROPY),
                || Nonce::new_random_len(ENTROPY),
            )
            .set_pkce_challenge(challenge);
        let parameters = request.parameters;
        for prompt in prompts(parameters.prompt, &self.config.prompt) {
            builder = builder.add_prompt(prompt);
        }
        // openidconnect sends `openid` by itself.
        for scope in request.scopes.iter().filter(|scope| *scope != OPENID) {
            builder = builder.add_scope(Scope::new(scope.to_owned()));
        }
        for resource in request.resources {
            builder = builder.add_extra_param("resource", resource.as_str().to_owned());
        }
        if let Some(hint) = &parameters.login_hint {
            builder = builder.set_login_hint(LoginHint::new(hint.clone()));
        }
        if let Some(max_age) = parameters.max_age {
            builder = builder.set_max_age(max_age);
        }
        for (name, value) in parameters.extra_parameters() {
            builder = builder.add_extra_param(name, value);
        }
        let (url, state, nonce) = builder.url();

        let secrets = AuthorizationSecrets {
            state: Secret::new(state.into_secret()),
            nonce: Secret::new(nonce.secret().clone()),
            verifier: Secret::new(verifier.into_secret()),
        };
        Ok((self.pushed(url, &metadata).await?, secrets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prompt_is_sent_twice_and_none_stands_alone() {
        let prompt = |login, consent, none| Prompt { login, consent, none };
        for (asked, setting, expected) in [
            (prompt(false, false, false), "consent", vec![CoreAuthPrompt::Consent]),
            (prompt(true, false, false), "consent", vec![CoreAuthPrompt::Login, CoreAuthPrompt::Consent]),
            (
                prompt(true, true, false),
                "login consent",
                vec![CoreAuthPrompt::Login, CoreAuthPrompt::Consent],
            ),
            (prompt(false, true, false), "login", vec![CoreAuthPrompt::Consent, CoreAuthPrompt::Login]),
            (prompt(true, true, true), "login consent", vec![CoreAuthPrompt::None]),
        ] {
            assert_eq!(prompts(asked, setting), expected, "{asked:?} {setting}");
        }
    }
}
