//! For tests alone: a PostgreSQL database for each test, and waits that end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failure here is a failure of the test"
)]

pub mod postgres;
pub mod waiting;
