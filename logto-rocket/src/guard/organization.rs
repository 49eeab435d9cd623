//! Which organization a request is about.

use rocket::Request;

use super::rule::OrganizationSource;
use crate::session::Session;
use crate::types::OrganizationId;

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
            None => query(request, name)?,
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

fn query<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    let mut values = request.query_fields().filter(|field| field.name == name);
    let field = values.next()?;
    values.next().is_none().then_some(field.value)
}
