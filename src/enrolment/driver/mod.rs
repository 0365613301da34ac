//! Runs an enrolment's flow machine. It reaches its environment only through ports.

mod drive;
mod enrol_device;
mod enrol_face;
pub mod ports;
mod submit;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
#[allow(clippy::unwrap_used, reason = "a test that finds something unexpected has failed")]
mod tests;

pub use drive::{Driver, End, Events, Observer};
