use std::time::Duration;

use sca_protocol::{Action, Approval, Challenge, Factor, Reason, Status, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{Confirming, Evidence, FaceStepState, Refusal, Source};
use crate::Fingerprint;

/// The figures that decide about an approval.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many entries in a row may be wrong: five (Delegated Regulation (EU) 2018/389, article 4(3)(b)).
    pub max_failed_attempts: u8,
    /// How many entries the provider may fail to decrypt. They are not counted as wrong, but the provider says the same when it
    /// stumbles after judging one, and each costs it a call.
    pub undecryptable: u8,
    /// How many codes may be sent for one approval.
    pub sends: u8,
    /// How long after a code no other can be requested on the same channel.
    pub resend_after: Duration,
    /// How long one call to the provider excludes others when no answer arrives.
    pub lease: Duration,
    /// How long a settled approval can be read by the widget, and an approved one be consumed.
    pub settled_grace_period: Duration,
    /// How many face sessions may be opened for one approval.
    pub face_sessions: u8,
    /// How often a face session may be asked for, the open one again included: each costs the provider a call or two.
    pub face_calls: u8,
    /// How long pending analyses are awaited after the customer has finished.
    pub analyses_wait: Duration,
    /// What holds for confirmations at Weavr.
    pub confirmations: ConfirmationLimits,
}

/// The limits that hold for confirmations.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationLimits {
    /// How long after a code Weavr sends no other.
    pub resend_after: Duration,
    /// For how long a code is accepted.
    pub code_lifetime: Duration,
    /// For how long a request on the phone can be answered.
    pub request_lifetime: Duration,
    /// How long Weavr is left to tell by itself what has happened before it is asked, and again.
    pub poll_interval: Duration,
    /// For how long it is waited, once Weavr has taken a code, until its payments are seen to be on their way.
    pub settlement_grace: Duration,
}

impl ConfirmationLimits {
    /// For how long what was sent can be answered.
    pub(super) fn lifetime(&self, factor: &Factor) -> Duration {
        match factor.handling() {
            Handling::Phone => self.request_lifetime,
            Handling::Secret | Handling::Code | Handling::Frame | Handling::Unsupported => self.code_lifetime,
        }
    }
}

impl Default for ConfirmationLimits {
    fn default() -> Self {
        Self {
            resend_after: Duration::from_secs(15),
            code_lifetime: Duration::from_secs(300),
            request_lifetime: Duration::from_secs(300),
            poll_interval: Duration::from_secs(15),
            settlement_grace: Duration::from_secs(300),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_failed_attempts: 5,
            undecryptable: 3,
            sends: 5,
            resend_after: Duration::from_secs(30),
            lease: Duration::from_secs(45),
            settled_grace_period: Duration::from_secs(600),
            face_sessions: 3,
            face_calls: 24,
            analyses_wait: Duration::from_secs(300),
            confirmations: ConfirmationLimits::default(),
        }
    }
}

/// An approval as it is stored, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The public name.
    pub id: String,
    /// The name of the API key that it belongs to.
    pub owner: String,
    /// Grows with every change.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// Why it ended.
    pub reason: Option<Reason>,
    /// What is approved. Never changes.
    pub action: Action,
    /// The request that it was made for, where a gate made it. Never changes.
    pub request: Option<Fingerprint>,
    /// What it stands before. Never changes.
    pub source: Source,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends if it is not settled.
    pub expires_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// When it was used.
    pub consumed_at: Option<Timestamp>,
    /// How far the customer has come.
    pub progress: Progress,
}

/// How far the customer has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// The steps, in order of first appearance.
    pub challenges: Vec<Challenge>,
    /// How many steps there are in all, where that is known.
    pub steps: Option<u8>,
    /// Wrong entries in a row, counting the one that is on its way.
    pub failed_attempts: u8,
    /// Codes sent, counting the one that is on its way.
    pub sends: u8,
    /// The last code sent on each channel.
    pub sent: Vec<Sent>,
    /// The call that is on its way to the provider.
    pub lease: Option<Lease>,
    /// The provider may know more than we do: ask it before the next answer.
    pub status_unknown: bool,
    /// The step of an entry whose verdict never reached us.
    pub unanswered_attempt: Option<String>,
    /// Entries that the provider could not decrypt.
    pub undecryptable: u8,
    /// The action was described from what the provider says, and can be compared with it again.
    pub described: bool,
    /// How far the customer has come in showing a face.
    pub face: FaceStepState,
    /// How far the customer has come in confirming something at Weavr.
    pub confirming: Confirming,
    /// From when on the provider is to be asked how things stand, again and again, should it tell nothing by itself. Set anew, that
    /// begins anew.
    pub next_poll_at: Option<Timestamp>,
    /// What the payer was shown when they acted.
    pub evidence: Vec<Evidence>,
}

/// The last code sent on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The channel.
    pub factor: Factor,
    /// From when on another may be asked for.
    pub resend_at: Timestamp,
}

/// A call that is on its way to the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Whose it is.
    pub holder: String,
    /// The step that it carries an entry for, which is counted as a wrong one until the provider has judged it.
    pub entry: Option<String>,
    /// When it ends by itself.
    pub until: Timestamp,
}

impl Record {
    /// Whether the approval has ended.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.status != Status::Pending
    }

    /// Whether a settled approval can no longer be read.
    #[must_use]
    pub fn is_gone(&self, now: Timestamp, limits: &Limits) -> bool {
        self.settled_at
            .is_some_and(|settled_at| now >= settled_at.plus(limits.settled_grace_period))
    }

    /// What the widget is told. A settled approval says only how it ended.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp, limits: &Limits) -> Approval {
        let settled = self.is_settled();
        let on_its_way = self.is_leased(now) && self.progress.lease.as_ref().is_some_and(|lease| lease.entry.is_some());
        let failed_attempts = self.progress.failed_attempts.saturating_sub(u8::from(on_its_way));
        Approval {
            id: self.id.clone(),
            version: self.version,
            server_time: now,
            expires_at: self.expires_at,
            status: self.status.clone(),
            reason: self.reason.clone(),
            action: (!settled).then(|| self.action.clone()),
            challenges: if settled {
                Vec::new()
            } else {
                self.progress.challenges.clone()
            },
            steps: if settled { None } else { self.progress.steps },
            attempts_left: self
                .attempts_left(failed_attempts, limits)
                .filter(|_| !settled && failed_attempts > 0),
        }
    }

    /// How many tries the customer is told of. Weavr counts them itself and says only when one is left.
    fn attempts_left(&self, failed_attempts: u8, limits: &Limits) -> Option<u8> {
        let left = limits.max_failed_attempts.saturating_sub(failed_attempts);
        match &self.source {
            Source::OneTimeToken { .. } | Source::Transfer(_) => Some(left),
            Source::Confirmation(_) if self.progress.confirming.last_attempt => Some(1),
            Source::Confirmation(_) => Some(left).filter(|left| *left == 1),
        }
    }

    /// What the partner's server is told: the same with the action, also after the end.
    #[must_use]
    pub fn partner_view(&self, now: Timestamp, limits: &Limits) -> Approval {
        Approval {
            action: Some(self.action.clone()),
            ..self.snapshot(now, limits)
        }
    }

    /// The step that has to be taken now, by its id.
    pub(super) fn open_challenge_mut(&mut self, id: &str) -> Option<&mut Challenge> {
        self.progress
            .challenges
            .iter_mut()
            .find(|challenge| challenge.is_open())
            .filter(|challenge| challenge.id == id)
    }

    /// Keeps other calls to the provider out.
    ///
    /// # Errors
    /// When one is on its way already.
    pub(super) fn take_lease(
        &mut self,
        holder: &str,
        entry: Option<&str>,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        if self.progress.lease.as_ref().is_some_and(|lease| now < lease.until) {
            return Err(Refusal::InProgress);
        }
        if let Some(lost) = self.progress.lease.take() {
            // A call that never came back: what it did, only the provider knows.
            self.progress.status_unknown = true;
            self.progress.unanswered_attempt = lost.entry.or(self.progress.unanswered_attempt.take());
        }
        self.progress.lease = Some(Lease {
            holder: holder.into(),
            entry: entry.map(str::to_owned),
            until: now.plus(limits.lease),
        });
        Ok(())
    }

    /// Lets other calls in again. False when the lease had run out and is someone else's now.
    pub(super) fn drop_lease(&mut self, holder: &str) -> bool {
        let held = self.progress.lease.as_ref().is_some_and(|lease| lease.holder == holder);
        if held {
            self.progress.lease = None;
        }
        held
    }

    pub(super) fn is_leased(&self, now: Timestamp) -> bool {
        self.progress.lease.as_ref().is_some_and(|lease| now < lease.until)
    }
}
