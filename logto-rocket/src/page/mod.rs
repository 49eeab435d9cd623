//! The pages that this crate shows: what they say, in which language, and how they look.

mod accept_language;
mod html;
mod languages;
mod model;
mod own;
pub(crate) mod recorded;
mod sentence;

pub use accept_language::AcceptLanguage;
pub(crate) use languages::Label;
pub(crate) use model::PageSubject;
pub use model::{Page, PageAction, PageKind};
pub use own::{OwnPage, Pages};
pub(crate) use own::{PageSettings, show};
pub(crate) use sentence::push_sentence;
