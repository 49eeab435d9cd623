//! The defaults of sign-ins: the table `sign_in`.

use std::time::Duration;

use figment::value::Value;

use super::Settings;
use crate::config::PushedRequests;
use crate::sign_in_parameters::{
    DirectSignIn, FirstScreen, Prompt, SignInIdentifier, SignInParameters, extra_parameter_problem,
    is_ui_locales,
};
use crate::types::OrganizationId;

impl Settings {
    pub(in crate::config) fn sign_in(&mut self, key: &'static str) -> SignInParameters {
        self.table(key, |table| {
            const SCREENS: &str = "use `sign_in`, `register`, `reset_password`, `single_sign_on`, \
                                   `identifier:sign_in` or `identifier:register`";
            SignInParameters {
                prompt: Prompt::default(),
                login_hint: None,
                first_screen: table.parsed(
                    "first_screen",
                    "is no page of Logto's",
                    SCREENS,
                    FirstScreen::parse,
                ),
                identifiers: table.identifiers("identifiers"),
                direct_sign_in: table.parsed(
                    "direct_sign_in",
                    "names no connector",
                    "write \"social:<target>\" or \"sso:<connector id>\"",
                    DirectSignIn::parse,
                ),
                one_time_token: None,
                organization: table.parsed(
                    "organization_id",
                    "cannot be the id of an organization",
                    "copy the id from the organization's page in Logto",
                    OrganizationId::new,
                ),
                ui_locales: table.parsed(
                    "ui_locales",
                    "is not a list of language tags",
                    "write language tags separated by spaces, such as \"fr-CA fr\"",
                    |text| is_ui_locales(text).then(|| text.to_owned()),
                ),
                max_age: table.optional_duration("max_age"),
                extra: table.parameters("parameters"),
            }
        })
    }

    pub(in crate::config) fn pushed_requests(&mut self, key: &'static str) -> PushedRequests {
        if self.take(key).is_none() {
            return PushedRequests::Off;
        }
        match self.optional_text(key).as_deref() {
            Some("off") | None => PushedRequests::Off,
            Some("auto") => PushedRequests::Auto,
            Some("required") => PushedRequests::Required,
            Some(_) => {
                self.error.push(key, "must be `off`, `auto` or `required`", "write par = \"auto\"");
                PushedRequests::Off
            }
        }
    }

    fn parsed<T>(
        &mut self,
        key: &'static str,
        problem: &str,
        fix: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.take(key)?;
        let text = self.optional_text(key)?;
        let value = parse(&text);
        if value.is_none() {
            self.error.push(key, problem, fix);
        }
        value
    }

    fn identifiers(&mut self, key: &'static str) -> Vec<SignInIdentifier> {
        let words = self.list(key);
        if words.is_empty() {
            return Vec::new();
        }
        let identifiers = SignInIdentifier::parse_list(&words.join(" "));
        if identifiers.is_none() {
            self.error.push(key, "names an unknown identifier", "use `email`, `phone` and `username`");
        }
        identifiers.unwrap_or_default()
    }

    fn optional_duration(&mut self, key: &'static str) -> Option<Duration> {
        self.take(key)?;
        // What a wrong setting falls back to does not matter: it is an error.
        Some(self.duration(key, Duration::from_secs(1)))
    }

    /// Parameters that this library has no setting for.
    fn parameters(&mut self, key: &'static str) -> Vec<(String, String)> {
        let table = match self.take(key).cloned() {
            None => return Vec::new(),
            Some(Value::Dict(_, table)) => table,
            Some(_) => {
                self.error.push(key, "is not a table", "write { name = \"value\" }");
                return Vec::new();
            }
        };
        let mut parameters = Vec::new();
        for (name, value) in table {
            let Some(value) = value.into_string() else {
                self.error.push(
                    key,
                    format!("`{}` is not a text", name.escape_debug()),
                    "write name = \"value\"",
                );
                continue;
            };
            match extra_parameter_problem(&name, &value) {
                None => parameters.push((name, value)),
                Some(problem) => {
                    self.error.push(key, format!("`{}` {problem}", name.escape_debug()), "remove it");
                }
            }
        }
        parameters
    }
}
