//! The composition root and the JavaScript interface. Only the hand-written scripts in `pkg/` use these exports; partners use
//! the scripts.

mod allocator;
mod crash;
mod options;
mod renderer;
mod widget;

pub use crash::{crashed, on_crash};
pub use options::OptionsError;
pub use widget::Widget;
