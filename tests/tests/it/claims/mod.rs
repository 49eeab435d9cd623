//! Typed claims: of bearers, of the token that a session was judged by, of ID tokens and of userinfo.

mod app;
mod judged;
mod kept;
mod misfits;
mod people;
mod trust;
