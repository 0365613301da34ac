//! A decision is carried out exactly once: over real HTTP, through crashes, and in any order of events.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "a test that cannot go on has failed"
)]

mod bank;
mod crashes;
mod databases;
mod facesign;
mod handing_over;
mod interleavings;
mod killed;
#[path = "../support/waiting.rs"]
mod waiting;
mod world;
