//! A bank's own server: it executes wires when a signed webhook tells it to, records notices about approvals, and verifies the phone numbers
//! of its customers.
//!
//! It is the partner's server that the backend reports to. It deduplicates by webhook id, as
//! [Standard Webhooks](https://www.standardwebhooks.com/) asks of a receiver, and by nothing else: two ids for one transfer are
//! two executions, so that a test can detect them.

pub(crate) mod control;
mod phone_code;
mod pipeline;
mod signature;
mod state;

pub(crate) use pipeline::router;
pub(crate) use state::{Bank, BankState};
