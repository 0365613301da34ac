use sca_protocol::{FactorOption, Reason, Status, StepFailure, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{BlockReason, FaceDecision, FraudSignal, Limits, PendingOn, Record, Refusal};

/// How far the customer has come in showing a face.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FaceStepState {
    /// The session that is open. The way into it is kept elsewhere, sealed.
    pub session: Option<OpenSession>,
    /// How many sessions have been opened, those for older versions of the same transfer included.
    pub opened: u8,
    /// How often the customer has asked for one, the open one again included.
    pub calls: u8,
    /// A deception that was seen after the end.
    pub fraud_signal: Option<FraudSignal>,
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSession {
    /// FaceSign's name for it.
    pub id: String,
    /// Until when the way into it is good.
    pub expires_at: Timestamp,
    /// Until when analyses are waited for. The customer is done.
    pub analyses_until: Option<Timestamp>,
}

/// What has to be done so that the customer can show a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaceStepMove {
    /// Open a session. The lease is taken.
    Open,
    /// See what has become of the open one, and give a way into it that works. The lease is taken.
    Renew(OpenSession),
    /// Nothing: the customer is done and analyses are waited for.
    Nothing,
}

/// Whether a session goes on after a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceStepOutcome {
    /// It goes on.
    GoesOn,
    /// It is over.
    Over,
    /// It is not the open session of this approval: nothing has changed.
    NotOurs,
}

impl BlockReason {
    /// How an approval ends with it.
    pub(super) fn end(self) -> (Status, Option<Reason>) {
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
    /// Makes room for a session: checks the step, counts the call and keeps others out.
    ///
    /// # Errors
    /// When the approval is settled or ends here because its sessions are used up, another call is on its way, the step or factor cannot
    /// be used now, or too much was asked for.
    pub fn reserve_face(
        &mut self,
        challenge: &str,
        holder: &str,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<FaceStepMove, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        if self.source.transfer().is_none() {
            return Err(Refusal::Factor);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        let usable = |option: &FactorOption| option.is_usable() && option.factor.handling() == Handling::Frame;
        if !open.options().any(usable) {
            return Err(Refusal::Factor);
        }
        let session = self.progress.face.session.clone();
        // So it can be where older versions of the transfer have used them up.
        if session.is_none() && self.progress.face.opened >= limits.face_sessions {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return Err(Refusal::Settled);
        }
        if self.progress.face.calls >= limits.face_calls {
            return Err(Refusal::TooEarly {
                not_before: self.expires_at,
            });
        }
        if session.as_ref().is_some_and(|session| session.analyses_until.is_some()) {
            self.progress.face.calls += 1;
            return Ok(FaceStepMove::Nothing);
        }
        self.take_lease(holder, None, now, limits)?;
        self.progress.face.calls += 1;
        Ok(session.map_or(FaceStepMove::Open, FaceStepMove::Renew))
    }

    /// Takes over that a session was opened. False when the approval has gone on without it.
    pub fn conclude_opening(&mut self, holder: &str, session: OpenSession) -> bool {
        let ours = self.drop_lease(holder) && !self.is_settled() && self.progress.face.session.is_none();
        if ours {
            self.progress.face.session = Some(session);
            self.progress.face.opened = self.progress.face.opened.saturating_add(1);
            self.clear_setbacks();
        }
        ours
    }

    /// Takes over that there is a new way into the open session.
    pub fn conclude_renewal(&mut self, holder: &str, id: &str, expires_at: Timestamp) {
        self.drop_lease(holder);
        if let Some(session) = self.progress.face.session.as_mut().filter(|session| session.id == id) {
            session.expires_at = expires_at;
        }
    }

    /// Lets others in again after a call that changed nothing.
    pub fn release_lease(&mut self, holder: &str) {
        self.drop_lease(holder);
    }

    /// Takes over what a look at the open session means. This is the only way in which a transfer is approved.
    pub fn apply_face_decision(
        &mut self,
        session: &str,
        decision: &FaceDecision,
        now: Timestamp,
        limits: &Limits,
    ) -> FaceStepOutcome {
        let Some(open) = self.progress.face.session.as_mut().filter(|open| open.id == session) else {
            return FaceStepOutcome::NotOurs;
        };
        if self.status != Status::Pending {
            return FaceStepOutcome::NotOurs;
        }
        match decision {
            FaceDecision::Authorise => {
                for challenge in &mut self.progress.challenges {
                    challenge.passed = true;
                }
                self.progress.face.session = None;
                self.settle(Status::Approved, None, now);
                FaceStepOutcome::Over
            }
            FaceDecision::Block(reason) => {
                self.block(*reason, now);
                FaceStepOutcome::Over
            }
            FaceDecision::Retry(setback) => {
                self.set_back(setback, now, limits);
                FaceStepOutcome::Over
            }
            FaceDecision::Pending(PendingOn::Customer) => FaceStepOutcome::GoesOn,
            FaceDecision::Pending(PendingOn::Analyses) => {
                let until = *open.analyses_until.get_or_insert(now.plus(limits.analyses_wait));
                if now >= until {
                    self.block(BlockReason::NotAnalysed, now);
                    return FaceStepOutcome::Over;
                }
                // The customer is done: what is waited for now has a deadline of its own.
                self.expires_at = self.expires_at.max(until);
                FaceStepOutcome::GoesOn
            }
        }
    }

    /// The transfer may not be carried out.
    pub fn block(&mut self, reason: BlockReason, now: Timestamp) {
        self.progress.face.session = None;
        let (status, reason) = reason.end();
        self.settle(status, reason, now);
    }

    /// This try came to nothing. After the last one the transfer is not carried out.
    fn set_back(&mut self, setback: &StepFailure, now: Timestamp, limits: &Limits) {
        self.progress.face.session = None;
        if self.progress.face.opened >= limits.face_sessions {
            self.settle(Status::Declined, Some(Reason::TooManyAttempts), now);
            return;
        }
        for challenge in &mut self.progress.challenges {
            if challenge.is_open() {
                challenge.setback = Some(setback.clone());
            }
        }
    }

    fn clear_setbacks(&mut self) {
        for challenge in &mut self.progress.challenges {
            challenge.setback = None;
        }
    }
}
