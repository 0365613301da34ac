//! The flow machine of an enrolment: an event and the time go in, effects and a screen come out.
//!
//! It follows the rules of [`flow`](crate::flow): the machine is total, an event that is not possible gives an [`Ignored`] value, and a
//! settled flow accepts nothing. It differs in what it does after a lost answer. Nobody can ask the provider whether a PIN was set, so the
//! flow reads the enrolment, shows it, and says that the outcome of the call is not known.

mod browser_key;
mod effect;
mod event;
mod face_scan;
mod machine;
mod notice;
mod results;
mod screen;
#[cfg(test)]
mod search;
mod state;

pub use browser_key::BrowserKey;
pub use effect::{Effect, Timer};
pub use event::Event;
pub use notice::{Notice, NumberFlaw};
pub use screen::{Advice, NewFaceStage, Overview, Screen, View};
pub use state::{Change, EnrolmentEnd, EnrolmentFlow, NumberPurpose, PinPurpose, Question};

pub use crate::flow::{Attempt, Failure, Ignored, NoScan};
