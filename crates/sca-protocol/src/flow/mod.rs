//! The flow machine: an event and the time go in, effects and a screen come out.
//!
//! A [`Flow`] lives as long as one widget on a page. The driver performs the [`Effect`]s, returns their results as [`Event`]s,
//! and shows the [`Screen`]. The machine is total: every state handles every event, an event that is not possible gives an
//! [`Ignored`] value, and a settled flow accepts nothing.

mod camera;
mod device;
mod effect;
mod effect_results;
mod environment_events;
mod event;
mod face_scan;
mod hosted;
mod machine;
mod notice;
mod pause;
mod phone;
mod screen;
#[cfg(test)]
mod search;
mod state;
mod transitions;
mod user_events;

pub use camera::Camera;
pub use effect::{Attempt, DeviceSubmission, Effect, FaceSubmission, OnScreen, Timer};
pub use event::{Event, Failure, NoScan};
pub use machine::Ignored;
pub use notice::{DeviceNotice, FaceNotice, Notice};
pub(crate) use pause::pause_after;
pub use screen::{ChallengePosition, Choice, HostedStage, Receipt, Screen, View};
pub use state::Flow;
