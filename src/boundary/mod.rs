//! The composition roots and the JavaScript interface. Only the hand-written scripts in `pkg/` use these exports; partners use
//! the scripts. A checkout's module exports the widget, the other one both elements.

mod allocator;
mod container;
#[cfg(feature = "enrolment")]
mod enrolment;
mod options;
#[cfg(feature = "approval")]
mod renderer;
mod ticker;
#[cfg(feature = "approval")]
mod widget;
#[cfg(feature = "approval")]
mod widget_options;

#[cfg(feature = "enrolment")]
pub use enrolment::EnrolmentElement;
pub use options::OptionsError;
#[cfg(feature = "approval")]
pub use widget::Widget;
