use sca_protocol::{Availability, Delivery, Factor, FactorOption, Timestamp, factor::Handling};

use super::{Limits, Record, Refusal, Sent};
use crate::{OtpSendResult, ProviderError};

impl Record {
    /// Reserves the send of a one-time code: counts it and takes the lease.
    ///
    /// # Errors
    /// When the approval is settled, another call holds the lease, the challenge or factor is not available now, or it is too early.
    pub fn reserve_otp_send(
        &mut self,
        challenge: &str,
        factor: &Factor,
        holder: &str,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        if self.is_settled() {
            return Err(Refusal::Settled);
        }
        let open = self.open_challenge_mut(challenge).ok_or(Refusal::Factor)?;
        let usable = open.option(factor).is_some_and(FactorOption::is_usable);
        if !usable || factor.handling() != Handling::Code {
            return Err(Refusal::Factor);
        }
        if self.is_cooling_off(factor, now) {
            return Err(Refusal::CoolingOff);
        }
        if self.progress.sends >= limits.max_otp_sends {
            return Err(Refusal::TooEarly {
                not_before: self.expires_at,
            });
        }
        let resend_at = self
            .progress
            .sent
            .iter()
            .find(|sent| sent.factor == *factor)
            .map(|sent| sent.resend_at);
        if let Some(not_before) = resend_at.filter(|resend_at| now < *resend_at) {
            return Err(Refusal::TooEarly { not_before });
        }
        self.take_lease(holder, None, now, limits)?;
        self.progress.sends += 1;
        Ok(())
    }

    /// Applies the result. A code that the provider may have sent stays counted.
    pub fn conclude_otp_send(
        &mut self,
        challenge: &str,
        factor: &Factor,
        holder: &str,
        result: &Result<OtpSendResult, ProviderError>,
        now: Timestamp,
        limits: &Limits,
    ) {
        if !self.drop_lease(holder) || self.is_settled() {
            return;
        }
        match result {
            Ok(OtpSendResult::Sent { destination }) => {
                let resend_at = now.plus(limits.resend_after);
                self.progress.sent.retain(|sent| sent.factor != *factor);
                self.progress.sent.push(Sent {
                    factor: factor.clone(),
                    resend_at,
                });
                if let Some(open) = self.open_challenge_mut(challenge) {
                    open.delivery = Some(Delivery {
                        factor: factor.clone(),
                        destination: destination.clone(),
                        resend_at,
                        expires_at: None,
                    });
                }
            }
            Ok(OtpSendResult::Blocked) => {
                self.progress.sends = self.progress.sends.saturating_sub(1);
                self.disable_factor(factor, &Availability::Blocked, now);
            }
            Ok(OtpSendResult::NotSetUp) => {
                self.progress.sends = self.progress.sends.saturating_sub(1);
                self.disable_factor(factor, &Availability::NotSetUp, now);
            }
            Err(error) => {
                if error.is_not_executed() {
                    self.progress.sends = self.progress.sends.saturating_sub(1);
                }
                self.settle_on_error(error, now);
            }
        }
    }
}
