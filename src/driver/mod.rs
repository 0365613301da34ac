//! Runs the flow machine. It reaches its environment only through ports, which `src/browser` implements in production and native
//! fakes implement in tests. No browser interface is named here.

mod backend;
mod drive;
mod failures;
mod listen;
pub mod ports;
mod provider_key;
mod secret;
pub mod server_events;
mod submit_pin;
mod tasks;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use backend::{Access, READ_DEADLINE_MS, WRITE_DEADLINE_MS};
pub use drive::{Driver, End, Events, Observer};
pub use secret::ClientSecret;
