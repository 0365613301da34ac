//! Every phrase in every language. Each language fills one [`Phrases`], so a translation that lacks a phrase does not
//! compile.

mod ar;
mod en;
mod language;
mod phrases;
mod plural;
mod speech;

pub use language::{Direction, Language};
pub(crate) use phrases::{ByFactor, CameraTrouble, FactorNames, Phrases, Reasons, Setbacks};
pub(crate) use plural::{Category, Plural};
pub(crate) use speech::{Speech, fill, isolated};
