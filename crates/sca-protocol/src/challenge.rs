//! One challenge of an approval.

use crate::{FaceSession, Factor, StepFailure, Timestamp, factor::Handling, open_enum::open_enum};

/// One challenge of an approval, cleared by its primary factor or by any one of the alternatives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// The challenge's id: opaque, unique within the approval, and constant.
    pub id: String,
    /// The factor that the provider suggests.
    pub primary: FactorOption,
    /// Other factors that can clear the challenge.
    #[cfg_attr(feature = "serde", serde(default))]
    pub alternatives: Vec<FactorOption>,
    /// Whether the approval needs this challenge.
    pub required: bool,
    /// Whether the challenge is cleared.
    pub passed: bool,
    /// The code or request that was last sent for this challenge. A request that was not answered in time is removed, and
    /// `stepFailure` says so.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub delivery: Option<Delivery>,
    /// The session at FaceSign, while one is open for this challenge.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub face: Option<FaceSession>,
    /// Why the last attempt at this challenge failed, if the customer may try again.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub step_failure: Option<StepFailure>,
}

/// One factor of a challenge, and whether it can be used now.
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
        /// The provider has blocked it for a while, after too many failed attempts.
        Blocked = "blocked",
        /// The customer has not set it up with the provider.
        NotSetUp = "not-set-up",
        /// The customer has set it up so recently that it cannot be used yet.
        CoolingOff = "cooling-off",
    }
}

/// A code, or a request to approve on the phone, that was sent to the customer.
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
    /// The destination, masked by the provider: `*********8888`. Absent when the provider does not say.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub destination: Option<String>,
    /// When the next one may be requested; server clock.
    pub resend_at: Timestamp,
    /// Until when the code is accepted or the request can be answered, if the provider says; server clock.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub expires_at: Option<Timestamp>,
}

impl Challenge {
    /// All factors that can clear this challenge, the suggested one first.
    pub fn options(&self) -> impl Iterator<Item = &FactorOption> {
        std::iter::once(&self.primary).chain(&self.alternatives)
    }

    /// The option for a factor.
    #[must_use]
    pub fn option(&self, factor: &Factor) -> Option<&FactorOption> {
        self.options().find(|option| option.factor == *factor)
    }

    /// Whether the approval still needs this challenge to be cleared.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.required && !self.passed
    }
}

impl FactorOption {
    /// Whether the widget supports the factor and the provider accepts it now.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.availability == Availability::Available && self.factor.handling() != Handling::Unsupported
    }
}
