//! Runs the flow machine. It reaches its environment only through ports, which `src/browser` implements in production and native
//! fakes implement in tests. No browser interface is named here.

pub(crate) mod backend;
mod drive;
mod failures;
mod listen;
pub mod ports;
pub(crate) mod provider_key;
pub(crate) mod queue;
mod secret;
pub mod server_events;
mod submit_device;
pub(crate) mod submit_encrypted;
pub(crate) mod submit_face;
pub(crate) mod tasks;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod tests;

pub use backend::{Access, FACE_DEADLINE_MS, READ_DEADLINE_MS, WRITE_DEADLINE_MS};
pub use drive::{Driver, End, Events, Observer};
pub use secret::ClientSecret;
pub use submit_face::CAPTURE_DEADLINE_MS;
