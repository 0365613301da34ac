//! Every phrase in every language. Each language is a file that a page fetches when it speaks it. `phrases.rs` lists what there is to say, and each language says it in a file of its own.

mod language;
mod phrases;
mod plural;
mod reading;
pub mod source;
mod speech;
#[cfg(test)]
mod tests;

pub use language::Language;
pub(crate) use phrases::Phrases;
pub(crate) use plural::Plural;
pub(crate) use speech::{Speech, fill, isolated};
