//! Wise, as a partner with its own customers uses it: protected calls, one-time tokens, and challenges for a PIN, a device
//! fingerprint, a face map or a phone code ([SCA over API](https://docs.wise.com/guides/developer/auth-and-security/sca-over-api)).
//!
//! All three generations of paths are served at once (`/v1/...`, `/v2/profiles/...`, `/2026Q3/...`). Where Wise's
//! documentation leaves something open, the choice made here is a switch of `PUT /control/behaviour`.

mod amount;
mod attempts;
mod behaviour;
mod call;
mod call_log;
mod challenge;
pub(crate) mod control;
mod customer;
mod device_fingerprint;
mod digest;
mod endpoint;
mod errors;
mod face_map;
mod fault;
mod generation;
mod jose;
pub mod keys;
mod one_time_token;
mod operations;
mod phone_number;
mod pin;
mod pipeline;
mod protection;
mod routes;
mod seed;
mod state;
mod tokens;

pub(crate) use pipeline::unknown_path;
pub(crate) use routes::router;
pub(crate) use state::{Wise, WiseState};
