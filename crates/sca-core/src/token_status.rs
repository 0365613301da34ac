use std::time::Duration;

use sca_protocol::{Availability, Challenge, Factor, FactorOption, Status, Timestamp, factor::Handling};

use super::{Limits, Record, Refusal, Source};
use crate::{ReportedChallenge, TokenStatus};

impl Record {
    /// Applies the status of the one-time token. Only this approves an approval with [`Source::OneTimeToken`].
    ///
    /// A required challenge that the status no longer names counts as passed, because some providers name one challenge at a time.
    pub fn apply_token_status(&mut self, status: &TokenStatus, now: Timestamp) {
        let has_token = match &self.source {
            Source::OneTimeToken { .. } => true,
            Source::Transfer(_) | Source::Confirmation(_) => false,
        };
        if self.is_settled() || !has_token {
            return;
        }
        self.progress.status_unknown = false;
        if self.progress.user.is_none() {
            self.progress.user.clone_from(&status.user);
        }
        self.merge(&status.challenges);
        if let Some(seconds) = status.valid_seconds {
            self.expires_at = self.expires_at.min(now.plus(Duration::from_secs(seconds)));
        }
        if self.expire_if_due(now) {
            return;
        }
        if status.is_cleared() {
            self.settle(Status::Approved, None, now);
        } else {
            self.fail_if_no_factor_left(now);
        }
    }

    /// Takes the lease for reading the token's status after a call whose outcome is unknown. False when no read is necessary.
    ///
    /// # Errors
    /// When the approval is settled or another call holds the lease.
    pub fn reserve_refresh(&mut self, holder: &str, now: Timestamp, limits: &Limits) -> Result<bool, Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        let lost_call = self.progress.lease.is_some();
        if !self.progress.status_unknown && !lost_call {
            return Ok(false);
        }
        self.take_lease(holder, None, now, limits)?;
        Ok(true)
    }

    /// Applies the status that was read; `None` when the read failed.
    pub fn conclude_refresh(&mut self, holder: &str, status: Option<&TokenStatus>, now: Timestamp) {
        if self.drop_lease(holder)
            && let Some(status) = status
        {
            self.apply_token_status(status, now);
            let lost = self.progress.unanswered_attempt.as_deref();
            if lost.is_some_and(|step| self.is_reported_passed(step, status)) {
                // The attempt whose verdict was lost was correct.
                self.progress.failed_attempts = 0;
                self.progress.unanswered_attempt = None;
            }
        }
    }

    fn merge(&mut self, reported: &[ReportedChallenge]) {
        let mut matched = vec![false; self.progress.challenges.len()];
        for challenge in reported {
            let known = self
                .progress
                .challenges
                .iter_mut()
                .zip(&mut matched)
                .find(|(known, matched)| !**matched && is_same_challenge(known, challenge));
            if let Some((known, matched)) = known {
                *matched = true;
                if known.primary.factor != challenge.primary {
                    let availability = known
                        .option(&challenge.primary)
                        .map(|option| option.availability.clone());
                    let old = std::mem::replace(
                        &mut known.primary,
                        option(&challenge.primary, availability.unwrap_or(Availability::Available)),
                    );
                    known.alternatives.push(old);
                }
                known.required = challenge.required;
                known.passed = challenge.passed;
                known.alternatives = alternatives(challenge, |factor| {
                    known
                        .option(factor)
                        .map_or(Availability::Available, |option| option.availability.clone())
                });
            } else {
                let added = self.new_challenge(challenge);
                self.progress.challenges.push(added);
                matched.push(true);
            }
        }
        for (challenge, is_reported) in self.progress.challenges.iter_mut().zip(&matched) {
            if !is_reported && challenge.required {
                challenge.passed = true;
            }
            if challenge.passed {
                challenge.delivery = None;
            }
        }
        self.count_steps(reported);
    }

    fn new_challenge(&self, challenge: &ReportedChallenge) -> Challenge {
        // A factor that was disabled for another challenge stays disabled.
        let availability = |factor: &Factor| {
            self.progress
                .challenges
                .iter()
                .find_map(|known| known.option(factor))
                .map_or(Availability::Available, |option| option.availability.clone())
        };
        Challenge {
            id: (self.progress.challenges.len() + 1).to_string(),
            primary: option(&challenge.primary, availability(&challenge.primary)),
            alternatives: alternatives(challenge, availability),
            required: challenge.required,
            passed: challenge.passed,
            delivery: None,
            face: None,
            step_failure: None,
        }
    }

    /// Updates the total. A status with several required challenges names all of them. A configured total can only grow.
    fn count_steps(&mut self, reported: &[ReportedChallenge]) {
        let required = self
            .progress
            .challenges
            .iter()
            .filter(|challenge| challenge.required)
            .count();
        let required = u8::try_from(required).unwrap_or(u8::MAX);
        let reported_at_once = reported.iter().filter(|challenge| challenge.required).count();
        if reported_at_once > 1 || self.progress.steps.is_some() {
            self.progress.steps = Some(self.progress.steps.unwrap_or_default().max(required));
        }
    }
}

/// Matches challenges by the primary factor, or by a swap of primary and alternative.
fn is_same_challenge(known: &Challenge, reported: &ReportedChallenge) -> bool {
    let swapped = || {
        known.is_open()
            && known.option(&reported.primary).is_some()
            && reported.alternatives.contains(&known.primary.factor)
    };
    known.primary.factor == reported.primary || swapped()
}

fn alternatives(challenge: &ReportedChallenge, availability: impl Fn(&Factor) -> Availability) -> Vec<FactorOption> {
    let mut options: Vec<FactorOption> = Vec::new();
    for factor in &challenge.alternatives {
        if *factor != challenge.primary && !options.iter().any(|known| known.factor == *factor) {
            options.push(option(factor, availability(factor)));
        }
    }
    options
}

fn option(factor: &Factor, availability: Availability) -> FactorOption {
    FactorOption {
        factor: factor.clone(),
        availability,
        digits: match factor.handling() {
            Handling::Secret => Some(4),
            Handling::Code => Some(6),
            Handling::Device(_)
            | Handling::FaceScan(_)
            | Handling::Frame(_)
            | Handling::Phone
            | Handling::Unsupported => None,
        },
    }
}
