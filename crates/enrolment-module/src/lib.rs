//! The module's exports are those of the widget's crate, with the feature `enrolment` alone (`src/boundary/enrolment.rs`).

#[cfg(target_arch = "wasm32")]
pub use sca_widget::boundary::EnrolmentElement;
