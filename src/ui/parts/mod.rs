//! The building blocks of screens: plain functions with one type of result.

pub(crate) mod attributes;
pub(crate) mod button;
pub(crate) mod element;
pub(crate) mod entry;
pub(crate) mod facts;
pub(crate) mod field;
pub(crate) mod hint;
pub(crate) mod link;
pub(crate) mod paragraph;
