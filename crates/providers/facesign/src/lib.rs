//! FaceSign: a hosted page where an avatar verifies the customer, reads the transfer out and asks for a one-time code:
//! <https://docs.facesign.ai/docs/reference/concepts>.
//!
//! - [`client`]: the calls;
//! - [`session_request`]: the request that opens a session, and the dynamic linking check of its report;
//! - [`flow`]: the nodes of a session;
//! - [`prompt`]: the data of a transfer that may be part of the avatar's prompt;
//! - [`report`]: the parser of a session;
//! - [`signature`]: the verification of webhook signatures.

pub mod adapter;
pub mod client;
pub mod config;
pub mod flow;
pub mod prompt;
pub mod report;
#[cfg(test)]
mod report_properties;
pub mod session_request;
pub mod signature;

pub use adapter::ID;
