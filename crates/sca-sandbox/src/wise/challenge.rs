//! The [challenges](https://docs.wise.com/api-reference/one-time-token) of a one-time token: what passes each, and how they are
//! shown.

use serde_json::{Value, json};

use super::behaviour::{Alternatives, Behaviour, Delivery, Factor};

/// A primary type that is not documented.
const UNKNOWN_TYPE: &str = "VEIN_PATTERN";

/// How a code reaches the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    Sms,
    Whatsapp,
    Voice,
}

impl Channel {
    /// From the segment of a path: `sms`, `whatsapp`, `voice`.
    pub(crate) fn from_segment(segment: &str) -> Option<Self> {
        match segment {
            "sms" => Some(Self::Sms),
            "whatsapp" => Some(Self::Whatsapp),
            "voice" => Some(Self::Voice),
            _ => None,
        }
    }
}

/// The type of a challenge, as printed in `type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChallengeType {
    Pin,
    DeviceFingerprint,
    FaceMap,
    Phone(Channel),
    Unknown(String),
}

impl ChallengeType {
    /// The value in JSON.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Pin => "PIN",
            Self::DeviceFingerprint => "PARTNER_DEVICE_FINGERPRINT",
            Self::FaceMap => "FACE_MAP",
            Self::Phone(Channel::Sms) => "SMS",
            Self::Phone(Channel::Whatsapp) => "WHATSAPP",
            Self::Phone(Channel::Voice) => "VOICE",
            Self::Unknown(name) => name,
        }
    }
}

/// One challenge. A proof of the primary type or of an alternative passes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) primary: ChallengeType,
    pub(crate) alternatives: Vec<ChallengeType>,
    pub(crate) passed: bool,
}

impl Challenge {
    /// A challenge that no proof passes.
    pub(crate) fn impossible(name: String) -> Self {
        Self {
            primary: ChallengeType::Unknown(name),
            alternatives: Vec::new(),
            passed: false,
        }
    }

    fn of(factor: Factor, behaviour: &Behaviour) -> Self {
        let (primary, alternatives) = match factor {
            Factor::Pin => (ChallengeType::Pin, Vec::new()),
            Factor::Phone => (
                ChallengeType::Phone(Channel::Sms),
                vec![
                    ChallengeType::Phone(Channel::Whatsapp),
                    ChallengeType::Phone(Channel::Voice),
                ],
            ),
            Factor::Device => (ChallengeType::DeviceFingerprint, instead(behaviour.device_alternatives)),
            Factor::Face => (ChallengeType::FaceMap, instead(behaviour.face_alternatives)),
        };
        Self {
            primary,
            alternatives,
            passed: false,
        }
    }

    /// Whether a proof of this type passes the challenge.
    pub(crate) fn accepts(&self, proof: &ChallengeType) -> bool {
        self.primary == *proof || self.alternatives.contains(proof)
    }

    /// With `viewData`, `alternatives` and `required`.
    fn full(&self, user: u64) -> Value {
        let show = |shown: &ChallengeType| json!({"type": shown.name(), "viewData": {"attributes": {"userId": user}}});
        json!({
            "primaryChallenge": show(&self.primary),
            "alternatives": self.alternatives.iter().map(show).collect::<Vec<_>>(),
            "required": true,
            "passed": self.passed,
        })
    }

    /// Only the primary type and `passed`.
    fn bare(&self) -> Value {
        json!({"primaryChallenge": {"type": self.primary.name()}, "passed": self.passed})
    }
}

/// What passes a challenge instead.
fn instead(alternatives: Alternatives) -> Vec<ChallengeType> {
    match alternatives {
        Alternatives::None => Vec::new(),
        Alternatives::Phone => [Channel::Sms, Channel::Whatsapp, Channel::Voice]
            .map(ChallengeType::Phone)
            .into(),
    }
}

/// The challenges of a new one-time token.
pub(crate) fn plan(behaviour: &Behaviour) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = behaviour
        .challenges
        .iter()
        .map(|factor| Challenge::of(*factor, behaviour))
        .collect();
    match behaviour.delivery {
        Delivery::SingleFactor => challenges.truncate(1),
        Delivery::UnknownFirst => {
            if let Some(first) = challenges.first_mut() {
                let known = std::mem::replace(&mut first.primary, ChallengeType::Unknown(UNKNOWN_TYPE.to_owned()));
                first.alternatives.insert(0, known);
            }
        }
        Delivery::Sequential | Delivery::Listed | Delivery::Flat => {}
    }
    challenges
}

/// The list as the status and the wrapped responses show it.
pub(crate) fn show_wrapped(challenges: &[Challenge], delivery: Delivery, user: u64) -> Vec<Value> {
    match delivery {
        Delivery::Sequential => challenges
            .iter()
            .find(|challenge| !challenge.passed)
            .map(|open| open.full(user))
            .into_iter()
            .collect(),
        Delivery::Listed | Delivery::SingleFactor | Delivery::UnknownFirst => {
            challenges.iter().map(|challenge| challenge.full(user)).collect()
        }
        Delivery::Flat => challenges.iter().map(Challenge::bare).collect(),
    }
}

/// The list as the flat responses of the newer generations show it: always bare.
pub(crate) fn show_flat(challenges: &[Challenge], delivery: Delivery) -> Vec<Value> {
    match delivery {
        Delivery::Sequential => {
            let open = challenges.iter().find(|challenge| !challenge.passed);
            challenges
                .iter()
                .filter(|challenge| challenge.passed)
                .chain(open)
                .map(Challenge::bare)
                .collect()
        }
        Delivery::Listed | Delivery::SingleFactor | Delivery::UnknownFirst | Delivery::Flat => {
            challenges.iter().map(Challenge::bare).collect()
        }
    }
}
