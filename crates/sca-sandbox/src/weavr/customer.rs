//! Customers: their identity, authentication factors and accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::exemption::LowValue;
use crate::kit::rate_limit::RateLimit;

/// The channel by which a challenge reaches the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Channel {
    Sms,
    Authy,
    Biometric,
}

impl Channel {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "SMS" => Some(Self::Sms),
            "AUTHY" => Some(Self::Authy),
            "BIOMETRIC" => Some(Self::Biometric),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Authy => "AUTHY",
            Self::Biometric => "BIOMETRIC",
        }
    }

    /// The type of the factor that the channel reaches.
    pub(crate) fn factor_type(self) -> &'static str {
        match self {
            Self::Sms => "OTP",
            Self::Authy => "PUSH",
            Self::Biometric => "BIOMETRIC",
        }
    }
}

/// Whether a factor can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum FactorStatus {
    PendingVerification,
    Active,
    Inactive,
}

/// A channel that is left out is not enrolled.
pub(crate) type Factors = BTreeMap<Channel, FactorStatus>;

/// All three channels, active.
pub(crate) fn every_factor() -> Factors {
    [Channel::Sms, Channel::Authy, Channel::Biometric]
        .map(|channel| (channel, FactorStatus::Active))
        .into()
}

/// What kind of customer an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum IdentityType {
    Corporate,
    Consumer,
}

/// The owner of resources: a company with its users, or one consumer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identity {
    #[serde(rename = "type")]
    pub(crate) kind: IdentityType,
    pub(crate) id: String,
}

impl Identity {
    /// The identity in JSON, as webhooks write it.
    pub(crate) fn in_event(&self) -> Value {
        let kind = match self.kind {
            IdentityType::Corporate => "corporates",
            IdentityType::Consumer => "consumers",
        };
        json!({"type": kind, "id": self.id})
    }
}

/// The profiles that payments are created under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Profiles {
    pub(crate) wires: String,
    pub(crate) sends: String,
}

/// One user.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    /// The credentials' id.
    pub(crate) user: String,
    /// Whether it is the root user of its identity.
    pub(crate) root: bool,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) phone: Option<String>,
    pub(crate) identity: Identity,
    pub(crate) profiles: Profiles,
    /// The account's id by currency.
    pub(crate) accounts: BTreeMap<String, String>,
    pub(crate) factors: Factors,
    pub(crate) behaviour: Behaviour,
    /// How many milliseconds this customer's clock is ahead of the shared clock.
    pub(crate) ahead_ms: i64,
    pub(crate) wrong_passwords: u32,
    pub(crate) locked_until: Option<i64>,
    /// Exempt payments since the last confirmation, by currency.
    pub(crate) low_value: BTreeMap<String, LowValue>,
    pub(crate) rate_limit: RateLimit,
}

impl Customer {
    pub(crate) fn has(&self, channel: Channel) -> bool {
        self.factors.get(&channel) == Some(&FactorStatus::Active)
    }

    pub(crate) fn credentials(&self) -> Value {
        json!({"type": if self.root { "ROOT" } else { "USER" }, "id": self.user})
    }

    /// The currency of an account; `None` when it is not the customer's.
    pub(crate) fn currency_of(&self, account: &str) -> Option<&str> {
        self.accounts
            .iter()
            .find(|(_, id)| *id == account)
            .map(|(currency, _)| currency.as_str())
    }
}
