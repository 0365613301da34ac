use std::time::Duration;

use sca_protocol::{Availability, Challenge, Factor, FactorOption, Status, Timestamp, factor::Handling};

use super::{Limits, Record, Refusal, Source};
use crate::{NamedChallenge, TokenStatus};

impl Record {
    /// Takes over what the provider says about the one-time token. This is the only way in which an approval at Wise is
    /// approved.
    ///
    /// A step that the provider no longer names is one that it no longer asks for: some name one step at a time.
    pub fn read(&mut self, status: &TokenStatus, now: Timestamp) {
        let at_wise = match &self.source {
            Source::OneTimeToken { .. } => true,
            Source::Transfer(_) | Source::Confirmation(_) => false,
        };
        if self.is_settled() || !at_wise {
            return;
        }
        self.progress.status_unknown = false;
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

    /// Makes room for asking the provider again, after a call whose outcome is unknown. False when there is no need.
    ///
    /// # Errors
    /// When the approval is settled or another call is on its way.
    pub fn reserve_reading(&mut self, holder: &str, now: Timestamp, limits: &Limits) -> Result<bool, Refusal> {
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

    /// Takes over what the provider said when it was asked again; `None` when it said nothing.
    pub fn conclude_reading(&mut self, holder: &str, status: Option<&TokenStatus>, now: Timestamp) {
        if self.drop_lease(holder)
            && let Some(status) = status
        {
            self.read(status, now);
            let lost = self.progress.unanswered_attempt.as_deref();
            if lost.is_some_and(|step| self.is_named_passed(step, status)) {
                // The entry whose verdict never reached us was right.
                self.progress.failed_attempts = 0;
                self.progress.unanswered_attempt = None;
            }
        }
    }

    fn merge(&mut self, named: &[NamedChallenge]) {
        let mut matched = vec![false; self.progress.challenges.len()];
        for challenge in named {
            let known = self
                .progress
                .challenges
                .iter_mut()
                .zip(&mut matched)
                .find(|(known, taken)| !**taken && is_the_same(known, challenge));
            if let Some((known, taken)) = known {
                *taken = true;
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
                let appeared = self.appeared(challenge);
                self.progress.challenges.push(appeared);
                matched.push(true);
            }
        }
        for (challenge, named) in self.progress.challenges.iter_mut().zip(&matched) {
            if !named && challenge.required {
                challenge.passed = true;
            }
            if challenge.passed {
                challenge.delivery = None;
            }
        }
        self.count_steps(named);
    }

    fn appeared(&self, challenge: &NamedChallenge) -> Challenge {
        // A factor that the provider would not take for another step is not offered again.
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
            setback: None,
        }
    }

    /// Several steps named at once are all there are. A number that was known from elsewhere only ever grows.
    fn count_steps(&mut self, named: &[NamedChallenge]) {
        let required = self
            .progress
            .challenges
            .iter()
            .filter(|challenge| challenge.required)
            .count();
        let required = u8::try_from(required).unwrap_or(u8::MAX);
        let named_at_once = named.iter().filter(|challenge| challenge.required).count();
        if named_at_once > 1 || self.progress.steps.is_some() {
            self.progress.steps = Some(self.progress.steps.unwrap_or_default().max(required));
        }
    }
}

/// A step is known by its primary factor, or by primary and alternative having changed places.
fn is_the_same(known: &Challenge, named: &NamedChallenge) -> bool {
    let swapped = || {
        known.is_open() && known.option(&named.primary).is_some() && named.alternatives.contains(&known.primary.factor)
    };
    known.primary.factor == named.primary || swapped()
}

fn alternatives(challenge: &NamedChallenge, availability: impl Fn(&Factor) -> Availability) -> Vec<FactorOption> {
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
            Handling::Frame | Handling::Phone | Handling::Unsupported => None,
        },
    }
}
