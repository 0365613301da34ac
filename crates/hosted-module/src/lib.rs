//! The module's export is that of the widget's crate, with hosted challenges (`src/boundary`).

#[cfg(target_arch = "wasm32")]
pub use sca_widget::boundary::Widget;
