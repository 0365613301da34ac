use serde::{Deserialize, Serialize};

use super::{Confirmation, CorrelationKey};
use crate::Fingerprint;

/// What an approval stands before: a call that a provider refused, a transfer that the partner holds, or something that waits at a
/// provider. Never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Source {
    /// A call that a provider refused, with a one-time token that is to be cleared.
    OneTimeToken {
        /// The provider's profile of the customer, where the configured paths need it.
        profile: Option<String>,
        /// The one-time token's digest, for the log.
        token_digest: Fingerprint,
    },
    /// A transfer that waits at the partner.
    Transfer(Transfer),
    /// Something that waits at a provider.
    Confirmation(Confirmation),
}

/// A transfer that the partner holds until its customer has been recognised.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// The partner's name for the transfer.
    pub transfer: String,
    /// Which version of it: a partner that changes a transfer counts on.
    pub version: u64,
    /// The partner's name for the customer.
    pub user: String,
    /// Where the customer's code goes.
    pub email: String,
    /// Where the transfer goes, as an ISO 3166 country code.
    pub region: String,
}

impl Source {
    /// What it is called in the log.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::OneTimeToken { token_digest, .. } => token_digest.short(),
            Self::Transfer(wire) => format!("{}/{}", wire.transfer, wire.version),
            Self::Confirmation(confirmation) => format!("{confirmation:?}"),
        }
    }

    /// What it depends on at a provider that tells of it by itself, as far as that is known from the start.
    #[must_use]
    pub fn correlation_keys(&self) -> Vec<CorrelationKey> {
        match self {
            Self::OneTimeToken { .. } | Self::Transfer(_) => Vec::new(),
            Self::Confirmation(confirmation) => confirmation.correlation_keys(),
        }
    }

    /// The transfer, where there is one.
    #[must_use]
    pub fn transfer(&self) -> Option<&Transfer> {
        match self {
            Self::Transfer(wire) => Some(wire),
            Self::OneTimeToken { .. } | Self::Confirmation(_) => None,
        }
    }

    /// What waits at a provider, where something does.
    #[must_use]
    pub fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Confirmation(confirmation) => Some(confirmation),
            Self::OneTimeToken { .. } | Self::Transfer(_) => None,
        }
    }
}

impl std::fmt::Debug for Transfer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Transfer({}, version {})", self.transfer, self.version)
    }
}
