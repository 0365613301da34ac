//! What every simulator is made of: the movable clock, scripted faults, the call log, the request pipeline, the webhook
//! queue and the control routes for all of them.
//!
//! The kit knows no simulator. A simulator implements the kit's traits for its own state: [`Api`](pipeline::Api) to respond to
//! calls, [`SendsWebhooks`](webhooks::SendsWebhooks) to send webhooks.

pub(crate) mod call_log;
pub(crate) mod clock;
pub(crate) mod connection;
pub(crate) mod control;
pub(crate) mod faults;
pub(crate) mod hmac;
pub(crate) mod json;
mod malformed_body;
pub(crate) mod page;
pub(crate) mod pipeline;
pub(crate) mod rate_limit;
pub(crate) mod response;
pub(crate) mod simulator;
pub(crate) mod switches;
pub(crate) mod timeline;
pub(crate) mod webhooks;
