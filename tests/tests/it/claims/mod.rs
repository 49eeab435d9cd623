//! Typed claims: of bearers, of the token that a session was judged by, of ID tokens and of userinfo.

mod app;
mod cached_tokens;
mod judged;
mod misfits;
mod people;
mod trust;
