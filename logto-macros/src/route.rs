//! Rocket's route attribute below ours.

use crate::attribute;
use proc_macro2::TokenTree;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Ident, LitStr, Token};

/// The dynamic parts in the URI of a route.
#[derive(Debug)]
pub(crate) struct Uri {
    pub(crate) literal: LitStr,
    pub(crate) parameters: Vec<Parameter>,
    /// Every dynamic part as it is written, also `<_>`, which has no name.
    pub(crate) dynamic: Vec<String>,
}

/// A dynamic part of a URI.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: ParameterLocation,
    /// `<name..>`
    pub(crate) trailing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterLocation {
    /// The index among the route's own segments, without those of the mount point.
    Segment(usize),
    Query,
}

/// The route attribute among the attributes of a function.
pub(crate) fn attribute(attributes: &[Attribute]) -> Option<&Attribute> {
    all(attributes).next()
}

/// All attributes that are named like a route attribute.
pub(crate) fn all(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|candidate| attribute::is_route(candidate))
}

/// The URI of a route: the first literal of `#[get("/..")]`, or `uri` of `#[route(GET, uri = "/..")]`.
pub(crate) fn uri(attribute: &Attribute) -> Option<Uri> {
    let tokens = attribute.meta.require_list().ok()?.tokens.clone();
    let literal = find_literal.parse2(tokens).ok()?;
    let written = literal.value();
    let (parameters, dynamic) = (parameters(&written), dynamic(&written));
    Some(Uri { literal, parameters, dynamic })
}

fn find_literal(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let mut found = None;
    while !input.is_empty() {
        let is_keyed = input.peek(Ident::peek_any) && input.peek2(Token![=]);
        let is_uri = if is_keyed {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            key == "uri"
        } else {
            true
        };
        if is_uri && found.is_none() {
            found = input.fork().parse::<LitStr>().ok();
        }
        while !input.is_empty() && !input.peek(Token![,]) {
            input.parse::<TokenTree>()?;
        }
        input.parse::<Option<Token![,]>>()?;
    }
    found.ok_or_else(|| input.error("no URI"))
}

fn parts(uri: &str) -> (impl Iterator<Item = &str>, impl Iterator<Item = &str>) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let fields = query.split('&').filter(|field| !field.is_empty());
    (segments, fields)
}

fn dynamic(uri: &str) -> Vec<String> {
    let (segments, fields) = parts(uri);
    segments.chain(fields).filter(|part| inside(part).is_some()).map(str::to_owned).collect()
}

fn parameters(uri: &str) -> Vec<Parameter> {
    let (segments, fields) = parts(uri);
    segments
        .enumerate()
        .filter_map(|(index, segment)| parameter(segment, ParameterLocation::Segment(index)))
        .chain(fields.filter_map(|field| parameter(field, ParameterLocation::Query)))
        .collect()
}

/// Parses `<name>` or `<name..>`. `<_>` has no name.
fn parameter(written: &str, location: ParameterLocation) -> Option<Parameter> {
    let name = inside(written)?;
    let (name, trailing) = match name.strip_suffix("..") {
        Some(name) => (name, true),
        None => (name, false),
    };
    (!matches!(name, "" | "_")).then(|| Parameter { name: name.to_owned(), location, trailing })
}

fn inside(written: &str) -> Option<&str> {
    written.strip_prefix('<')?.strip_suffix('>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn read(attribute: &Attribute) -> Option<Vec<(String, ParameterLocation, bool)>> {
        let parameters = uri(attribute)?.parameters;
        Some(parameters.into_iter().map(|found| (found.name, found.location, found.trailing)).collect())
    }

    #[test]
    fn every_form_of_a_route_is_read() {
        let expected = Some(vec![("id".to_owned(), ParameterLocation::Segment(1), false)]);
        for attribute in [
            parse_quote!(#[get("/orders/<id>")]),
            parse_quote!(#[rocket::post("/orders/<id>", data = "<order>", rank = 2)]),
            parse_quote!(#[route(GET, uri = "/orders/<id>")]),
            parse_quote!(#[route(PUT, format = "json", uri = "/orders/<id>", data = "<x>")]),
            parse_quote!(#[get(r"/orders/<id>")]),
        ] {
            assert_eq!(read(&attribute), expected);
        }
    }

    #[test]
    fn segments_are_counted_and_queries_are_distinguished() {
        let attribute = parse_quote!(#[get("/<a>/b/<_>/<c>/<d..>?e&<f>&g=h&<i..>")]);
        let names = [
            ("a", ParameterLocation::Segment(0), false),
            ("c", ParameterLocation::Segment(3), false),
            ("d", ParameterLocation::Segment(4), true),
            ("f", ParameterLocation::Query, false),
            ("i", ParameterLocation::Query, true),
        ];
        assert_eq!(
            read(&attribute),
            Some(names.map(|(name, location, trailing)| (name.to_owned(), location, trailing)).to_vec())
        );
    }

    #[test]
    fn dynamic_parts_are_found_with_and_without_a_name() {
        let found = uri(&parse_quote!(#[get("/<a>/b/<_>/<c..>?e&<f>&g=<h>&<i..>")])).expect("a URI");
        assert_eq!(found.dynamic, ["<a>", "<_>", "<c..>", "<f>", "<i..>"]);
    }

    #[test]
    fn a_uri_that_is_not_a_literal_is_not_guessed() {
        assert!(uri(&parse_quote!(#[get(concat!("/", "x"))])).is_none());
        assert!(uri(&parse_quote!(#[get])).is_none());
        assert!(uri(&parse_quote!(#[route(GET, data = "<x>")])).is_none());
    }
}
