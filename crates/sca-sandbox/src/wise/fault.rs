//! Scripted faults of Wise: what goes wrong, on which operation, for which customer, and how often.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::errors;
use crate::kit::control::{Refusal, refuse};
use crate::kit::faults::{self, Injection, MAINTENANCE_PAGE, When, once};
use crate::kit::response::ApiResponse;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Fault {
    Provider(ProviderFault),
    Generic(faults::Fault),
}

/// A fault that only Wise has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum ProviderFault {
    /// 500 with Wise's generic JSON; on encrypted calls also what an undecryptable body gets.
    ServerError,
    /// 500 with a web page.
    ServerErrorHtml,
    /// 401, as if the access token had expired.
    ExpiredToken,
    /// 403 without the approval headers.
    NotPermitted,
    /// 404.
    NotFound,
    /// A key endpoint serves a key that opens nothing.
    WrongKey,
    /// A key endpoint serves a 1024-bit key.
    WeakKey,
    /// The key endpoint serves a list with one key.
    KeyArray,
    /// The endpoint of the FaceTec key serves a text that is no key.
    InvalidPem,
    /// The one-time token that the call creates has one more challenge, of an undocumented type and without alternatives.
    UnknownChallenge {
        #[serde(default = "vein_pattern")]
        challenge: String,
    },
}

fn vein_pattern() -> String {
    "VEIN_PATTERN".to_owned()
}

/// A fault with its target, as posted to `/control/faults`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ScriptedFault {
    endpoint: Endpoint,
    /// Only calls with this customer's token; left out: any call.
    #[serde(default)]
    pub(super) user_id: Option<u64>,
    /// How many calls it is injected into.
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    when: When,
    fault: Fault,
}

/// Selects the faults for one customer, or all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FaultFilter {
    #[serde(default)]
    user_id: Option<u64>,
}

impl ScriptedFault {
    /// Whether it is due for a customer's call to an operation.
    pub(super) fn is_due(&self, endpoint: Endpoint, user: Option<u64>) -> bool {
        self.endpoint == endpoint && (self.user_id.is_none() || self.user_id == user)
    }

    /// Refuses a fault that has no meaning on its operation.
    pub(super) fn check_endpoint(&self) -> Result<(), Refusal> {
        if self.fault.is_possible_on(self.endpoint) {
            return Ok(());
        }
        let message = format!("the fault {} has no meaning on this endpoint", self.fault.name());
        Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, message))
    }
}

impl faults::ScriptedFault for ScriptedFault {
    type Fault = Fault;
    type Filter = FaultFilter;

    fn name(fault: &Fault) -> &'static str {
        fault.name()
    }

    fn fault(&self) -> (Fault, When) {
        (self.fault.clone(), self.when)
    }

    fn remaining(&mut self) -> &mut u32 {
        &mut self.times
    }

    fn is_selected(&self, filter: &FaultFilter) -> bool {
        filter.user_id.is_none() || self.user_id == filter.user_id
    }
}

/// How a fault changes the operation itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMutation {
    WrongKey,
    WeakKey,
    KeyArray,
    InvalidPem,
    /// One more challenge of this type.
    UnknownChallenge(String),
}

/// What a fault does to a call.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The operation is changed.
    Mutate(ResponseMutation),
    /// The pipeline injects it.
    Inject(Injection),
}

impl Fault {
    /// The name in the call log.
    fn name(&self) -> &'static str {
        match self {
            Self::Provider(fault) => fault.name(),
            Self::Generic(fault) => fault.name(),
        }
    }

    /// Whether the fault has a meaning on this operation.
    fn is_possible_on(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::Provider(ProviderFault::WrongKey | ProviderFault::WeakKey) => {
                matches!(endpoint, Endpoint::PublicKey | Endpoint::FacetecPublicKey)
            }
            Self::Provider(ProviderFault::KeyArray) => endpoint == Endpoint::PublicKey,
            Self::Provider(ProviderFault::InvalidPem) => endpoint == Endpoint::FacetecPublicKey,
            Self::Provider(ProviderFault::UnknownChallenge { .. }) => endpoint.creates_one_time_token(),
            Self::Provider(
                ProviderFault::ServerError
                | ProviderFault::ServerErrorHtml
                | ProviderFault::ExpiredToken
                | ProviderFault::NotPermitted
                | ProviderFault::NotFound,
            )
            | Self::Generic(_) => true,
        }
    }

    /// What it does to a call to this path.
    pub(super) fn effect(self, path: &str) -> Effect {
        let replace = |response| Effect::Inject(Injection::Response(Box::new(response)));
        match self {
            Self::Generic(fault) => Effect::Inject(Injection::Fault(fault)),
            Self::Provider(fault) => match fault {
                ProviderFault::ServerError => replace(errors::unexpected()),
                ProviderFault::ServerErrorHtml => {
                    replace(ApiResponse::html(StatusCode::INTERNAL_SERVER_ERROR, MAINTENANCE_PAGE))
                }
                ProviderFault::ExpiredToken => replace(errors::invalid_token()),
                ProviderFault::NotPermitted => replace(errors::not_permitted()),
                ProviderFault::NotFound => replace(errors::not_found(path)),
                ProviderFault::WrongKey => Effect::Mutate(ResponseMutation::WrongKey),
                ProviderFault::WeakKey => Effect::Mutate(ResponseMutation::WeakKey),
                ProviderFault::KeyArray => Effect::Mutate(ResponseMutation::KeyArray),
                ProviderFault::InvalidPem => Effect::Mutate(ResponseMutation::InvalidPem),
                ProviderFault::UnknownChallenge { challenge } => {
                    Effect::Mutate(ResponseMutation::UnknownChallenge(challenge))
                }
            },
        }
    }
}

impl ProviderFault {
    fn name(&self) -> &'static str {
        match self {
            Self::ServerError => "serverError",
            Self::ServerErrorHtml => "serverErrorHtml",
            Self::ExpiredToken => "expiredToken",
            Self::NotPermitted => "notPermitted",
            Self::NotFound => "notFound",
            Self::WrongKey => "wrongKey",
            Self::WeakKey => "weakKey",
            Self::KeyArray => "keyArray",
            Self::InvalidPem => "invalidPem",
            Self::UnknownChallenge { .. } => "unknownChallenge",
        }
    }
}
