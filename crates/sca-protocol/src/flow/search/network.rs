//! Calls and their possible answers.

use super::super::{
    effect::Attempt,
    event::{Event, Failure},
};
use crate::{
    Approval,
    api::{Verdict, Verified},
};

pub(super) const FAILURES: [Failure; 5] = [
    Failure::NotSent,
    Failure::OutcomeUnknown,
    Failure::NotYet { retry_after: 10_000 },
    Failure::OutOfDate,
    Failure::AccessEnded,
];

/// A call whose answer the flow waits for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Call {
    pub(super) attempt: Attempt,
    pub(super) kind: Kind,
    /// Whether the backend has executed it, so that it may answer.
    pub(super) heard: bool,
    /// The verdict of a verification attempt.
    pub(super) verdict: Option<Verdict>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    Read,
    Start,
    Verify,
    Cancel,
    /// A scan of the customer's face, before it is submitted.
    Scan,
    /// A start that the backend refuses, since the customer was shown another text.
    StartMismatch,
    /// A verification attempt that it refuses for the same reason.
    VerifyMismatch,
}

impl Call {
    pub(super) fn failed(&self, failure: Failure) -> Event {
        match self.kind {
            Kind::Read => Event::ReadFailed(self.attempt, failure),
            Kind::Start => Event::StartFailed(self.attempt, failure),
            Kind::Verify | Kind::Scan => Event::VerifyFailed(self.attempt, failure),
            Kind::Cancel => Event::CancelFailed(self.attempt, failure),
            Kind::StartMismatch => Event::StartFailed(self.attempt, Failure::ShownMismatch),
            Kind::VerifyMismatch => Event::VerifyFailed(self.attempt, Failure::ShownMismatch),
        }
    }

    pub(super) fn answered(&self, approval: Approval) -> Event {
        match self.kind {
            Kind::Read => Event::ApprovalRead(self.attempt, approval),
            Kind::Start | Kind::StartMismatch => Event::Started(self.attempt, approval),
            Kind::Cancel => Event::Cancelled(self.attempt, approval),
            // A cache has no verdict of its own. The worst that it can repeat is `accepted`.
            Kind::Verify | Kind::VerifyMismatch | Kind::Scan => Event::Verified(
                self.attempt,
                Verified {
                    verdict: self.verdict.clone().unwrap_or(Verdict::Accepted),
                    relayed: None,
                    approval,
                },
            ),
        }
    }
}
