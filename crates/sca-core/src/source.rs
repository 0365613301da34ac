use serde::{Deserialize, Serialize};

use super::{Confirmation, CorrelationKey, ProviderId};
use crate::Fingerprint;

/// What waits for an approval: an API call that the provider rejected, a transfer that the partner holds, or a resource that waits at
/// the provider. Immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Source {
    /// A call that the provider rejected with a one-time token, which has to be cleared.
    OneTimeToken {
        /// The provider that rejected it.
        provider: ProviderId,
        /// The provider's profile of the customer, where the configured paths need it.
        profile: Option<String>,
        /// The one-time token's digest, for the log.
        token_digest: Fingerprint,
    },
    /// A transfer that the partner holds.
    Transfer(Transfer),
    /// Payments, a session or payees that wait at the provider for the customer's confirmation.
    Confirmation(Confirmation),
}

/// A transfer that the partner holds until the customer is verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// The partner's id of the transfer.
    pub transfer: String,
    /// The version. The partner increments it when it changes the transfer.
    pub version: u64,
    /// The partner's id of the customer.
    pub user: String,
    /// The e-mail address that the one-time code is sent to.
    pub email: String,
    /// The destination country: an ISO 3166-1 alpha-2 code.
    pub region: String,
}

impl Source {
    /// A short text for the log, without secrets.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::OneTimeToken { token_digest, .. } => token_digest.short(),
            Self::Transfer(transfer) => format!("{}/{}", transfer.transfer, transfer.version),
            Self::Confirmation(confirmation) => format!("{confirmation:?}"),
        }
    }

    /// The keys of webhooks about it that are known when the approval is created.
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
            Self::Transfer(transfer) => Some(transfer),
            Self::OneTimeToken { .. } | Self::Confirmation(_) => None,
        }
    }

    /// The provider that rejected the call, where one waits.
    #[must_use]
    pub fn rejected_by(&self) -> Option<&ProviderId> {
        match self {
            Self::OneTimeToken { provider, .. } => Some(provider),
            Self::Transfer(_) | Self::Confirmation(_) => None,
        }
    }

    /// The provider that rejected the call and its profile of the customer, where both are known.
    #[must_use]
    pub fn customer(&self) -> Option<(&ProviderId, &str)> {
        match self {
            Self::OneTimeToken { provider, profile, .. } => Some((provider, profile.as_deref()?)),
            Self::Transfer(_) | Self::Confirmation(_) => None,
        }
    }

    /// The confirmation, where there is one.
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
