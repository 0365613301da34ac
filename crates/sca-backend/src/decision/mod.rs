//! What becomes of an approval: plain functions from what is stored and what the provider says to what is stored next.
//! Nothing here waits, asks or reads a clock.

mod alarm;
mod confirmation;
mod confirming;
#[cfg(test)]
mod confirming_properties;
#[cfg(test)]
mod confirming_table;
mod ending;
mod entry;
mod face;
#[cfg(test)]
mod face_properties;
#[cfg(test)]
mod face_table;
mod facing;
mod issuing;
mod news;
#[cfg(test)]
mod properties;
mod reading;
mod record;
mod sending;
mod shown;
mod source;
mod spending;
mod subject;
mod verifying;

pub use alarm::{Alarm, is_seen_out};
pub use confirmation::{BoundPayment, Confirmation, Confirming, Issued, LostIssue, Matter, PAYEE_BATCH, STEP_UP};
pub use confirming::{Recipient, Sight, Sighting, Standing, standing};
pub use entry::{EntryReserved, EntryResult};
pub use face::{Awaited, Binding, BlockReason, FaceDecision, RequiredAnalyses, decide_face};
pub use facing::{FaceMove, FaceProgress, Looked, OpenSession};
pub use issuing::{IssueMove, IssueReserved, NotIssued};
pub use news::{LateNews, News};
pub use record::{ConfirmationLimits, Lease, Limits, Progress, Record, Sent};
pub use shown::Evidence;
pub use source::{Source, Wire};
pub use spending::SpendRefusal;
pub use subject::{Subject, Teller};

use sca_protocol::Millis;

/// Why something cannot be done with an approval now. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The approval is settled.
    #[error("the approval is settled")]
    Settled,
    /// Another call is on its way to the provider for the same approval.
    #[error("another call is on its way")]
    InProgress,
    /// The step or the factor cannot be used now.
    #[error("the step or factor cannot be used now")]
    Factor,
    /// The payer was shown something else than what is approved.
    #[error("the payer was shown something else than what is approved")]
    Shown,
    /// Not before a time.
    #[error("not before {}", not_before.0)]
    TooEarly {
        /// From when on it can be tried again.
        not_before: Millis,
    },
}
