//! Shortens tokens, codes and secrets in what the pages show.

use serde_json::Value;

use crate::state::State;

/// Names of parameters, members and headers whose values are shortened, whatever they look like.
const NAMES: [&str; 24] = [
    "access_token",
    "accessToken",
    "actor_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "form_token",
    "id_token",
    "id_token_hint",
    "interaction",
    "logout_token",
    "logto-verification-id",
    "one_time_token",
    "refresh_token",
    "refreshToken",
    "secret",
    "subject_token",
    "token",
    "verificationCode",
    "verificationRecordId",
    "verification_code",
    "xsrf",
];

/// Names of headers that begin with an authentication scheme, which is no secret (RFC 9110, section 11.4).
const WITH_SCHEME: [&str; 2] = ["authorization", "proxy-authorization"];
/// Names of values that people choose: nothing of them is shown.
const PASSWORDS: [&str; 3] = ["new_password", "newPassword", "password"];

/// A run of this many characters of base64url that are not only small letters is random. The longest names in metadata
/// consist of small letters.
const RANDOM: usize = 22;
/// How much of a long secret is shown, so that two of them can be told apart.
const SHOWN: usize = 6;

/// The secrets of a tenant that do not look random: client secrets, passwords, signing keys of webhooks.
pub(super) struct Secrets {
    known: Vec<String>,
}

impl Secrets {
    pub(super) fn of(state: &State) -> Self {
        let clients = state.directory.applications.iter().flat_map(|known| &known.secrets);
        let clients = clients.map(|secret| secret.value.as_str());
        let passwords = state.directory.users.iter().filter_map(|user| user.password.as_deref());
        let keys = state.webhooks.iter().map(|webhook| webhook.signing_key.as_str());
        // One or two characters stand in every text; as values they are shortened by their name.
        let known = clients.chain(passwords).chain(keys).filter(|secret| secret.len() > 2);
        let mut known: Vec<String> = known.map(str::to_owned).collect();
        // Of two secrets of which one contains the other, the longer one is replaced first.
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { known }
    }

    /// The value of a parameter, a member or a header.
    pub(super) fn value(&self, name: &str, value: &str) -> String {
        if name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie") {
            return without_cookie_values(value);
        }
        if is_one_of(&PASSWORDS, name) {
            hidden(value)
        } else if is_one_of(&WITH_SCHEME, name) {
            after_scheme(value)
        } else if is_one_of(&NAMES, name) {
            shortened(value)
        } else {
            self.text(value)
        }
    }

    /// A text of any kind, such as a URL.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.known {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "\u{2026}");
            }
        }
        without_random(&text)
    }

    /// The body of a response: JSON by its names, anything else as text.
    pub(super) fn body(&self, body: &str) -> String {
        match serde_json::from_str::<Value>(body) {
            Ok(mut value) => {
                self.json("", &mut value);
                serde_json::to_string_pretty(&value).unwrap_or_default()
            }
            Err(_) => self.text(body),
        }
    }

    fn json(&self, name: &str, value: &mut Value) {
        match value {
            // The code of an error; authorization codes are in no body but that of a page.
            Value::String(text) if name == "code" => *text = self.text(text),
            Value::String(text) => *text = self.value(name, text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(name, item)),
            Value::Object(members) => members.iter_mut().for_each(|(name, value)| self.json(name, value)),
            _ => {}
        }
    }
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether there is a value, and nothing of it.
fn hidden(secret: &str) -> String {
    if secret.is_empty() { String::new() } else { "\u{2026}".to_owned() }
}

/// The beginning of a long secret, and nothing of a short one.
fn shortened(secret: &str) -> String {
    let beginning = if secret.len() >= RANDOM { secret.get(..SHOWN).unwrap_or_default() } else { "" };
    format!("{beginning}{}", hidden(secret))
}

/// The scheme of a header, and the beginning of its credentials.
fn after_scheme(header: &str) -> String {
    match header.split_once(' ') {
        Some((scheme, credentials)) if scheme.chars().all(|letter| letter.is_ascii_alphabetic()) => {
            format!("{scheme} {}", shortened(credentials))
        }
        _ => shortened(header),
    }
}

/// The names of cookies, and the attributes of one that is set.
fn without_cookie_values(header: &str) -> String {
    const ATTRIBUTES: [&str; 6] = ["path", "expires", "samesite", "domain", "max-age", "priority"];
    let parts = header.split(';').map(|part| match part.split_once('=') {
        Some((name, _)) if ATTRIBUTES.iter().any(|known| known.eq_ignore_ascii_case(name.trim())) => {
            without_random(part)
        }
        Some((name, "")) => format!("{name}="),
        Some((name, _)) => format!("{}=\u{2026}", without_random(name)),
        None => without_random(part),
    });
    parts.collect::<Vec<_>>().join(";")
}

fn without_random(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '~');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let is_random =
            run.len() >= RANDOM && run.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if is_random {
            shown.push_str(run.get(..SHOWN).unwrap_or_default());
            shown.push('\u{2026}');
        } else {
            shown.push_str(run);
        }
        let other = after.find(is_part).unwrap_or(after.len());
        let (between, next) = after.split_at(other);
        shown.push_str(between);
        rest = next;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Secrets, without_random};
    use crate::random;

    fn secrets() -> Secrets {
        Secrets { known: vec!["my-secret".into()] }
    }

    #[test]
    fn nothing_random_is_shown_whole() {
        let (token, hex, jwt) = (random::token(), random::hex48(), format!("{0}.{0}.{0}", random::token()));
        for secret in [&token, &hex, &jwt] {
            let url = format!("http://localhost:8000/callback?code={secret}&state=x");
            let shown = without_random(&url);
            assert!(!shown.contains(secret.as_str()) && shown.contains("\u{2026}&state=x"), "{shown}");
            let body = format!("{{\"anything\": [\"{secret}\"], \"access_token\": \"{secret}\"}}");
            assert!(!secrets().body(&body).contains(secret.as_str()));
            assert!(!secrets().value("authorization", &format!("Bearer {secret}")).contains(secret.as_str()));
        }
    }

    #[test]
    fn short_secrets_are_known_by_name_or_by_value() {
        let secrets = secrets();
        assert_eq!(secrets.value("client_secret", "abc"), "\u{2026}");
        assert_eq!(secrets.value("Authorization", "Basic bXktYXBwOm15LXNlY3JldA=="), "Basic bXktYX\u{2026}");
        assert_eq!(secrets.value("note", "it is my-secret!"), "it is \u{2026}!");
        assert_eq!(secrets.body("not JSON, but my-secret"), "not JSON, but \u{2026}");
    }

    #[test]
    fn no_word_of_a_passphrase_is_shown() {
        let secrets = Secrets { known: Vec::new() };
        let passphrase = "correct horse battery staple";
        for name in ["password", "new_password", "newPassword"] {
            assert_eq!(secrets.value(name, passphrase), "\u{2026}", "{name}");
            assert_eq!(secrets.value(name, "correcthorsebatterystaple"), "\u{2026}", "{name}");
        }
        for name in ["client_secret", "secret", "code", "token"] {
            assert_eq!(secrets.value(name, "swordfish trombones"), "\u{2026}", "{name}");
            assert_eq!(secrets.value(name, passphrase), "correc\u{2026}", "{name}");
        }
        let body = secrets
            .body(&format!("{{\"password\": \"{passphrase}\", \"new_password\": [\"{passphrase}\"]}}"));
        assert!(!body.contains("correct"), "{body}");
        assert_eq!(secrets.value("Proxy-Authorization", "Basic YTpi"), "Basic \u{2026}");
        assert_eq!(secrets.value("authorization", "swordfish"), "\u{2026}");
        assert_eq!(secrets.value("password", ""), "");
    }

    #[test]
    fn cookies_have_names_without_values() {
        let secrets = secrets();
        let shown = secrets
            .value("Set-Cookie", "_session=abc; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly");
        assert_eq!(shown, "_session=\u{2026}; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly");
        assert_eq!(secrets.value("cookie", "_session=abc; logto="), "_session=\u{2026}; logto=");
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "token_endpoint_auth_signing_alg_values_supported",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "http://localhost:8000/logto/callback",
            "Mozilla/5.0 (X11; Linux x86_64)",
        ] {
            assert_eq!(without_random(text), text);
        }
    }
}
