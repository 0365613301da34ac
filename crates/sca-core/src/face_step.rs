use sca_protocol::{FactorOption, Reason, Status, StepFailure, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{BlockReason, FaceDecision, FraudSignal, Limits, PendingOn, Record, Refusal};

/// The state of the face step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FaceStepState {
    /// The open session. Its URL is stored separately, encrypted.
    pub session: Option<OpenSession>,
    /// The number of sessions that were opened, those for older versions of the same transfer included.
    pub opened: u8,
    /// The number of requests for a session, renewals included.
    pub calls: u8,
    /// The fraud signal that arrived after settlement.
    pub fraud_signal: Option<FraudSignal>,
}

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSession {
    /// The provider's id of it.
    pub id: String,
    /// When its URL expires.
    pub expires_at: Timestamp,
    /// When the wait for analyses ends. Set once the customer has finished.
    pub analyses_until: Option<Timestamp>,
}

/// What the backend has to do when the customer starts the face step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceSessionDecision {
    /// Open a session. The lease is taken.
    Open,
    /// Poll the open session and renew its URL. The lease is taken.
    Renew(OpenSession),
    /// Nothing: the customer has finished, and analyses are pending.
    Nothing,
}

/// The effect of a decision on the open session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceStepOutcome {
    /// The session stays open.
    Continues,
    /// The session has ended.
    Ended,
    /// It is not the approval's open session. The record is unchanged.
    NotThisSession,
}

impl BlockReason {
    /// The status and reason that the approval is settled with.
    pub(super) fn settlement(self) -> (Status, Option<Reason>) {
        match self {
            Self::NotVerified => (Status::Declined, Some(Reason::NotVerified)),
            Self::Denied => (Status::Declined, Some(Reason::Denied)),
            Self::Unclear => (Status::Declined, Some(Reason::Unclear)),
            Self::CodeFailed => (Status::Declined, Some(Reason::CodeFailed)),
            Self::Changed => (Status::Declined, Some(Reason::Changed)),
            Self::CodeCancelled => (Status::Cancelled, None),
            Self::NotAnalysed => (Status::Failed, Some(Reason::ProviderRefused)),
        }
    }
}

impl Record {
    /// Reserves a session: checks the challenge, counts the request and takes the lease.
    ///
    /// # Errors
    /// When the approval is settled, or is settled here because the limit of sessions is reached; when another call holds the lease, the
    /// challenge or factor is not available now, or the limit of requests is reached.
    pub fn reserve_face(
        &mut self,
        challenge: &str,
        holder: &str,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<FaceSessionDecision, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.source.transfer().is_none() {
            return Err(Refusal::Factor);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        let usable =
            |option: &FactorOption| option.is_usable() && matches!(option.factor.handling(), Handling::Frame(_));
        if !open.options().any(usable) {
            return Err(Refusal::Factor);
        }
        let session = self.progress.face.session.clone();
        // Older versions of the transfer may have used up the limit.
        if session.is_none() && self.progress.face.opened >= limits.max_face_sessions {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return Err(Refusal::Settled);
        }
        if self.progress.face.calls >= limits.max_face_session_requests {
            return Err(Refusal::TooEarly {
                not_before: self.expires_at,
            });
        }
        if session.as_ref().is_some_and(|session| session.analyses_until.is_some()) {
            self.progress.face.calls += 1;
            return Ok(FaceSessionDecision::Nothing);
        }
        self.take_lease(holder, None, now, limits)?;
        self.progress.face.calls += 1;
        Ok(session.map_or(FaceSessionDecision::Open, FaceSessionDecision::Renew))
    }

    /// Records the opened session. False when the approval no longer needs it: the caller closes it.
    pub fn conclude_opening(&mut self, holder: &str, session: OpenSession) -> bool {
        let is_needed = self.drop_lease(holder) && !self.is_settled() && self.progress.face.session.is_none();
        if is_needed {
            self.progress.face.session = Some(session);
            self.progress.face.opened = self.progress.face.opened.saturating_add(1);
            self.clear_step_failures();
        }
        is_needed
    }

    /// Records the new expiry of the open session's URL.
    pub fn conclude_renewal(&mut self, holder: &str, id: &str, expires_at: Timestamp) {
        self.drop_lease(holder);
        if let Some(session) = self.progress.face.session.as_mut().filter(|session| session.id == id) {
            session.expires_at = expires_at;
        }
    }

    /// Releases the lease after a call that changed nothing.
    pub fn release_lease(&mut self, holder: &str) {
        self.drop_lease(holder);
    }

    /// Applies the decision about a session. Only this approves a transfer.
    pub fn apply_face_decision(
        &mut self,
        session: &str,
        decision: &FaceDecision,
        now: Timestamp,
        limits: &Limits,
    ) -> FaceStepOutcome {
        let Some(open) = self.progress.face.session.as_mut().filter(|open| open.id == session) else {
            return FaceStepOutcome::NotThisSession;
        };
        if self.status != Status::Pending {
            return FaceStepOutcome::NotThisSession;
        }
        match decision {
            FaceDecision::Authorise => {
                for challenge in &mut self.progress.challenges {
                    challenge.passed = true;
                }
                self.progress.face.session = None;
                self.settle(Status::Approved, None, now);
                FaceStepOutcome::Ended
            }
            FaceDecision::Block(reason) => {
                self.block(*reason, now);
                FaceStepOutcome::Ended
            }
            FaceDecision::Retry(step_failure) => {
                self.retry_or_decline(step_failure, now, limits);
                FaceStepOutcome::Ended
            }
            FaceDecision::Pending(PendingOn::Customer) => FaceStepOutcome::Continues,
            FaceDecision::Pending(PendingOn::Analyses) => {
                let until = *open.analyses_until.get_or_insert(now.plus(limits.analyses_wait));
                if now >= until {
                    self.block(BlockReason::NotAnalysed, now);
                    return FaceStepOutcome::Ended;
                }
                // The customer has finished in time, so the analyses get their own deadline.
                self.expires_at = self.expires_at.max(until);
                FaceStepOutcome::Continues
            }
        }
    }

    /// Settles the approval: the transfer must not be executed.
    pub fn block(&mut self, reason: BlockReason, now: Timestamp) {
        self.progress.face.session = None;
        let (status, reason) = reason.settlement();
        self.settle(status, reason, now);
    }

    /// Ends a failed session. The customer may retry until the limit of sessions is reached.
    fn retry_or_decline(&mut self, step_failure: &StepFailure, now: Timestamp, limits: &Limits) {
        self.progress.face.session = None;
        if self.progress.face.opened >= limits.max_face_sessions {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return;
        }
        for challenge in &mut self.progress.challenges {
            if challenge.is_open() {
                challenge.step_failure = Some(step_failure.clone());
            }
        }
    }

    fn clear_step_failures(&mut self) {
        for challenge in &mut self.progress.challenges {
            challenge.step_failure = None;
        }
    }
}
