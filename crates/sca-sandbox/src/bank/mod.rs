//! A bank's own side: it executes wires when it is told by a signed webhook, and is told how approvals ended.
//!
//! It is the partner's server that the backend reports to. It deduplicates by webhook id, as Standard Webhooks asks of a
//! receiver, and by nothing else: two different ids for one transfer are two executions, which is what a test looks for.

mod ledger;
mod receive;
mod signature;

pub(crate) use ledger::{Bank, Delivery, Endpoint, Entry, Notice};
pub(crate) use receive::router;
