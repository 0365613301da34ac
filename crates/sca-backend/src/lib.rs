//! The partner's side of strong customer authentication.
//!
//! - [`decision`]: what becomes of an approval, as plain functions;
//! - [`provider`]: what a provider says, and Wise in particular;
//! - [`store`]: where approvals are kept;
//! - [`service`]: what a caller can ask for;
//! - [`delivery`]: tells other servers what was decided;
//! - [`routes`]: the doors: the widget's, the partner's, health and figures;
//! - [`gate`]: lets a call to the provider through, turns its refusal into an approval, and repeats the call once it is cleared.

pub mod clock;
pub mod config;
pub use sca_core::secret;
pub mod events;
pub mod gate;
mod jwe;
pub mod metrics;
pub mod policy;
pub mod problem;
pub mod providers;
mod random;
pub mod routes;
pub mod server;
pub mod service;
pub mod store;
pub mod webhooks;
