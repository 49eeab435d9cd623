//! Guards describe themselves to `rocket_okapi`: which credential they take, which scopes they ask for, and
//! how they refuse.

use std::cell::RefCell;

pub use rocket_okapi::Result;
pub use rocket_okapi::r#gen::OpenApiGenerator;
pub use rocket_okapi::okapi::openapi3::Responses;
use rocket_okapi::okapi::openapi3::{MediaType, Object, RefOr, Response, SecurityScheme, SecuritySchemeData};
use rocket_okapi::okapi::{Map, map};
pub use rocket_okapi::request::{OpenApiFromRequest, RequestHeaderInput};
use serde::de::DeserializeOwned;

use super::checked::{Checked, CheckedBy};
use super::claims::{self, Claims};
use super::from_request::{Authorized, Public, identity};
use super::identity::Identity;
use super::rule::{Requirement, Rule, Via};
use super::session_data::{SessionData, SessionValue};
use super::tokens::{AccessToken, Binding, OrgToken};
use super::user::{self, MaybeUser, User};

thread_local! {
    /// The rules of the handler that is being described.
    ///
    /// Requirements that stand beside each other in an OpenAPI document are alternatives, and the guards of
    /// a handler are not: all of them must be content. `#[openapi]` asks every guard for its responses before
    /// it asks the first for its requirement, so the first can answer for all.
    static ASKED: RefCell<Vec<&'static Rule>> = const { RefCell::new(Vec::new()) };
}

/// Describes how a guard with this rule refuses, and notes the rule for [`requirement`].
#[must_use]
pub fn responses(rule: &'static Rule) -> Responses {
    let is_first = ASKED.with_borrow_mut(|asked| {
        asked.push(rule);
        asked.len() == 1
    });
    if is_first { refusals(rule) } else { Responses::default() }
}

/// Describes what all the noted rules ask for together; nothing if another guard has done so already.
pub fn requirement(generator: &mut OpenApiGenerator) -> RequestHeaderInput {
    let asked = ASKED.take();
    let Some(credential) = asked.iter().map(|rule| Credential::of(rule)).reduce(Credential::and) else {
        return RequestHeaderInput::None;
    };
    let mut scopes: Vec<String> = Vec::new();
    for scope in asked.iter().flat_map(|rule| rule.scopes) {
        if scopes.iter().all(|known| known != scope) {
            scopes.push((*scope).to_owned());
        }
    }
    let (name, scheme) = (credential.name().to_owned(), credential.scheme());
    generator.add_security_scheme(name.clone(), scheme.clone());
    RequestHeaderInput::Security(name.clone(), scheme, map! { name => scopes })
}

/// The credential that a handler takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    Either,
    Session,
    Bearer,
}

impl Credential {
    fn of(rule: &Rule) -> Self {
        match rule.via {
            Via::Both => Credential::Either,
            Via::Session => Credential::Session,
            Via::Bearer => Credential::Bearer,
        }
    }

    /// What two guards take together. If one wants a session and the other a bearer, nobody gets in.
    fn and(self, other: Self) -> Self {
        if self == Credential::Either { other } else { self }
    }

    fn name(self) -> &'static str {
        match self {
            Credential::Either => "logto",
            Credential::Session => "logto_session",
            Credential::Bearer => "logto_bearer",
        }
    }

    fn scheme(self) -> SecurityScheme {
        let bearer = || SecuritySchemeData::Http {
            scheme: "bearer".to_owned(),
            bearer_format: Some("JWT".to_owned()),
        };
        let (data, description) = match self {
            Credential::Either => (
                bearer(),
                "An access token from Logto. A browser that is signed in sends its session cookie instead.",
            ),
            Credential::Bearer => (bearer(), "An access token from Logto."),
            Credential::Session => (
                SecuritySchemeData::ApiKey { name: "logto".to_owned(), location: "cookie".to_owned() },
                "The session of a browser that is signed in. More stands in the cookie's name than this, and it \
                 depends on the application.",
            ),
        };
        SecurityScheme { description: Some(description.to_owned()), data, extensions: Object::default() }
    }
}

fn refusals(rule: &Rule) -> Responses {
    let mut described = Map::new();
    for (status, description) in [
        ("401", "Nobody is signed in, or the credential is not valid here.".to_owned()),
        ("403", format!("The caller is known, and may not do this.{}", demands(rule))),
        ("503", "Logto is needed for the answer and cannot be reached. Nobody is signed out.".to_owned()),
    ] {
        let content = map! { "application/problem+json".to_owned() => MediaType::default() };
        described.insert(
            status.to_owned(),
            RefOr::Object(Response { description, content, ..Response::default() }),
        );
    }
    Responses { responses: described, ..Responses::default() }
}

/// What the rule asks for, in words: a requirement can only name scopes that are all demanded.
fn demands(rule: &Rule) -> String {
    let lists = [
        ("the scopes", rule.scopes),
        ("one of the scopes", rule.any_scope),
        ("the roles", rule.roles),
        ("one of the roles", rule.any_role),
    ];
    let named: Vec<String> = lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what} {}", names.join(", ")))
        .collect();
    let mut text = if named.is_empty() { String::new() } else { format!(" It takes {}.", named.join("; ")) };
    if !rule.clients.is_empty() {
        text +=
            &format!(" Access tokens are accepted from the applications {} alone.", rule.clients.join(", "));
    }
    text
}

impl<'r, R: Requirement> OpenApiFromRequest<'r> for Authorized<R> {
    fn from_request_input(
        generator: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> Result<RequestHeaderInput> {
        Ok(requirement(generator))
    }

    fn get_responses(_: &mut OpenApiGenerator) -> Result<Responses> {
        Ok(responses(const { &R::RULE }))
    }
}

/// What a guard struct's attribute adds for `rocket_okapi`.
#[doc(hidden)]
#[macro_export]
macro_rules! __openapi_guard {
    ($guard:ident) => {
        #[automatically_derived]
        impl<'r> $crate::__private::openapi::OpenApiFromRequest<'r> for $guard {
            fn from_request_input(
                generator: &mut $crate::__private::openapi::OpenApiGenerator,
                _: ::std::string::String,
                _: ::core::primitive::bool,
            ) -> $crate::__private::openapi::Result<$crate::__private::openapi::RequestHeaderInput> {
                ::core::result::Result::Ok($crate::__private::openapi::requirement(generator))
            }

            fn get_responses(
                _: &mut $crate::__private::openapi::OpenApiGenerator,
            ) -> $crate::__private::openapi::Result<$crate::__private::openapi::Responses> {
                ::core::result::Result::Ok($crate::__private::openapi::responses(
                    const { &<$guard as $crate::__private::Requirement>::RULE },
                ))
            }
        }
    };
}

/// What an attribute adds to a handler that has no `#[openapi]` below it: it may have had one above, which
/// then has described the route without its guard.
///
/// `$operation` is what `#[openapi]` calls the function that it adds. What stands in a module goes before
/// what the module imports with `*`.
#[doc(hidden)]
#[macro_export]
macro_rules! __openapi_order {
    ($operation:ident, $module:ident) => {
        #[doc(hidden)]
        #[allow(non_snake_case, non_upper_case_globals)]
        mod $module {
            pub(super) const $operation: $crate::__private::openapi::Undescribed =
                $crate::__private::openapi::Undescribed;
        }
        #[allow(unused_imports)]
        use $module::*;
        const _: () = $crate::__private::openapi::is_undescribed(&$operation);
    };
}

/// A route that no `#[openapi]` has described.
#[derive(Debug)]
pub struct Undescribed;

/// What a route's attribute finds where `#[openapi]` puts its description.
#[diagnostic::on_unimplemented(
    message = "`#[openapi]` stands above the attribute that guards this route",
    label = "the description of the route knows nothing of this guard",
    note = "attributes work from the top down: write this one first, then `#[openapi]`, then `#[get(..)]` or the like"
)]
pub trait NotDescribed {}

impl NotDescribed for Undescribed {}

/// Compiles if `#[openapi]` has not come first.
pub const fn is_undescribed<T: NotDescribed>(_: &T) {}

/// Guards that have a rule without an attribute.
macro_rules! described {
    ($([$($generic:tt)*] $guard:ty => $rule:expr),* $(,)?) => {$(
        impl<'r, $($generic)*> OpenApiFromRequest<'r> for $guard {
            fn from_request_input(
                generator: &mut OpenApiGenerator,
                _: String,
                _: bool,
            ) -> Result<RequestHeaderInput> {
                Ok(requirement(generator))
            }

            fn get_responses(_: &mut OpenApiGenerator) -> Result<Responses> {
                Ok(responses($rule))
            }
        }
    )*};
}

described! {
    [] Identity => &identity::RULE,
    [] User => &user::RULE,
    [T: DeserializeOwned + Send + 'static] Claims<T> => &claims::RULE,
}

/// Guards that ask for nothing of their own. The rule of a token parameter is that of the hidden guard.
macro_rules! silent {
    ($([$($generic:tt)*] $guard:ty),* $(,)?) => {$(
        impl<'r, $($generic)*> OpenApiFromRequest<'r> for $guard {
            fn from_request_input(
                generator: &mut OpenApiGenerator,
                _: String,
                _: bool,
            ) -> Result<RequestHeaderInput> {
                Ok(requirement(generator))
            }
        }
    )*};
}

silent! {
    [B: Binding] AccessToken<B>,
    [B: Binding] OrgToken<B>,
    [T: Send + Sync + 'static, B: CheckedBy<T>] Checked<T, B>,
    [R: Requirement] Public<R>,
    [] MaybeUser,
    [T: SessionValue] SessionData<T>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rocket_okapi::settings::OpenApiSettings;

    static SCOPED: Rule = Rule::new("require_auth", "a", "f", 1).scopes(&["a", "b"]).any_scope(&["c", "d"]);
    static TOKEN: Rule = Rule::new("with_access_token", "a", "f", 1).scopes(&["b", "e"]).via(Via::Session);

    #[test]
    fn guards_beside_each_other_are_one_requirement() {
        let mut generator = OpenApiGenerator::new(&OpenApiSettings::default());
        let first = responses(&SCOPED);
        assert!(first.responses.keys().eq(["401", "403", "503"]));
        let RefOr::Object(forbidden) = &first.responses["403"] else { panic!("a response of its own") };
        assert!(forbidden.description.contains("the scopes a, b; one of the scopes c, d"));
        assert!(responses(&TOKEN).responses.is_empty(), "described once");

        let RequestHeaderInput::Security(name, scheme, asked) = requirement(&mut generator) else {
            panic!("a requirement");
        };
        assert_eq!(name, "logto_session");
        assert!(matches!(scheme.data, SecuritySchemeData::ApiKey { .. }));
        assert_eq!(asked["logto_session"], ["a", "b", "e"]);
        assert!(
            matches!(requirement(&mut generator), RequestHeaderInput::None),
            "the next handler begins anew"
        );
    }
}
