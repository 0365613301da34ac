//! The simulated Wise, met over HTTP as a partner's backend meets it, with josekit as the client's encryption.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod delivery;
mod encryption;
mod exchange;
mod faults;
mod partner;
mod payments;
mod phone_code;
mod pin;
mod refusals;
mod start;
mod tokens;
mod windows;
