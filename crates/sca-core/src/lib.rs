//! The approval state machine. Pure functions take a stored record and an observation, and produce the next record.
//!
//! This crate knows no HTTP, no SQL and no particular provider. It reads no clock: the caller passes the time.
//!
//! - [`Record`] is an approval as it is stored. Its transitions are in `challenge_issue`, `verification_attempt`,
//!   `payment_verification`, `observation`, `face_step`, `otp_send`, `token_status`, `consume` and `settlement`.
//! - [`provider`] declares the traits that a provider implements. A response, a poll or a webhook becomes an [`Observation`].
//! - [`EnrolmentRecord`] is an enrolment as it is stored, with its transitions.
//! - [`OutboundEvent`] is what the backend sends to the partner's server after a decision.

mod browser_key;
mod challenge_issue;
#[cfg(test)]
mod confirmation_properties;
#[cfg(test)]
mod confirmation_table;
mod confirmation_target;
mod consume;
mod cooling_off;
mod enrolment;
mod enrolment_calls;
#[cfg(test)]
mod enrolment_properties;
#[cfg(test)]
mod enrolment_table;
mod evidence;
mod face_decision;
#[cfg(test)]
mod face_decision_table;
mod face_match;
#[cfg(test)]
mod face_properties;
mod face_report;
mod face_step;
mod fraud_signal;
mod ids;
mod observation;
mod one_time_token;
mod otp_send;
mod outbound_event;
mod payment_verification;
mod phone;
mod policy;
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

pub use browser_key::browser_key_name;
pub use challenge_issue::{IssueDecision, IssueRejected, IssueReservation};
pub use confirmation_target::{
    Confirmation, ConfirmationState, ConfirmationTarget, IssuedChallenge, LinkedPayment, UnansweredIssue,
};
pub use consume::{ConsumeRefusal, EnrolmentApprovalRefusal};
pub use cooling_off::{FactorWait, WaitChange};
pub use enrolment::{
    EnrolledFactor, EnrolmentAuthorisation, EnrolmentConclusion, EnrolmentLease, EnrolmentProgress, EnrolmentRecord,
    EnrolmentRefusal, FactorChange, KnownFace, KnownFactors, KnownPhone, OfferedFactors, RemovedFace, UnrecordedDevice,
    face::FaceCreation,
    phone::{PendingPhone, PhoneLimits, PhoneRegistration, ReservedCheck},
};
pub use enrolment_calls::{CallCounts, MAX_CALLS, MAX_CALLS_PER_FACTOR};
pub use evidence::Evidence;
pub use face_decision::{BlockReason, FaceDecision, LinkCheck, PendingOn, RequiredAnalyses, decide_face};
pub use face_match::{FaceExportKey, FaceMap, FaceOutcome, FaceScans, FaceServer, ScanOutcome, ScanResult};
pub use face_report::{Analysis, CodeResult, FaceConfirmation, FaceReport, Liveness, SessionStatus};
pub use face_step::{FaceSessionDecision, FaceStepOutcome, FaceStepState, OpenSession};
pub use fraud_signal::{FraudSignal, is_final_report};
pub use ids::{
    ChallengeId, CorrelationKey, DeviceId, FaceReference, PhoneId, ProviderId, ResourceId, ResourceKind, VerificationId,
};
pub use observation::{
    ChallengeResult, Observation, PayeeBatchPhase, PaymentObservation, PaymentPhase, Recipient, RejectedBy,
};
pub use one_time_token::{OtpSendResult, ReportedChallenge, TokenStatus, VerificationResult, VerificationVerdict};
pub use outbound_event::{EventType, LateEvent, OutboundEvent};
pub use phone::{
    CodeCheck, CodeRequest, CodeSendOutcome, PhoneEnrolment, PhoneNumber, PhoneOutcome, PhoneVerification,
    RegisteredPhone,
};
pub use policy::{Exemption, ExemptionReason, LowValueExemption, Policy, Region};
pub use provider::{CreateOutcome, IssueResult, Provider, RemoveOutcome, VerifyResult};
pub use provider_error::{InvalidResponse, ProviderError};
pub use record::{ConfirmationLimits, Lease, Limits, Progress, Record, Sent};
pub use secret::{Fingerprint, Secret};
pub use source::{Source, Transfer};
pub use verification_attempt::{AttemptReservation, AttemptResult};

use sca_protocol::Timestamp;

/// Why an operation on an approval is not possible now. The record is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The approval is settled.
    #[error("the approval is settled")]
    Settled,
    /// Another call to the provider holds the approval's lease.
    #[error("another call to the provider is in progress")]
    InProgress,
    /// The challenge or the factor is not available now.
    #[error("the challenge or factor is not available now")]
    Factor,
    /// The customer has set the factor up so recently that it cannot be used yet.
    #[error("the factor was set up so recently that it cannot be used yet")]
    CoolingOff,
    /// The widget showed the payer something other than the approval's action (dynamic linking, Delegated Regulation (EU) 2018/389,
    /// article 5).
    #[error("the payer was shown something other than the action that is approved")]
    ShownMismatch,
    /// It is too early, or a limit is reached.
    #[error("not before {} (milliseconds since the Unix epoch)", not_before.0)]
    TooEarly {
        /// The earliest time for a retry. The approval's own expiry where a limit is reached.
        not_before: Timestamp,
    },
}
