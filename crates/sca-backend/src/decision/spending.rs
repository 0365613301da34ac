use sca_protocol::{Millis, Status};

use super::{Limits, Record};
use crate::secret::Fingerprint;

/// Why an approval does not carry a request. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpendRefusal {
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
    Spent,
}

impl Record {
    /// Uses the approval, once, for the request that it was made for.
    ///
    /// # Errors
    /// Says why it cannot be used; it is then as it was.
    pub fn spend(&mut self, request: &Fingerprint, now: Millis, limits: &Limits) -> Result<(), SpendRefusal> {
        if self.request.as_ref() != Some(request) {
            return Err(SpendRefusal::Mismatch);
        }
        if self.spent_at.is_some() {
            return Err(SpendRefusal::Spent);
        }
        match self.status {
            Status::Approved if self.is_gone(now, limits) => Err(SpendRefusal::Ended),
            Status::Approved => {
                self.spent_at = Some(now);
                Ok(())
            }
            Status::Pending => Err(SpendRefusal::Pending),
            Status::Declined | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {
                Err(SpendRefusal::Ended)
            }
        }
    }

    /// The request certainly never reached the provider: the approval can be used after all.
    pub fn unspend(&mut self) {
        self.spent_at = None;
    }
}
