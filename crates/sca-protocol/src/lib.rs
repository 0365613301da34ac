//! What the widget and the backend agree on.
//!
//! - [`approval`], [`challenge`], [`factor`], [`action`]: the nouns. An [`Approval`] freezes an [`Action`] and lists the
//!   [`Challenge`]s that the customer clears, each by one [`Factor`].
//! - [`face`]: hosted sessions, and the allowed origins of their pages.
//! - [`face_scan`]: the scan of a face by the host's own SDK.
//! - [`exemption`]: the low-value exemption, as data.
//! - [`api`]: the contract between the widget and the backend in one file: routes, headers, bodies, problem codes.
//! - [`enrolment_api`]: the same for enrolments.
//! - [`flow`]: the machine that turns events into effects and screens.
//! - [`enrolment_flow`]: the same for enrolments.
//! - [`device_factor`]: whether a build verifies with a device.
//! - [`entry`]: digits as the customer types them, in buffers that are wiped.
//!
//! Nothing here reads a clock, a network or a random source. Time is an argument, effects are values.

mod hidden_text;
mod open_enum;

pub mod action;
pub mod api;
pub mod approval;
pub mod challenge;
pub mod device_factor;
pub mod enrolment_api;
pub mod enrolment_flow;
pub mod entry;
pub mod exemption;
pub mod face;
pub mod face_scan;
pub mod factor;
pub mod flow;
pub mod money;
pub mod text;
pub mod time;

pub use action::{Access, Action, Payee, Payment, Statement};
pub use approval::{Approval, Outcome, Reason, Status};
pub use challenge::{Availability, Challenge, Delivery, FactorOption};
pub use device_factor::{BrowserKeyName, DeviceFactor};
pub use face::{FaceSession, Origin, SessionUrl, StepFailure};
pub use factor::Factor;
pub use money::{Currency, Money};
pub use text::PlainText;
pub use time::Timestamp;
