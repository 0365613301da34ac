use std::time::Duration;

use sca_protocol::{Action, Approval, BrowserKeyName, Challenge, Factor, Reason, Status, Timestamp, factor::Handling};
use serde::{Deserialize, Serialize};

use super::{ConfirmationState, Evidence, FaceStepState, FactorWait, Refusal, Source, browser_key_name};
use crate::Fingerprint;

/// Limits and periods of the approval state machine.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of consecutive failed verification attempts after which the approval is declined. At most five (Delegated
    /// Regulation (EU) 2018/389, article 4(3)(b)).
    pub max_failed_attempts: u8,
    /// The number of attempts that the provider may fail to decrypt. Such an attempt does not count as failed. It is limited all the
    /// same, because the provider reports an internal error after a verification in the same way.
    pub max_undecryptable: u8,
    /// The number of one-time codes and phone requests that may be sent for one approval.
    pub max_otp_sends: u8,
    /// The minimum time between two codes on the same channel.
    pub resend_after: Duration,
    /// How long a call to the provider excludes other calls for the same approval when no response arrives.
    pub lease: Duration,
    /// How long after settlement the widget can read the approval, and the partner can consume an approved one.
    pub settled_grace_period: Duration,
    /// The number of face sessions that may be opened for one approval.
    pub max_face_sessions: u8,
    /// The number of requests for a face session, renewals of the open one included. Each request costs one or two provider calls.
    pub max_face_session_requests: u8,
    /// How long the approval stays open for pending analyses after the customer has finished the session.
    pub analyses_wait: Duration,
    /// Limits of confirmations at the provider.
    pub confirmations: ConfirmationLimits,
}

/// Limits and periods of confirmations, which the provider issues challenges for.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationLimits {
    /// The minimum time between two codes at the provider.
    pub resend_after: Duration,
    /// How long the provider accepts a code.
    pub code_lifetime: Duration,
    /// How long the customer can answer a phone request.
    pub request_lifetime: Duration,
    /// How long the backend waits for a webhook before it polls the provider, and the time between two polls.
    pub poll_interval: Duration,
    /// How long after an accepted code the approval stays open until its payments are observed as cleared.
    pub settlement_grace: Duration,
}

impl ConfirmationLimits {
    /// How long a challenge with this factor can be answered.
    pub(super) fn lifetime(&self, factor: &Factor) -> Duration {
        match factor.handling() {
            Handling::Phone => self.request_lifetime,
            Handling::Secret
            | Handling::Device(_)
            | Handling::FaceScan(_)
            | Handling::Code
            | Handling::Frame(_)
            | Handling::Unsupported => self.code_lifetime,
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
            max_undecryptable: 3,
            max_otp_sends: 5,
            resend_after: Duration::from_secs(30),
            lease: Duration::from_secs(45),
            settled_grace_period: Duration::from_secs(600),
            max_face_sessions: 3,
            max_face_session_requests: 24,
            analyses_wait: Duration::from_secs(300),
            confirmations: ConfirmationLimits::default(),
        }
    }
}

/// An approval as it is stored, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The public id.
    pub id: String,
    /// The name of the API key of the partner that owns it.
    pub owner: String,
    /// The version. Every stored change increments it.
    pub version: u64,
    /// The status.
    pub status: Status,
    /// Why it was settled, where the status alone does not say so.
    pub reason: Option<Reason>,
    /// What the customer approves. Immutable.
    pub action: Action,
    /// The digest of the request that the approval can be consumed for, where the gate created it. Immutable.
    pub request: Option<Fingerprint>,
    /// What waits for the approval. Immutable.
    pub source: Source,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires if it is still pending.
    pub expires_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// When it was consumed.
    pub consumed_at: Option<Timestamp>,
    /// The state of the customer's authentication.
    pub progress: Progress,
}

/// The state of the customer's authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Progress {
    /// The challenges, in order of first appearance.
    pub challenges: Vec<Challenge>,
    /// The total number of challenges, where it is known.
    pub steps: Option<u8>,
    /// Consecutive failed verification attempts, the one in flight included.
    pub failed_attempts: u8,
    /// Codes and phone requests sent, the one in flight included.
    pub sends: u8,
    /// The last send on each channel.
    pub sent: Vec<Sent>,
    /// The call to the provider that is in flight.
    pub lease: Option<Lease>,
    /// The outcome of a call is unknown. The backend reads the provider's state before it answers again.
    pub status_unknown: bool,
    /// The challenge of a verification attempt whose verdict was lost.
    pub unanswered_attempt: Option<String>,
    /// Attempts that the provider could not decrypt.
    pub undecryptable: u8,
    /// The provider's id of the user whose one-time token it is, where the provider reports it.
    pub user: Option<String>,
    /// Whether the action was built from the provider's data, so that the backend can compare it with that data again.
    pub described: bool,
    /// The state of the face step.
    pub face: FaceStepState,
    /// The state of a confirmation at the provider.
    pub confirmation: ConfirmationState,
    /// When polling starts, unless a webhook settles the approval first. `None` while there is nothing to poll.
    pub next_poll_at: Option<Timestamp>,
    /// How many approvals of the same call the provider has refused in a row before this one.
    pub refused_repeats: u8,
    /// What the widget showed the payer at each attempt.
    pub evidence: Vec<Evidence>,
    /// The customer's factors that are too new to be used, as the backend knew them last.
    pub waits: Vec<FactorWait>,
    /// The digest of the customer that it is for, where the provider opens its session to that customer once it is approved: of provider,
    /// profile and access token.
    pub session: Option<Fingerprint>,
}

/// The last send on a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The channel.
    pub factor: Factor,
    /// The earliest time for another send.
    pub resend_at: Timestamp,
}

/// A call to the provider that is in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The random id of the request that made the call.
    pub holder: String,
    /// The challenge that the call submits a verification attempt for. The attempt counts as failed until the verdict arrives.
    pub attempt: Option<String>,
    /// When the lease expires.
    pub until: Timestamp,
}

impl Record {
    /// The factors that its challenges name, each once. A provider that names one challenge after the other may add some later.
    #[must_use]
    pub fn factors(&self) -> Vec<Factor> {
        let options = self.progress.challenges.iter().flat_map(Challenge::options);
        let mut factors = Vec::new();
        for option in options {
            if !factors.contains(&option.factor) {
                factors.push(option.factor.clone());
            }
        }
        factors
    }

    /// Whether the approval is settled.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.status != Status::Pending
    }

    /// Whether the approval was settled longer ago than [`Limits::settled_grace_period`].
    #[must_use]
    pub fn is_gone(&self, now: Timestamp, limits: &Limits) -> bool {
        self.settled_at
            .is_some_and(|settled_at| now >= settled_at.plus(limits.settled_grace_period))
    }

    /// The widget's view. That of a settled approval has the status and the reason, but no action and no challenges.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp, limits: &Limits) -> Approval {
        let settled = self.is_settled();
        let in_flight = self.is_leased(now)
            && self
                .progress
                .lease
                .as_ref()
                .is_some_and(|lease| lease.attempt.is_some());
        let failed_attempts = self.progress.failed_attempts.saturating_sub(u8::from(in_flight));
        Approval {
            id: self.id.clone(),
            version: self.version,
            server_time: now,
            expires_at: self.expires_at,
            settled_at: self.settled_at,
            status: self.status.clone(),
            reason: self.reason.clone(),
            action: (!settled).then(|| self.action.clone()),
            challenges: if settled { Vec::new() } else { self.challenges_at(now) },
            steps: if settled { None } else { self.progress.steps },
            attempts_left: self
                .attempts_left(failed_attempts, limits)
                .filter(|_| !settled && failed_attempts > 0),
            browser_key: BrowserKeyName::new(|| self.browser_key().filter(|_| !settled)),
        }
    }

    /// The name under which the customer's browsers keep their key. The enrolments of the profile have the same.
    fn browser_key(&self) -> Option<String> {
        let (provider, profile) = self.source.customer()?;
        Some(browser_key_name(&self.owner, provider, profile))
    }

    /// The number of attempts left to show to the customer. Of confirmations only the last one is known, because the provider counts.
    fn attempts_left(&self, failed_attempts: u8, limits: &Limits) -> Option<u8> {
        let left = limits.max_failed_attempts.saturating_sub(failed_attempts);
        match &self.source {
            Source::OneTimeToken { .. } | Source::Transfer(_) => Some(left),
            Source::Confirmation(_) if self.progress.confirmation.last_attempt => Some(1),
            Source::Confirmation(_) => Some(left).filter(|left| *left == 1),
        }
    }

    /// The partner's view: the widget's view with the action, also after settlement.
    #[must_use]
    pub fn partner_view(&self, now: Timestamp, limits: &Limits) -> Approval {
        Approval {
            action: Some(self.action.clone()),
            ..self.snapshot(now, limits)
        }
    }

    /// The first open challenge, if it has this id.
    pub(super) fn open_challenge_mut(&mut self, id: &str) -> Option<&mut Challenge> {
        self.progress
            .challenges
            .iter_mut()
            .find(|challenge| challenge.is_open())
            .filter(|challenge| challenge.id == id)
    }

    /// Takes the lease, which excludes other calls to the provider.
    ///
    /// # Errors
    /// [`Refusal::InProgress`] when another call holds it.
    pub(super) fn take_lease(
        &mut self,
        holder: &str,
        attempt: Option<&str>,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        if self.progress.lease.as_ref().is_some_and(|lease| now < lease.until) {
            return Err(Refusal::InProgress);
        }
        if let Some(lost) = self.progress.lease.take() {
            // The earlier call was lost, so its outcome is unknown.
            self.progress.status_unknown = true;
            self.progress.unanswered_attempt = lost.attempt.or(self.progress.unanswered_attempt.take());
        }
        self.progress.lease = Some(Lease {
            holder: holder.into(),
            attempt: attempt.map(str::to_owned),
            until: now.plus(limits.lease),
        });
        Ok(())
    }

    /// Releases the lease. False when it expired and another call took it.
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
