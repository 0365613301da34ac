//! The module's exports are those of the widget's crate, with both elements: a page on which a customer manages factors also has them
//! approved, and so downloads one module (`src/boundary`).

#[cfg(target_arch = "wasm32")]
pub use sca_widget::boundary::{EnrolmentElement, Widget};
