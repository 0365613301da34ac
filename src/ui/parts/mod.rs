//! The building blocks of screens. Plain functions with one type of result: see [the parent](super).

pub(crate) mod button;
pub(crate) mod entry;
pub(crate) mod facts;
pub(crate) mod field;
pub(crate) mod hint;
pub(crate) mod prose;
