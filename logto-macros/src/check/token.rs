//! Finds the parameter or field that receives the token.

use super::Receiver;
use crate::args::{Args, Resource};
use crate::attribute::Kind;
use crate::item::Handler;
use crate::problem::{Problem, Problems, listed};
use crate::route::Uri;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Field, FnArg, Ident, ItemStruct, Pat, PatIdent, PatType, PathSegment, Type};

/// The parameters of a handler that receive the token: exactly one, unless there is a problem.
pub(super) fn receivers(
    kind: Kind,
    args: &Args,
    handler: &Handler,
    uri: Option<&Uri>,
    problems: &mut Problems,
) -> Vec<Receiver> {
    let Some(wanted) = kind.token_type() else { return Vec::new() };
    if let Some(name) = &args.param
        && let Err(problem) = can_be_chosen(name, handler, uri)
    {
        problems.add(problem);
        return Vec::new();
    }
    let found: Vec<(usize, &PatType)> = typed(handler)
        .filter(|(_, parameter)| is_named(parameter, args.param.as_ref()) || has_type(&parameter.ty, wanted))
        .collect();
    if found.is_empty() {
        return instead(kind, wanted, args, handler, problems);
    }
    for (_, second) in found.iter().skip(1) {
        problems.add(second_token(kind, &second.ty, wanted));
    }
    let is_valid = |parameter: &PatType| problems.take(check(parameter, wanted)).is_some();
    let valid: Vec<bool> = found.iter().map(|(_, parameter)| *parameter).map(is_valid).collect();
    found.into_iter().zip(valid).map(|((index, _), is_valid)| Receiver { index, is_valid }).collect()
}

/// The fields of a struct that receive the token: exactly one, which is found by its type.
pub(super) fn fields(kind: Kind, item: &ItemStruct, problems: &mut Problems) -> Vec<Receiver> {
    let Some(wanted) = kind.token_type() else { return Vec::new() };
    let mut found = item.fields.iter().enumerate().filter(|(_, field)| has_type(&field.ty, wanted));
    if let Some((index, _)) = found.next() {
        for (_, second) in found {
            problems.add(second_token(kind, &second.ty, wanted));
        }
        return vec![Receiver { index, is_valid: true }];
    }
    if let Some((index, field)) =
        item.fields.iter().enumerate().find(|(_, field)| mentions(&field.ty, wanted))
    {
        problems.add(wrapped(&field.ty, wanted));
        return vec![Receiver { index, is_valid: false }];
    }
    problems.add(
        Problem::at(&item.ident, format!("`#[{}]` finds no field of type `{wanted}`", kind.name()))
            .help(format!("add a field `{wanted}`; for a struct without a token, use `#[require_auth]`")),
    );
    Vec::new()
}

/// Whether a field is of a type that only sessions can fill. A type alias is not looked through.
pub(super) fn has_field_of_session(item: &ItemStruct) -> bool {
    let is_of_session = |field: &Field| {
        ["User", "AccessToken", "OrgToken"].into_iter().any(|wanted| has_type(&field.ty, wanted))
    };
    item.fields.iter().any(is_of_session)
}

/// Fields for another token than the rule is about: an access token proves no membership, and an
/// organization token must not be sent to an API. A type alias of such a type is found when the
/// guard runs.
pub(super) fn foreign_fields(kind: Kind, args: &Args, item: &ItemStruct, problems: &mut Problems) {
    let Some(about) = About::of(kind, args) else { return };
    for (wanted, has) in [("AccessToken", About::Api), ("OrgToken", About::Organization)] {
        let foreign = item.fields.iter().filter(|field| about != has && has_type(&field.ty, wanted));
        for field in foreign {
            problems.add(about.instead_of(kind, wanted, &field.ty));
        }
    }
}

/// What the token of a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Api,
    Organization,
    /// The rule involves no token.
    Nothing,
}

impl About {
    /// `None` if it depends on the value of a constant.
    fn of(kind: Kind, args: &Args) -> Option<About> {
        const KEYS: [&str; 4] = ["scopes", "any_scope", "resource", "organization"];
        match kind {
            Kind::WithAccessToken => return Some(About::Api),
            Kind::WithOrgToken => return Some(About::Organization),
            Kind::RequireAuth | Kind::Public => {}
        }
        match &args.resource {
            Some(Resource::Constant { .. }) => None,
            Some(Resource::Literal(uri)) if uri.value() == ORGANIZATIONS => Some(About::Organization),
            Some(Resource::Literal(_)) => Some(About::Api),
            None if args.scopes.is_some() || args.any_scope.is_some() => Some(About::Api),
            None if args.organization.is_some() => Some(About::Organization),
            // A key with a wrong value is already reported, and may mean anything.
            None => (!KEYS.iter().any(|key| args.has(key))).then_some(About::Nothing),
        }
    }

    fn instead_of(self, kind: Kind, wanted: &str, at: &Type) -> Problem {
        let name = kind.name();
        match self {
            About::Nothing => Problem::at(
                at,
                format!("this `#[{name}]` involves no token, so it cannot provide an `{wanted}`"),
            )
            .help(match wanted {
                "OrgToken" => "write `#[with_org_token(organization = \"<org_id>\")]`",
                _ => "write `#[with_access_token]`, or name the scopes that the token must have",
            }),
            About::Api => Problem::at(
                at,
                format!(
                    "this `#[{name}]` is about an access token for an API, so it cannot provide an `{wanted}`"
                ),
            )
            .help("`#[with_org_token]` provides the organization token: write another struct for it")
            .help("for a token for the API within an organization, write `AccessToken`"),
            About::Organization => Problem::at(
                at,
                format!(
                    "this `#[{name}]` is about an organization token, so it cannot provide an `{wanted}`"
                ),
            )
            .help("write `OrgToken`")
            .help("`#[with_access_token]` provides an access token for an API: write another struct for it"),
        }
    }
}

/// The resource that stands for an organization's own scopes.
const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

/// Whether `param` names a parameter that could receive the token.
fn can_be_chosen(name: &Ident, handler: &Handler, uri: Option<&Uri>) -> Result<(), Problem> {
    let unraw = name.unraw();
    if uri.is_some_and(|uri| uri.parameters.iter().any(|parameter| unraw == parameter.name)) {
        return Err(Problem::at(
            name,
            format!("`{unraw}` receives a part of the URI and cannot receive the token"),
        )
        .help("add another parameter for the token"));
    }
    if typed(handler).any(|(_, parameter)| is_named(parameter, Some(name))) {
        return Ok(());
    }
    let names: Vec<String> = typed(handler).filter_map(|(_, parameter)| name_of(parameter)).collect();
    let known = || names.iter().map(String::as_str);
    let problem = Problem::at(name, format!("`{}` has no parameter `{unraw}`", handler.sig.ident))
        .did_you_mean(&unraw.to_string(), known());
    Err(match names[..] {
        [] => problem.help("add a parameter that receives the token"),
        _ => problem.help(format!("its parameters are {}", listed(known()))),
    })
}

/// The problem that no parameter has the type of the token. Suggests a parameter that may have been meant.
fn instead(
    kind: Kind,
    wanted: &str,
    args: &Args,
    handler: &Handler,
    problems: &mut Problems,
) -> Vec<Receiver> {
    if let Some((index, parameter)) = typed(handler).find(|(_, parameter)| mentions(&parameter.ty, wanted)) {
        problems.add(wrapped(&parameter.ty, wanted));
        return vec![Receiver { index, is_valid: false }];
    }
    if !args.has("param") {
        problems.add(
            Problem::at(
                &handler.sig.ident,
                format!("`#[{}]` finds no parameter of type `{wanted}`", kind.name()),
            )
            .help(format!(
                "add `token: {wanted}`; if the type has another name, name the parameter in `param`"
            ))
            .help("to guard a route without a token, use `#[require_auth]`"),
        );
    }
    Vec::new()
}

fn second_token(kind: Kind, at: &Type, wanted: &str) -> Problem {
    Problem::at(at, format!("`#[{}]` provides one token, and this is the second", kind.name()))
        .help(format!("remove one `{wanted}`"))
}

/// `Option<AccessToken>` would suggest that a caller without a token is admitted.
fn wrapped(written: &Type, wanted: &str) -> Problem {
    Problem::at(written, format!("the token must be taken as `{wanted}`, by value"))
        .help(format!("write `{wanted}`: a caller without a token is refused before the handler runs"))
}

/// Rocket requires a plain name too, which is used for the binding in the body. The type arguments are set by the
/// attribute.
fn check(parameter: &PatType, wanted: &str) -> Result<(), Problem> {
    if plain_name(parameter).is_none() {
        return Err(Problem::at(&parameter.pat, "the parameter for the token needs a plain name")
            .help(format!("write `token: {wanted}`")));
    }
    match last_segment(&parameter.ty) {
        Some(segment) if segment.ident == wanted && !segment.arguments.is_none() => {
            Err(Problem::at(&segment.arguments, format!("`{wanted}` takes no type arguments here"))
                .help(format!("write `{wanted}`: the attribute adds them")))
        }
        _ => Ok(()),
    }
}

pub(super) fn typed(handler: &Handler) -> impl Iterator<Item = (usize, &PatType)> {
    handler.sig.inputs.iter().enumerate().filter_map(|(index, input)| match input {
        FnArg::Typed(parameter) => Some((index, parameter)),
        FnArg::Receiver(_) => None,
    })
}

/// `name: Type` or `mut name: Type`.
pub(crate) fn plain_name(parameter: &PatType) -> Option<&PatIdent> {
    match &*parameter.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(name),
        _ => None,
    }
}

fn name_of(parameter: &PatType) -> Option<String> {
    plain_name(parameter).map(|name| name.ident.unraw().to_string())
}

fn is_named(parameter: &PatType, name: Option<&Ident>) -> bool {
    name.is_some_and(|name| name_of(parameter).is_some_and(|own| name.unraw() == own))
}

fn has_type(written: &Type, wanted: &str) -> bool {
    last_segment(written).is_some_and(|segment| segment.ident == wanted)
}

pub(super) fn last_segment(written: &Type) -> Option<&PathSegment> {
    match written {
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

fn mentions(written: &Type, wanted: &str) -> bool {
    fn search(tokens: TokenStream, wanted: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == wanted,
            TokenTree::Group(group) => search(group.stream(), wanted),
            _ => false,
        })
    }
    search(written.to_token_stream(), wanted)
}
