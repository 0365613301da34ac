//! FaceSign: a hosted page where an avatar recognises the customer, reads the transfer aloud and has a code sent.
//!
//! - [`http`]: the calls;
//! - [`request`]: what a session is asked for with, and whether it came back as that;
//! - [`flow`]: what a session walks through, with a target of its own for every outcome;
//! - [`prompt`]: what of a transfer may be said to the avatar;
//! - [`report`]: a session as FaceSign tells it, read with tolerance and believed with none;
//! - [`signature`]: whether a webhook is FaceSign's.

pub mod adapter;
pub mod config;
pub mod flow;
pub mod http;
pub mod prompt;
pub mod report;
#[cfg(test)]
mod report_properties;
pub mod session_request;
pub mod signature;

pub use adapter::ID;
