//! Wise, as a partner with its own customers sees it: protected calls, one-time tokens, PIN and phone-code challenges.
//!
//! All three generations of paths are served at once (`/v1/...`, `/v2/profiles/...`, `/2026Q3/...`). Where Wise's
//! documents leave something open, the choice made here is a switch of `PUT /control/behaviour`.

pub(crate) mod amount;
pub(crate) mod behaviour;
pub(crate) mod call;
pub(crate) mod call_log;
pub(crate) mod challenge;
pub(crate) mod customer;
pub(crate) mod door;
pub(crate) mod endpoint;
mod errors;
pub(crate) mod fault;
pub(crate) mod generation;
pub(crate) mod jose;
pub mod keys;
pub(crate) mod one_time_token;
pub(crate) mod operations;
pub(crate) mod pin;
pub(crate) mod protection;
pub(crate) mod routes;
pub(crate) mod seed;
pub(crate) mod tokens;
pub(crate) mod world;
