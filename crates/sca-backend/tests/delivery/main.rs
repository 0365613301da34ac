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
#[path = "../support/cluster.rs"]
mod cluster;
mod crashes;
mod databases;
mod facesign;
mod failing_over;
#[path = "../support/forwarder.rs"]
mod forwarder;
mod handing_over;
mod hanging_up;
mod interleavings;
mod killed;
mod program;
#[path = "../support/shown.rs"]
mod shown;
mod skewed;
#[path = "../support/waiting.rs"]
mod waiting;
mod world;
