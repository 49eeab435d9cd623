//! The application's own data in sessions, for visitors and for users, wherever sessions are kept.

mod app;
mod launch;
mod limits;
mod people;
mod planted;
mod restarts;
mod sign_ins;
mod sites;
mod tabs;
mod trouble;
mod visitors;
