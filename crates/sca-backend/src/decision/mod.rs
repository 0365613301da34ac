//! What becomes of an approval: plain functions from what is stored and what the provider says to what is stored next.
//! Nothing here waits, asks or reads a clock.

mod challenge_issue;
#[cfg(test)]
mod confirmation_properties;
mod confirmation_target;
mod consume;
mod correlation_key;
mod evidence;
mod face_decision;
#[cfg(test)]
mod face_decision_table;
#[cfg(test)]
mod face_properties;
mod face_step;
mod fraud_signal;
mod otp_send;
mod outbound_event;
mod payment_observation;
#[cfg(test)]
mod payment_observation_table;
mod payment_verification;
#[cfg(test)]
mod properties;
mod record;
mod settlement;
mod source;
mod token_status;
mod verification_attempt;

pub use challenge_issue::{IssueDecision, IssueRejected, IssueReservation};
pub use confirmation_target::{
    Confirmation, ConfirmationTarget, Confirming, IssuedChallenge, LinkedPayment, PAYEE_BATCH, STEP_UP, UnansweredIssue,
};
pub use consume::ConsumeRefusal;
pub use correlation_key::{CorrelationKey, EventSource};
pub use evidence::Evidence;
pub use face_decision::{BlockReason, FaceDecision, LinkCheck, PendingOn, RequiredAnalyses, decide_face};
pub use face_step::{FaceStepMove, FaceStepOutcome, FaceStepState, OpenSession};
pub use fraud_signal::{FraudSignal, is_final_report};
pub use outbound_event::{LateEvent, OutboundEvent};
pub use payment_observation::{Observation, PaymentObservation, PaymentPhase, Recipient, phase_of};
pub use record::{ConfirmationLimits, Lease, Limits, Progress, Record, Sent};
pub use source::{Source, Transfer};
pub use verification_attempt::{AttemptReservation, AttemptResult};

use sca_protocol::Timestamp;

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
        not_before: Timestamp,
    },
}
