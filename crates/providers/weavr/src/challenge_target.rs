use sca_protocol::Factor;

use super::{
    resource::{ResourceId, ResourceType},
    values,
};

/// The target of a challenge: <https://docs.weavr.io/apis/authentication/challenges/>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeTarget {
    /// Transfers or sends that wait for the customer's confirmation.
    Resources {
        /// The type of all of them.
        kind: ResourceType,
        /// Their ids.
        ids: Vec<ResourceId>,
    },
    /// The customer's session: <https://docs.weavr.io/apis/authentication/stepup/>.
    StepUp,
    /// A payee batch.
    PayeeBatch(ResourceId),
}

/// The channel of a challenge: <https://docs.weavr.io/apis/authentication/challenges/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A one-time code by text message.
    Sms,
    /// A push request to the Authy app.
    Authy,
    /// A push request to the partner's app, answered with the device's biometrics.
    Biometric,
}

impl Channel {
    /// The channel of a factor; `None` when Weavr does not support it.
    #[must_use]
    pub fn of(factor: &Factor) -> Option<Self> {
        match factor {
            Factor::Sms => Some(Self::Sms),
            Factor::Push => Some(Self::Authy),
            Factor::Biometric => Some(Self::Biometric),
            Factor::Pin
            | Factor::WhatsApp
            | Factor::Voice
            | Factor::Device
            | Factor::Face
            | Factor::FaceScan
            | Factor::Other(_) => None,
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

    /// Weavr's name, as in paths.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Authy => "AUTHY",
            Self::Biometric => "BIOMETRIC",
        }
    }

    /// The path segments, with the type of challenge: `otp/SMS`, `push/AUTHY`.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Sms => "otp/SMS",
            Self::Authy => "push/AUTHY",
            Self::Biometric => "push/BIOMETRIC",
        }
    }
}

values::digits_id! {
    /// The id of a challenge.
    ChallengeId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_and_channels_map_one_to_one() {
        for channel in [Channel::Sms, Channel::Authy, Channel::Biometric] {
            assert_eq!(Channel::of(&channel.factor()), Some(channel));
        }
        for factor in [Factor::Pin, Factor::Voice, Factor::Face, Factor::Other("AUTHY".into())] {
            assert_eq!(Channel::of(&factor), None);
        }
    }

    #[test]
    fn a_stored_id_is_validated_when_it_is_loaded() {
        let id = ChallengeId::new("115000000000000001").unwrap();
        let stored = serde_json::to_string(&id).unwrap();
        assert_eq!(stored, "\"115000000000000001\"");
        assert_eq!(serde_json::from_str::<ChallengeId>(&stored).unwrap(), id);
        for stored in ["\"\"", "\"1/2\"", "7", "null"] {
            assert!(serde_json::from_str::<ChallengeId>(stored).is_err(), "{stored}");
        }
    }
}
