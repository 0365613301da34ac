//! The widget: strong customer authentication in a partner's page.
//!
//! Four floors, each knowing only those below it; the lowest, the protocol and the JOSE code, are crates of their own.
//!
//! - [`boundary`]: puts the parts together and lets JavaScript in;
//! - [`ui`]: the screens;
//! - [`driver`]: runs the flow machine through ports, and [`browser`], which fills the ports in.

pub mod driver;
pub mod json;
pub mod ui;

// A browser is all that these two are about.
#[cfg(target_arch = "wasm32")]
pub mod boundary;
#[cfg(target_arch = "wasm32")]
pub mod browser;
