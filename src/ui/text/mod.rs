//! Every phrase in every language. `phrases.rs` lists the phrases. Each language has them in a file of its own, which a page fetches
//! when it needs that language.

pub(crate) mod catalog;
mod language;
mod localizer;
mod phrases;
mod plural;
pub mod source;
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) mod tests;

pub use language::Language;
pub(crate) use localizer::{Localizer, fill, isolated};
pub(crate) use phrases::{PHRASES, Phrase};
pub(crate) use plural::Plural;
