//! The simulated FaceSign and the bank, called over HTTP as a partner's backend and a customer's page call them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test stops at the first surprise"
)]

mod api;
mod bank;
mod client;
mod events;
mod faults;
mod page;
#[path = "../support/receiver.rs"]
mod receiver;
#[path = "../support/sandbox.rs"]
mod sandbox;
mod session_scripts;
mod time;
