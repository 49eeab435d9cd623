//! Responses without a body.

use std::io::Cursor;

use rocket::Response;
use rocket::http::{Header, Status};

pub(super) fn see_other(response: &mut Response<'_>, location: String) {
    response.set_status(Status::SeeOther);
    response.set_header(Header::new("Location", location));
    set_empty(response);
}

pub(super) fn set_empty(response: &mut Response<'_>) {
    response.remove_header("Content-Type");
    response.set_sized_body(0, Cursor::new(""));
}
