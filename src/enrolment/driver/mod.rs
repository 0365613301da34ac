//! Runs an enrolment's flow machine. It reaches its environment only through ports.

mod drive;
mod enrol_device;
pub mod ports;
mod submit;

pub use drive::{Driver, End, Events, Observer};
