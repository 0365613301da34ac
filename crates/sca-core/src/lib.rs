//! An approval's life: what may happen, and what follows. Pure functions from a stored record and an observation to the next record.
//!
//! Nothing here knows HTTP, SQL or a provider, and nothing reads a clock: the time is an argument.
//!
//! - [`Record`]: an approval as it is stored; what can be done to it is in `challenge_issue`, `verification_attempt`,
//!   `payment_verification`, `payment_observation`, `face_step`, `otp_send`, `token_status`, `consume` and `settlement`;
//! - [`provider`]: what the backend needs of a provider; [`Observation`] is what comes back, by answer, poll or webhook;
//! - [`OutboundEvent`]: what other servers are told of a decision.

mod challenge_issue;
#[cfg(test)]
mod confirmation_properties;
#[cfg(test)]
mod confirmation_table;
mod confirmation_target;
mod consume;
mod evidence;
mod face_decision;
#[cfg(test)]
mod face_decision_table;
#[cfg(test)]
mod face_properties;
mod face_report;
mod face_step;
mod fraud_signal;
mod ids;
mod one_time_token;
mod otp_send;
mod outbound_event;
mod payment_observation;
mod payment_verification;
#[cfg(test)]
mod properties;
pub mod provider;
mod provider_error;
mod record;
pub mod secret;
mod settlement;
mod source;
mod token_status;
mod verification_attempt;

pub use challenge_issue::{IssueDecision, IssueRejected, IssueReservation};
pub use confirmation_target::{
    Confirmation, ConfirmationTarget, Confirming, IssuedChallenge, LinkedPayment, UnansweredIssue,
};
pub use consume::ConsumeRefusal;
pub use evidence::Evidence;
pub use face_decision::{BlockReason, FaceDecision, LinkCheck, PendingOn, RequiredAnalyses, decide_face};
pub use face_report::{Analysis, CodeResult, FaceConfirmation, FaceReport, Liveness, SessionStatus};
pub use face_step::{FaceStepMove, FaceStepOutcome, FaceStepState, OpenSession};
pub use fraud_signal::{FraudSignal, is_final_report};
pub use ids::{ChallengeId, CorrelationKey, ProviderId, ResourceId, ResourceKind};
pub use one_time_token::{NamedChallenge, Sending, TokenStatus, VerificationResult, VerificationVerdict};
pub use outbound_event::{EventType, LateEvent, OutboundEvent};
pub use payment_observation::{
    ChallengeResult, Observation, PayeeBatchPhase, PaymentObservation, PaymentPhase, Recipient, RejectedBy,
};
pub use provider::{IssueResult, Provider, VerifyResult};
pub use provider_error::{InvalidResponse, ProviderError};
pub use record::{ConfirmationLimits, Lease, Limits, Progress, Record, Sent};
pub use secret::{Fingerprint, Secret};
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
