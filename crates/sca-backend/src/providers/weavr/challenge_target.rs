use sca_protocol::Factor;
use serde::{Deserialize, Serialize};

use super::{
    resource::{ResourceId, ResourceType},
    values::is_id,
};

/// What a challenge is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeTarget {
    /// Transfers or sends that wait for confirmation.
    Resources {
        /// All of one kind.
        kind: ResourceType,
        /// Which.
        ids: Vec<ResourceId>,
    },
    /// The customer's session, so that it may read what it otherwise may not.
    StepUp,
    /// Payees that are to be trusted.
    PayeeBatch(ResourceId),
}

/// How a customer answers a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By a code that comes by text message.
    Sms,
    /// By approving in the Authy app.
    Authy,
    /// By approving with a fingerprint or face in the embedder's own app.
    Biometric,
}

impl Channel {
    /// The channel for a factor; `None` when Weavr has none.
    #[must_use]
    pub fn of(factor: &Factor) -> Option<Self> {
        match factor {
            Factor::Sms => Some(Self::Sms),
            Factor::Push => Some(Self::Authy),
            Factor::Biometric => Some(Self::Biometric),
            Factor::Pin | Factor::WhatsApp | Factor::Voice | Factor::Device | Factor::Face | Factor::Other(_) => None,
        }
    }

    /// The factor of a channel.
    #[must_use]
    pub fn factor(self) -> Factor {
        match self {
            Self::Sms => Factor::Sms,
            Self::Authy => Factor::Push,
            Self::Biometric => Factor::Biometric,
        }
    }

    /// The name that Weavr has for it, as it stands in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Authy => "AUTHY",
            Self::Biometric => "BIOMETRIC",
        }
    }

    /// The path of the two kinds of challenge: `otp/SMS`, `push/AUTHY`.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Sms => "otp/SMS",
            Self::Authy => "push/AUTHY",
            Self::Biometric => "push/BIOMETRIC",
        }
    }
}

/// The name that Weavr gives a challenge: digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChallengeId(String);

impl ChallengeId {
    /// Reads a name. `None` unless it is 1 to 32 digits.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ChallengeId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text).ok_or("a challenge's name is 1 to 32 digits")
    }
}

impl From<ChallengeId> for String {
    fn from(id: ChallengeId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_and_its_channel_name_each_other() {
        for channel in [Channel::Sms, Channel::Authy, Channel::Biometric] {
            assert_eq!(Channel::of(&channel.factor()), Some(channel));
        }
        for factor in [Factor::Pin, Factor::Voice, Factor::Face, Factor::Other("AUTHY".into())] {
            assert_eq!(Channel::of(&factor), None);
        }
    }

    #[test]
    fn a_challenge_that_was_kept_is_checked_when_it_is_read_again() {
        let id = ChallengeId::new("115000000000000001").unwrap();
        let kept = serde_json::to_string(&id).unwrap();
        assert_eq!(kept, "\"115000000000000001\"");
        assert_eq!(serde_json::from_str::<ChallengeId>(&kept).unwrap(), id);
        for kept in ["\"\"", "\"1/2\"", "7", "null"] {
            assert!(serde_json::from_str::<ChallengeId>(kept).is_err(), "{kept}");
        }
    }
}
