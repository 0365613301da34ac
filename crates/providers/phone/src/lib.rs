//! Phone numbers.
//!
//! - [`number`]: what a customer typed, as E.164;
//! - [`verification`]: the code step of the partner's own server;
//! - [`config`]: the settings.

pub mod config;
pub mod number;
pub mod verification;

pub use verification::PartnerVerification;
