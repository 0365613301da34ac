//! Where the parts are put together and JavaScript comes in. What is exported here is for the hand-written scripts in
//! `pkg/` alone; partners use those.

mod allocator;
mod crash;
mod options;
mod renderer;
mod widget;

pub use crash::{crashed, on_crash};
pub use options::OptionsError;
pub use widget::Widget;
