//! What a route asks of its caller: the constant an attribute turns into.

use std::pin::Pin;

use rocket::Request;

use super::check::CheckOutcome;
use super::identity::Identity;
use crate::syntax::{is_client_id, is_resource_indicator, is_scope_token};
use crate::types::Scopes;

/// What a guarded item asks for. The attributes write one constant of this type for each item they
/// stand on; `authorize` is the only code that reads it to decide.
///
/// Built with `const fn`s, so that a wrong constant is a compile error in the user's crate.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub(crate) attribute: &'static str,
    pub(crate) item: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) any_scope: &'static [&'static str],
    pub(crate) roles: &'static [&'static str],
    pub(crate) any_role: &'static [&'static str],
    pub(crate) resource: Option<&'static str>,
    pub(crate) organization: Option<OrganizationSource>,
    pub(crate) via: Via,
    pub(crate) subject: Subject,
    /// The applications whose bearer tokens are accepted. Empty: those of the setting `bearer_clients`.
    pub(crate) clients: &'static [&'static str],
    pub(crate) token: TokenKind,
    /// In seconds: how fresh the sign-in must be.
    pub(crate) max_age: Option<u64>,
    pub(crate) check: Option<Check>,
    /// Whether an anonymous caller goes on to the next-ranked route.
    pub(crate) forwards: bool,
    /// Whether a request counts as use of the session, so that it does not become idle.
    pub(crate) keeps_alive: bool,
    /// Whether a browser without a session is led through a silent sign-in first.
    pub(crate) silent: bool,
    /// Whether a field of the guard can only be filled for a session.
    pub(crate) has_field_of_session: bool,
}

/// A future in a box, as `async_trait` writes it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The user's own question, asked last.
pub type Check = for<'a, 'r> fn(&'a Identity, &'a Request<'r>) -> BoxFuture<'a, CheckOutcome>;

/// Where a route takes the id of its organization from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationSource {
    /// A dynamic path segment: its index after the mount point, and its name for messages.
    Segment {
        /// The name between `<` and `>`.
        name: &'static str,
        /// Index among the route's own segments.
        index: usize,
    },
    /// A query parameter.
    Query(&'static str),
    /// A path segment or query parameter found by name when the request arrives: a named guard is
    /// used by many routes, so no index can be fixed at compile time.
    Parameter(&'static str),
    /// A request header.
    Header(&'static str),
    /// The current organization of the session.
    Session,
}

/// Which credential a route accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// A session or a bearer token; a present `Authorization` header always wins.
    #[default]
    Both,
    /// The session cookie alone.
    Session,
    /// A bearer token alone.
    Bearer,
}

/// Who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subject {
    /// A user.
    #[default]
    User,
    /// A machine-to-machine application, which is its own subject.
    Machine,
    /// Either.
    Any,
}

/// Which token a guarded item hands to its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenKind {
    /// None: the item is only guarded.
    #[default]
    None,
    /// An access token for an API resource.
    Access,
    /// An organization token.
    Organization,
}

/// An item that carries a [`Rule`]. Implemented by the attributes, never by hand.
pub trait Requirement: Send + Sync + 'static {
    /// What the item asks for.
    const RULE: Rule;
}

impl Rule {
    /// A rule that asks for nothing but a caller who is known.
    #[must_use]
    pub const fn new(attribute: &'static str, item: &'static str, file: &'static str, line: u32) -> Self {
        Rule {
            attribute,
            item,
            file,
            line,
            scopes: &[],
            any_scope: &[],
            roles: &[],
            any_role: &[],
            resource: None,
            organization: None,
            via: Via::Both,
            subject: Subject::User,
            clients: &[],
            token: TokenKind::None,
            max_age: None,
            check: None,
            forwards: false,
            keeps_alive: true,
            silent: false,
            has_field_of_session: false,
        }
    }

    /// All of these scopes. A name outside RFC 6749 §3.3 does not compile.
    #[must_use]
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        assert_scopes(scopes);
        self.scopes = scopes;
        self
    }

    /// At least one of these scopes. A name outside RFC 6749 §3.3 does not compile.
    #[must_use]
    pub const fn any_scope(mut self, scopes: &'static [&'static str]) -> Self {
        assert_scopes(scopes);
        self.any_scope = scopes;
        self
    }

    /// All of these roles. An empty list does not compile.
    #[must_use]
    pub const fn roles(mut self, roles: &'static [&'static str]) -> Self {
        assert_roles(roles);
        self.roles = roles;
        self
    }

    /// At least one of these roles. An empty list does not compile.
    #[must_use]
    pub const fn any_role(mut self, roles: &'static [&'static str]) -> Self {
        assert_roles(roles);
        self.any_role = roles;
        self
    }

    /// The sign-in must be at most this many seconds old.
    #[must_use]
    pub const fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// The user's own question, asked when everything else is answered.
    #[must_use]
    pub const fn check(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    /// An anonymous caller goes on to the next-ranked route.
    #[must_use]
    pub const fn forward(mut self) -> Self {
        self.forwards = true;
        self
    }

    /// A request does not count as use of the session.
    #[must_use]
    pub const fn no_keep_alive(mut self) -> Self {
        self.keeps_alive = false;
        self
    }

    /// A browser without a session is led through a silent sign-in first, once.
    #[must_use]
    pub const fn silent_sign_in(mut self) -> Self {
        self.silent = true;
        self
    }

    /// A field of the guard can only be filled for a session.
    #[must_use]
    pub const fn fields_need_session(mut self) -> Self {
        self.has_field_of_session = true;
        self
    }

    /// The API resource that the scopes belong to.
    #[must_use]
    pub const fn resource(mut self, resource: &'static str) -> Self {
        assert!(
            is_resource_indicator(resource),
            "`resource` must be an absolute URI without a fragment (RFC 8707), such as \"https://api.example.com\""
        );
        self.resource = Some(resource);
        self
    }

    /// The organization the caller acts in.
    #[must_use]
    pub const fn organization(mut self, source: OrganizationSource) -> Self {
        self.organization = Some(source);
        self
    }

    /// Which credential is accepted.
    #[must_use]
    pub const fn via(mut self, via: Via) -> Self {
        self.via = via;
        self
    }

    /// Who may come.
    #[must_use]
    pub const fn subject(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    /// The applications whose bearer tokens are accepted. An empty list does not compile, nor does an id with spaces.
    #[must_use]
    pub const fn clients(mut self, clients: &'static [&'static str]) -> Self {
        assert_clients(clients);
        self.clients = clients;
        self
    }

    /// Which token the handler receives.
    #[must_use]
    pub const fn token(mut self, token: TokenKind) -> Self {
        self.token = token;
        self
    }

    /// Whether an attribute has written it, and not this crate for one of its own parameters. Those are called like
    /// their types.
    pub(crate) fn is_attribute(&self) -> bool {
        self.attribute.starts_with(|first: char| first.is_ascii_lowercase())
    }

    /// Every scope the rule names, in the order it names them.
    pub(crate) fn named_scopes(&self) -> impl Iterator<Item = &'static str> {
        self.scopes.iter().chain(self.any_scope).copied()
    }

    pub(crate) fn asks_for_roles(&self) -> bool {
        !self.roles.is_empty() || !self.any_role.is_empty()
    }

    /// Whether `held` is enough. The one place where roles are compared.
    pub(crate) fn is_satisfied_by_roles(&self, held: &[String]) -> bool {
        let has = |role: &&str| held.iter().any(|one| one == role);
        self.roles.iter().all(has) && (self.any_role.is_empty() || self.any_role.iter().any(has))
    }

    /// Whether `granted` is enough. The one place where scopes are compared.
    pub(crate) fn is_satisfied_by(&self, granted: &Scopes) -> bool {
        self.scopes.iter().all(|scope| granted.contains(scope))
            && (self.any_scope.is_empty() || self.any_scope.iter().any(|scope| granted.contains(scope)))
    }
}

const fn assert_roles(roles: &[&str]) {
    assert!(!roles.is_empty(), "an empty list of roles protects nothing: name a role, or leave the key out");
    let mut index = 0;
    while index < roles.len() {
        assert!(!roles[index].is_empty(), "a role needs a name");
        index += 1;
    }
}

const fn assert_clients(clients: &[&str]) {
    assert!(
        !clients.is_empty(),
        "an empty list of applications refuses every access token: name an application, or leave the key out"
    );
    let mut index = 0;
    while index < clients.len() {
        assert!(
            is_client_id(clients[index]),
            "an application id is one or more printable ASCII characters without spaces, as Logto shows it"
        );
        index += 1;
    }
}

const fn assert_scopes(scopes: &[&str]) {
    assert!(
        !scopes.is_empty(),
        "an empty list of scopes protects nothing: name a scope, or leave the key out"
    );
    let mut index = 0;
    while index < scopes.len() {
        assert!(
            is_scope_token(scopes[index]),
            "a scope must be one or more printable ASCII characters without space, `\"` and `\\` (RFC 6749 section 3.3)"
        );
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_and_any_of_are_both_asked() {
        const RULE: Rule = Rule::new("require_auth", "t", "f", 1).scopes(&["a", "b"]).any_scope(&["c", "d"]);
        assert!(RULE.is_satisfied_by(&Scopes::parse("b a d")));
        assert!(!RULE.is_satisfied_by(&Scopes::parse("a b")));
        assert!(!RULE.is_satisfied_by(&Scopes::parse("a c d")));
        assert!(!RULE.is_satisfied_by(&Scopes::parse("")));
    }
}
