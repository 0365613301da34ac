//! The second element, `<sca-enrolment>`: a customer sets up, changes and removes factors.
//!
//! It is a module of its own in the npm package (`crates/enrolment-module`), so that a checkout does not download it. It uses the widget's
//! ports, its client of the backend and its parts of screens.
//!
//! - [`ui`]: the screens;
//! - [`driver`]: runs the flow machine through ports.

pub mod driver;
pub mod text;
pub mod ui;
