//! The HTTP that the tenant needs: requests and responses as plain data, and the server.

mod body;
mod date;
mod params;
mod post;
mod request;
mod response;
mod server;

pub(crate) use date::{http_date, iso_date};
pub(crate) use params::Params;
pub(crate) use post::{Post, post, post_form};
pub(crate) use request::Request;
pub(crate) use response::{Response, escape};
pub(crate) use server::Server;
