//! The partner's simulated FaceTec server, called over HTTP as the partner's backend calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod api;
#[path = "../support/facetec.rs"]
mod client;
mod control;
#[path = "../support/sandbox.rs"]
mod sandbox;
