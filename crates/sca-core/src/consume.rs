use sca_protocol::{Status, Timestamp};

use super::{Limits, Record};
use crate::Fingerprint;

/// Why an approval cannot be consumed. The request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeRefusal {
    /// It was created for another request, or belongs to another partner.
    #[error("the approval was created for another request")]
    Mismatch,
    /// The customer has not completed the challenges.
    #[error("the approval is pending")]
    Pending,
    /// It was settled without approval, or longer ago than [`Limits::settled_grace_period`].
    #[error("the approval has ended")]
    Ended,
    /// It was consumed before.
    #[error("the approval was consumed before")]
    Consumed,
}

impl Record {
    /// Consumes the approval for the request that it was created for. An approval can be consumed once.
    ///
    /// # Errors
    /// When it cannot be consumed. The record is unchanged then.
    pub fn consume(&mut self, request: &Fingerprint, now: Timestamp, limits: &Limits) -> Result<(), ConsumeRefusal> {
        if self.request.as_ref() != Some(request) {
            return Err(ConsumeRefusal::Mismatch);
        }
        if self.consumed_at.is_some() {
            return Err(ConsumeRefusal::Consumed);
        }
        match self.status {
            Status::Approved if self.is_gone(now, limits) => Err(ConsumeRefusal::Ended),
            Status::Approved => {
                self.consumed_at = Some(now);
                Ok(())
            }
            Status::Pending => Err(ConsumeRefusal::Pending),
            Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {
                Err(ConsumeRefusal::Ended)
            }
        }
    }

    /// Undoes [`consume`](Self::consume), for a request that certainly did not reach the provider.
    pub fn release(&mut self) {
        self.consumed_at = None;
    }
}
