//! Weavr: transaction confirmation, step-up, payee batches and the ways that a customer has set up.
//!
//! - [`issue`](Weavr::issue) and [`verify`](Weavr::verify): a challenge about a [`ChallengeTarget`], over a [`Channel`];
//! - [`resource`]: the transfers and sends that wait, as Weavr tells them; [`batch`] the same for payees;
//! - [`factors`]: what the customer has set up, and setting it up;
//! - [`code`]: every word that Weavr refuses with, and what it means where it is said;
//! - [`event`] and [`signature`]: what Weavr tells by itself, and whether it was Weavr;
//! - [`config`]: how Weavr is reached.

pub mod adapter;
#[cfg(test)]
mod arbitrary_json;
pub mod batch;
mod call;
mod challenge_target;
pub mod code;
pub mod config;
pub mod event;
pub mod factors;
mod issue;
mod open_names;
mod payment_view;
pub mod resource;
pub mod signature;
mod values;
mod verify;

use std::sync::Arc;

use tokio::sync::Mutex;

use super::http::ProviderHttp;
use sca_core::secret::Secret;

pub use adapter::ID;
pub use challenge_target::{ChallengeId, ChallengeTarget, Channel};
pub use issue::IssueResult;
pub use verify::VerifyResult;

/// Weavr at the end of a connection.
#[derive(Clone, Debug)]
pub struct Weavr {
    http: ProviderHttp,
    /// What stands before every path: `/multi`.
    prefix: String,
    api_key: Secret,
    endpoints: Endpoints,
    /// What webhooks are signed with. None: no webhook is believed.
    webhook_keys: Vec<Secret>,
    /// What Weavr last said of the key. One asks at a time.
    key_asked: Arc<Mutex<Option<call::KeyAsked>>>,
}

/// Which endpoints confirm transfers and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// One challenge for any number of them.
    Current,
    /// A challenge for each, without a name of its own and without protection against repeats: deprecated.
    Deprecated,
}

impl Weavr {
    /// Weavr behind a connection. `prefix` stands before every path: `/multi`, or nothing.
    #[must_use]
    pub fn new(http: ProviderHttp, prefix: String, api_key: Secret, endpoints: Endpoints) -> Self {
        Self {
            http,
            prefix,
            api_key,
            endpoints,
            webhook_keys: Vec::new(),
            key_asked: Arc::default(),
        }
    }

    /// The same, believing webhooks that are signed with one of these keys.
    #[must_use]
    pub fn with_webhook_keys(self, webhook_keys: Vec<Secret>) -> Self {
        Self { webhook_keys, ..self }
    }

    /// Whether several transfers or sends can be confirmed with one code: the deprecated endpoints have one for each.
    #[must_use]
    pub fn confirms_together(&self) -> bool {
        match self.endpoints {
            Endpoints::Current => true,
            Endpoints::Deprecated => false,
        }
    }

    /// The connection.
    #[must_use]
    pub fn http(&self) -> &ProviderHttp {
        &self.http
    }
}
