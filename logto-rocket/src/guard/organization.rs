//! Which organization a request is about.

use rocket::Request;
use rocket::request::FromParam;

use super::rule::OrganizationSource;
use crate::session::Session;
use crate::types::OrganizationId;

/// A segment of the path that can be an organization's id. Another one makes Rocket go on to the next route.
impl<'a> FromParam<'a> for OrganizationId {
    type Error = &'a str;

    fn from_param(param: &'a str) -> Result<Self, &'a str> {
        OrganizationId::new(param).ok_or(param)
    }
}

/// The id that `source` points at. `None` if there is none, or if it can be no id.
pub(super) fn organization_of(
    request: &Request<'_>,
    source: OrganizationSource,
    session: Option<&Session>,
) -> Option<OrganizationId> {
    let text: &str = match source {
        OrganizationSource::Segment { index, .. } => segment(request, index)?,
        OrganizationSource::Query(name) => query(request, name)?,
        OrganizationSource::Parameter(name) => match segment_index(request, name) {
            Some(index) => segment(request, index)?,
            None if is_query_parameter(request, name) => query(request, name)?,
            None => return None,
        },
        OrganizationSource::Header(name) => {
            let mut values = request.headers().get(name);
            let first = values.next()?;
            if values.next().is_some() {
                return None;
            }
            first
        }
        OrganizationSource::Session => return session?.current_organization(),
    };
    OrganizationId::new(text)
}

/// Segments count from the mount point, as in the route's own URI.
fn segment<'r>(request: &'r Request<'_>, index: usize) -> Option<&'r str> {
    request.param::<&str>(index)?.ok()
}

fn segment_index(request: &Request<'_>, name: &str) -> Option<usize> {
    let route = request.route()?;
    let wanted = format!("<{name}>");
    route.uri.unmounted_origin.path().segments().position(|segment| segment == wanted)
}

/// Whether the route itself has this query parameter. One that a caller invents names no organization.
fn is_query_parameter(request: &Request<'_>, name: &str) -> bool {
    let declared = request.route().and_then(|route| route.uri.unmounted_origin.query());
    declared.is_some_and(|query| query.raw_segments().any(|part| part == format!("<{name}>").as_str()))
}

fn query<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    let mut values = request.query_fields().filter(|field| field.name == name);
    let field = values.next()?;
    values.next().is_none().then_some(field.value)
}
