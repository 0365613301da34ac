//! The widget: strong customer authentication in a partner's page.
//!
//! Layers, each of which knows only those below it. The lowest two, the protocol and the JOSE code, are crates of their own.
//!
//! - [`boundary`]: the composition root and the JavaScript interface;
//! - [`ui`]: the screens;
//! - [`driver`]: runs the flow machine through ports, which [`browser`] implements.

pub mod driver;
pub mod enrolment;
pub mod json;
pub mod ui;

// These modules need a browser.
#[cfg(target_arch = "wasm32")]
pub mod boundary;
#[cfg(target_arch = "wasm32")]
pub mod browser;
