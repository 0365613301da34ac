//! Identifiers that providers assign. They are kept unchanged, and validated so that they are safe in URL paths and in logs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The name of a provider in the configuration, in stored rows, in webhook paths and in metric labels: lower case, such as
/// `provider-a`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderId(Cow<'static, str>);

impl ProviderId {
    /// The id of a provider that this program implements.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// An id from a stored row or a request. The provider is not necessarily configured.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ProviderId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id. `None` unless it is 1 to 128 visible ASCII characters without `/`.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// The id as the provider sent it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text).ok_or("an id is 1 to 128 visible ASCII characters without a slash")
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// The provider's id of a payment or of a batch of payees.
    ResourceId
}
id! {
    /// The provider's name for a kind of payment, such as `outgoing_wire_transfers`.
    ResourceKind
}
id! {
    /// The provider's id of a challenge.
    ChallengeId
}
id! {
    /// The provider's id of a device that a customer has enrolled.
    DeviceId
}
id! {
    /// The provider's id of a customer's phone number.
    PhoneId
}
id! {
    /// The partner's id of the verification of a phone number.
    VerificationId
}
id! {
    /// The reference of a customer's face at the partner's face server. Random: it says nothing about the customer.
    FaceReference
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

/// The subject of a provider's webhook: a payment, a batch of payees, a challenge or a session. The backend finds approvals by this
/// key, because webhooks do not carry the approval's id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CorrelationKey {
    provider: ProviderId,
    key: String,
}

const BATCH: &str = "payee-batch";
const CHALLENGE: &str = "challenge";

impl CorrelationKey {
    /// The key of a payment. The kind is part of it, because payments of different kinds may have equal ids.
    #[must_use]
    pub fn resource(provider: &ProviderId, kind: &ResourceKind, id: &ResourceId) -> Self {
        Self::joined(provider, kind.as_str(), id.as_str())
    }

    /// The key of a batch of payees.
    #[must_use]
    pub fn payee_batch(provider: &ProviderId, id: &ResourceId) -> Self {
        Self::joined(provider, BATCH, id.as_str())
    }

    /// The key of a challenge whose result only a webhook reports.
    #[must_use]
    pub fn challenge(provider: &ProviderId, id: &ChallengeId) -> Self {
        Self::joined(provider, CHALLENGE, id.as_str())
    }

    /// The key of a hosted session.
    #[must_use]
    pub fn session(provider: &ProviderId, id: &str) -> Self {
        Self {
            provider: provider.clone(),
            key: id.to_owned(),
        }
    }

    /// A key from a stored row.
    #[must_use]
    pub fn from_stored(provider: ProviderId, key: String) -> Self {
        Self { provider, key }
    }

    /// The provider that sends webhooks with this key.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The key as text, in the form in which it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// The provider's own id, without the kind.
    #[must_use]
    pub fn id(&self) -> &str {
        self.key.rsplit_once('/').map_or(&*self.key, |(_, id)| id)
    }

    fn joined(provider: &ProviderId, kind: &str, id: &str) -> Self {
        Self {
            provider: provider.clone(),
            key: format!("{kind}/{id}"),
        }
    }
}

impl std::fmt::Debug for CorrelationKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}:{}", self.provider, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_id_is_validated_when_it_is_loaded() {
        let id = ChallengeId::new("115000000000000001").unwrap();
        let stored = serde_json::to_string(&id).unwrap();
        assert_eq!(stored, "\"115000000000000001\"");
        assert_eq!(serde_json::from_str::<ChallengeId>(&stored).unwrap(), id);
        let long = format!("\"{}\"", "7".repeat(129));
        for stored in ["\"\"", "\"1/2\"", "\"1 2\"", "\"1\\n\"", "7", "null", &long] {
            assert!(serde_json::from_str::<ChallengeId>(stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn keys_of_different_kinds_and_providers_differ() {
        let provider = ProviderId::new("provider-a");
        let id = ResourceId::new("115").unwrap();
        let kind = |name| ResourceKind::new(name).unwrap();
        let keys = [
            CorrelationKey::resource(&provider, &kind("sends"), &id),
            CorrelationKey::resource(&provider, &kind("outgoing_wire_transfers"), &id),
            CorrelationKey::payee_batch(&provider, &id),
            CorrelationKey::challenge(&provider, &ChallengeId::new("115").unwrap()),
            CorrelationKey::session(&provider, "115"),
            CorrelationKey::session(&ProviderId::new("provider-b"), "115"),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert_eq!(key.id(), "115");
            assert!(keys.iter().skip(place + 1).all(|other| other != key), "{key:?}");
        }
    }
}
