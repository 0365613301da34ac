//! Weavr: transaction confirmation, step-up, payee batches and authentication factors:
//! <https://docs.weavr.io/start/multi-confirm-transactions>, <https://weavr-multi-api.redoc.ly/>.
//!
//! - [`issue`](Weavr::issue) and [`verify`](Weavr::verify): a challenge for a [`ChallengeTarget`] over a [`Channel`];
//! - [`resource`]: transfers and sends; [`batch`]: payee batches;
//! - [`factors`]: the customer's factors and their enrolment;
//! - [`code`]: the error codes;
//! - [`event`] and [`signature`]: the webhooks and the verification of their signatures;
//! - [`config`]: the settings.

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
pub mod resource;
pub mod signature;
mod values;
mod verify;

use std::sync::Arc;

use tokio::sync::Mutex;

use sca_core::secret::Secret;
use sca_provider_http::ProviderHttp;

pub use adapter::ID;
pub use challenge_target::{ChallengeId, ChallengeTarget, Channel};
pub use issue::IssueResult;
pub use verify::VerifyResult;

/// The client of Weavr. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Weavr {
    http: ProviderHttp,
    /// The prefix of every path: `/multi`, or empty.
    prefix: String,
    api_key: Secret,
    endpoints: Endpoints,
    /// The API keys that webhooks may be signed with. Empty: all webhooks are rejected.
    webhook_keys: Vec<Secret>,
    /// The last check of the API key. One task at a time checks it.
    key_check: Arc<Mutex<Option<call::KeyCheck>>>,
}

/// The endpoints that confirm transfers and sends: <https://api.weavr.io/products/multi/openapi/confirmation-challenges>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoints {
    /// One challenge for any number of resources.
    Current,
    /// Deprecated: one challenge for each resource, without an id and without an idempotency key.
    Deprecated,
}

impl Weavr {
    /// Creates the client. `prefix` is the prefix of every path: `/multi`, or empty.
    #[must_use]
    pub fn new(http: ProviderHttp, prefix: String, api_key: Secret, endpoints: Endpoints) -> Self {
        Self {
            http,
            prefix,
            api_key,
            endpoints,
            webhook_keys: Vec::new(),
            key_check: Arc::default(),
        }
    }

    /// Sets the API keys that webhooks may be signed with.
    #[must_use]
    pub fn with_webhook_keys(self, webhook_keys: Vec<Secret>) -> Self {
        Self { webhook_keys, ..self }
    }

    /// Whether one challenge can confirm several transfers or sends.
    #[must_use]
    pub fn confirms_together(&self) -> bool {
        match self.endpoints {
            Endpoints::Current => true,
            Endpoints::Deprecated => false,
        }
    }

    /// The HTTP client.
    #[must_use]
    pub fn http(&self) -> &ProviderHttp {
        &self.http
    }
}
