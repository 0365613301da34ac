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
//! - [`page_factors`]: whether a build has the factors that the page carries out.
//! - [`hosted_challenges`]: whether a build shows challenges that a page of the provider carries out.
//! - [`entry`]: digits as the customer types them, in buffers that are wiped.
//!
//! Nothing here reads a clock, a network or a random source. Time is an argument, effects are values.

mod hidden_text;
mod open_enum;

pub mod action;
pub mod api;
pub mod approval;
pub mod challenge;
pub mod enrolment_api;
pub mod enrolment_flow;
pub mod entry;
pub mod exemption;
pub mod face;
pub mod face_scan;
pub mod factor;
pub mod flow;
pub mod hosted_challenges;
pub mod message;
pub mod money;
pub mod page_factors;
pub mod text;
pub mod time;

pub use action::{Access, Action, Payee, Payment, Statement};
pub use approval::{Approval, Outcome, Reason, Status};
pub use challenge::{Availability, Challenge, Delivery, FactorOption};
pub use face::{FaceSession, Origin, SessionUrl, StepFailure};
pub use factor::Factor;
pub use hosted_challenges::HostedChallenges;
pub use money::{Currency, Money};
pub use page_factors::{BrowserKeyName, PageFactors};
pub use text::PlainText;
pub use time::Timestamp;
