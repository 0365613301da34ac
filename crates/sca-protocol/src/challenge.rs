//! One step of an approval.

use crate::{FaceSession, Factor, StepFailure, Timestamp, factor::Handling, open_enum::open_enum};

/// One step of an approval, cleared by its primary factor or by any one of the alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// Which step this is, unique within the approval. Opaque; stays the same while the approval lives.
    pub id: String,
    /// What the provider suggests.
    pub primary: FactorOption,
    /// Other ways to clear the same step.
    #[cfg_attr(feature = "serde", serde(default))]
    pub alternatives: Vec<FactorOption>,
    /// Whether the approval needs this step.
    pub required: bool,
    /// Whether the step is cleared.
    pub passed: bool,
    /// The code or request that was last sent for this step, if one was. A request that was not answered in time is gone from
    /// here, and [`setback`](Self::setback) says so.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub delivery: Option<Delivery>,
    /// The session at FaceSign, while one is open for this step.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub face: Option<FaceSession>,
    /// Why the last try at this step came to nothing, where another may be made.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub setback: Option<StepFailure>,
}

/// One way to clear a step, and whether it can be used now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FactorOption {
    /// The factor.
    pub factor: Factor,
    /// Whether it can be used now.
    pub availability: Availability,
    /// How many digits the PIN or code has.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub digits: Option<u8>,
}

open_enum! {
    /// Whether a factor can be used. An unknown value cannot.
    Availability {
        /// It can be used.
        Available = "available",
        /// The provider has blocked it for a while, after too many wrong entries.
        Blocked = "blocked",
        /// The customer has not set it up with the provider.
        NotSetUp = "not-set-up",
    }
}

/// A code, or a request to approve on the phone, on its way to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// How it was sent.
    pub factor: Factor,
    /// Where to, masked by the provider: `*********8888`. Absent when the provider does not say.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub destination: Option<String>,
    /// From when on another may be asked for; server clock.
    pub resend_at: Timestamp,
    /// Until when the code is accepted or the request can be answered, where the provider says; server clock.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub expires_at: Option<Timestamp>,
}

impl Challenge {
    /// All ways to clear this step, the suggested one first.
    pub fn options(&self) -> impl Iterator<Item = &FactorOption> {
        std::iter::once(&self.primary).chain(&self.alternatives)
    }

    /// The option for a factor.
    #[must_use]
    pub fn option(&self, factor: &Factor) -> Option<&FactorOption> {
        self.options().find(|option| option.factor == *factor)
    }

    /// Whether the approval waits for this step.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.required && !self.passed
    }
}

impl FactorOption {
    /// Whether the widget can carry the factor out and the provider takes it now.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.availability == Availability::Available && self.factor.handling() != Handling::Unsupported
    }
}
