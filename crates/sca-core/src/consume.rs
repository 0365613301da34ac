use sca_protocol::{Status, Timestamp};

use super::{Limits, Record};
use crate::Fingerprint;

/// Why an approval does not carry a request. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeRefusal {
    /// It was made for another request, or by nobody who may use it.
    #[error("the approval was made for another request")]
    Mismatch,
    /// The customer has steps to take.
    #[error("the approval is pending")]
    Pending,
    /// It ended without being approved, or too long ago.
    #[error("the approval has ended")]
    Ended,
    /// It was used.
    #[error("the approval was used")]
    Consumed,
}

impl Record {
    /// Uses the approval, once, for the request that it was made for.
    ///
    /// # Errors
    /// Says why it cannot be used; it is then as it was.
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

    /// The request certainly never reached the provider: the approval can be used after all.
    pub fn release(&mut self) {
        self.consumed_at = None;
    }
}
