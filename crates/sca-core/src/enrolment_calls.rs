//! How many calls to the provider one enrolment may make. Every call counts from the moment at which it is reserved, whatever its outcome.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EnrolledFactor, EnrolmentRefusal};

/// The number of calls of one enrolment about one kind of factor. Enough to set up three devices, remove them and begin again; too few to
/// try out what a provider does.
pub const MAX_CALLS_PER_FACTOR: u16 = 12;
/// The number of calls of one enrolment in total.
pub const MAX_CALLS: u16 = 30;

/// The calls of an enrolment, by what they were about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallCounts(BTreeMap<EnrolledFactor, u16>);

impl CallCounts {
    /// Counts a call.
    ///
    /// # Errors
    /// [`EnrolmentRefusal::TooManyCalls`] when a limit is reached. The call is not counted then.
    pub(super) fn add(&mut self, about: EnrolledFactor) -> Result<(), EnrolmentRefusal> {
        if self.about(about) >= MAX_CALLS_PER_FACTOR || self.total() >= MAX_CALLS {
            return Err(EnrolmentRefusal::TooManyCalls);
        }
        *self.0.entry(kind_of(about)).or_default() += 1;
        Ok(())
    }

    /// The calls about one kind of factor.
    #[must_use]
    pub fn about(&self, factor: EnrolledFactor) -> u16 {
        self.0.get(&kind_of(factor)).copied().unwrap_or_default()
    }

    /// All calls.
    #[must_use]
    pub fn total(&self) -> u16 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// A code for a phone number is a call about the phone number.
fn kind_of(about: EnrolledFactor) -> EnrolledFactor {
    match about {
        EnrolledFactor::Phone | EnrolledFactor::PhoneCode => EnrolledFactor::Phone,
        EnrolledFactor::Pin | EnrolledFactor::Device | EnrolledFactor::Face => about,
    }
}
