//! A decision is executed exactly once: over HTTP, through crashes, and in any order of events.
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
mod clock_skew;
#[path = "../support/cluster.rs"]
mod cluster;
mod crashes;
mod databases;
mod disconnecting_callers;
mod dispatch;
#[path = "../support/dynamic_linking.rs"]
mod dynamic_linking;
mod facesign;
mod failover;
mod fixture;
#[path = "../support/forwarder.rs"]
mod forwarder;
mod interleavings;
mod killed_process;
mod program;
#[path = "../support/program_start.rs"]
mod program_start;
#[path = "../support/transfers.rs"]
mod transfers;

use sca_testing::waiting;
