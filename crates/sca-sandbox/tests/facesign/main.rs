//! The simulated FaceSign and the bank, met over HTTP as a partner's backend and a customer's page meet them.
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
mod events;
mod faults;
mod page;
mod partner;
#[path = "../support/receiver.rs"]
mod receiver;
mod rows;
mod time;
