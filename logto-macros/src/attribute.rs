//! The attributes of this crate, and the attributes of Rocket next to them.

use quote::format_ident;
use syn::Ident;
use syn::ext::IdentExt as _;

/// An attribute of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    RequireAuth,
    WithAccessToken,
    WithOrgToken,
    /// Marks a route as public.
    Public,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] =
        [Kind::RequireAuth, Kind::WithAccessToken, Kind::WithOrgToken, Kind::Public];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Kind::RequireAuth => "require_auth",
            Kind::WithAccessToken => "with_access_token",
            Kind::WithOrgToken => "with_org_token",
            Kind::Public => "public",
        }
    }

    /// The type whose parameter or field receives the token.
    pub(crate) const fn token_type(self) -> Option<&'static str> {
        match self {
            Kind::RequireAuth | Kind::Public => None,
            Kind::WithAccessToken => Some("AccessToken"),
            Kind::WithOrgToken => Some("OrgToken"),
        }
    }

    /// The name of the marker type that carries the rule of a handler. Each attribute has its own, so that several
    /// attributes can be combined.
    pub(crate) fn marker(self, handler: &Ident) -> Ident {
        format_ident!("__{}_{}", self.name(), handler.unraw(), span = proc_macro2::Span::call_site())
    }

    /// The attribute of this crate that `attribute` is, qualified or not.
    pub(crate) fn of(attribute: &syn::Attribute) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| last_segment_is(attribute, kind.name()))
    }
}

/// Whether `attribute` makes a route of a function.
pub(crate) fn is_route(attribute: &syn::Attribute) -> bool {
    const ROUTES: [&str; 8] = ["get", "put", "post", "delete", "head", "patch", "options", "route"];
    ROUTES.iter().any(|route| last_segment_is(attribute, route))
}

/// Whether `attribute` describes a route to `rocket_okapi`.
pub(crate) fn is_openapi(attribute: &syn::Attribute) -> bool {
    last_segment_is(attribute, "openapi")
}

fn last_segment_is(attribute: &syn::Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}
