//! Names that providers give to things. They are kept as they came, and checked so that they can stand in a path and in a log.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A provider's name, in the configuration, in stored rows, in paths of webhooks and in metrics: `weavr`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderId(Cow<'static, str>);

impl ProviderId {
    /// A name that the program knows.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A name as it was stored or sent. Whether such a provider is configured, the list of providers says.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
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

            /// The id, as the provider spells it.
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
    /// The provider's name for a kind of payment: `outgoing_wire_transfers`.
    ResourceKind
}
id! {
    /// The provider's id of a challenge.
    ChallengeId
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

/// What a provider's webhook is about: a payment, a batch of payees, a challenge or a session. Webhooks carry this key instead of the
/// approval's id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CorrelationKey {
    provider: ProviderId,
    key: String,
}

const BATCH: &str = "payee-batch";
const CHALLENGE: &str = "challenge";

impl CorrelationKey {
    /// A payment of a kind. Ids of different kinds may be equal.
    #[must_use]
    pub fn resource(provider: &ProviderId, kind: &ResourceKind, id: &ResourceId) -> Self {
        Self::joined(provider, kind.as_str(), id.as_str())
    }

    /// A batch of payees.
    #[must_use]
    pub fn payee_batch(provider: &ProviderId, id: &ResourceId) -> Self {
        Self::joined(provider, BATCH, id.as_str())
    }

    /// A challenge whose result only a webhook reports.
    #[must_use]
    pub fn challenge(provider: &ProviderId, id: &ChallengeId) -> Self {
        Self::joined(provider, CHALLENGE, id.as_str())
    }

    /// A hosted session.
    #[must_use]
    pub fn session(provider: &ProviderId, id: &str) -> Self {
        Self {
            provider: provider.clone(),
            key: id.to_owned(),
        }
    }

    /// A key as it was stored.
    #[must_use]
    pub fn from_stored(provider: ProviderId, key: String) -> Self {
        Self { provider, key }
    }

    /// The provider that sends webhooks with this key.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The key as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// The provider's own id: what follows the kind.
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
    fn an_id_that_was_stored_is_checked_when_it_is_read_again() {
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
        let provider = ProviderId::new("weavr");
        let id = ResourceId::new("115").unwrap();
        let kind = |name| ResourceKind::new(name).unwrap();
        let keys = [
            CorrelationKey::resource(&provider, &kind("sends"), &id),
            CorrelationKey::resource(&provider, &kind("outgoing_wire_transfers"), &id),
            CorrelationKey::payee_batch(&provider, &id),
            CorrelationKey::challenge(&provider, &ChallengeId::new("115").unwrap()),
            CorrelationKey::session(&provider, "115"),
            CorrelationKey::session(&ProviderId::new("facesign"), "115"),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert_eq!(key.id(), "115");
            assert!(keys.iter().skip(place + 1).all(|other| other != key), "{key:?}");
        }
    }
}
