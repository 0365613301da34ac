//! The simulated Wise, called over HTTP as a partner's backend calls it, with josekit as the client's encryption.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod client;
mod delivery;
mod device_fingerprint;
mod encryption;
mod exchange;
mod face_map;
#[path = "../support/facetec.rs"]
mod facetec;
mod factors;
mod faults;
mod payments;
mod phone_code;
mod phone_number;
mod pin;
mod refusals;
#[path = "../support/sandbox.rs"]
mod sandbox;
mod start;
mod tokens;
mod windows;
