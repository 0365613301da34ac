//! Faults that tests script: what goes wrong, on which operation, for whom, and how often.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use crate::answer::Answer;
use crate::mishap::{ErrorStyle, MAINTENANCE_PAGE, Mishap, Strike, When, once};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Fault {
    /// Something that only Wise can do.
    Own(Own),
    /// Something that happens to any service.
    Any(Mishap),
}

/// What only Wise can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Own {
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
    /// The key endpoint serves a key that opens nothing.
    WrongKey,
    /// The key endpoint serves a 1024-bit key.
    WeakKey,
    /// The key endpoint serves a list with one key.
    KeyArray,
    /// The one-time token that the call creates has one more challenge, of a type nobody knows and without alternative.
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
    /// On which operation.
    pub(crate) endpoint: Endpoint,
    /// For which customer's token; left out: whoever calls.
    #[serde(default)]
    pub(crate) user_id: Option<u64>,
    /// How many calls it strikes.
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) when: When,
    pub(crate) fault: Fault,
}

impl ScriptedFault {
    /// Whether it strikes this customer's call to this operation.
    pub(crate) fn strikes(&self, endpoint: Endpoint, user: Option<u64>) -> bool {
        self.endpoint == endpoint && (self.user_id.is_none() || self.user_id == user)
    }
}

impl Strike for ScriptedFault {
    type Fault = Fault;

    fn fault(&self) -> (Fault, When) {
        (self.fault.clone(), self.when)
    }

    fn times(&mut self) -> &mut u32 {
        &mut self.times
    }
}

/// Something that the operation itself does differently because of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    WrongKey,
    WeakKey,
    KeyArray,
    UnknownChallenge(String),
}

/// What a fault does to a call.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The operation runs differently.
    Twist(Twist),
    /// Another answer is sent.
    Replace(Box<Answer>),
    /// What can happen to any service.
    Any(Mishap),
}

impl Fault {
    /// The name in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Own(own) => own.name(),
            Self::Any(mishap) => mishap.name(),
        }
    }

    /// Whether the fault makes sense on this operation.
    pub(crate) fn fits(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::Own(Own::WrongKey | Own::WeakKey | Own::KeyArray) => endpoint == Endpoint::PublicKey,
            Self::Own(Own::UnknownChallenge { .. }) => endpoint.creates_one_time_token(),
            Self::Own(
                Own::ServerError | Own::ServerErrorHtml | Own::ExpiredToken | Own::NotPermitted | Own::NotFound,
            )
            | Self::Any(_) => true,
        }
    }

    /// What it does to a call to this path.
    pub(crate) fn effect(self, path: &str) -> Effect {
        let replace = |answer: Answer| Effect::Replace(Box::new(answer));
        match self {
            Self::Any(mishap) => Effect::Any(mishap),
            Self::Own(Own::ServerError) => replace(Answer::unexpected()),
            Self::Own(Own::ServerErrorHtml) => {
                replace(Answer::html(StatusCode::INTERNAL_SERVER_ERROR, MAINTENANCE_PAGE))
            }
            Self::Own(Own::ExpiredToken) => replace(Answer::invalid_token()),
            Self::Own(Own::NotPermitted) => replace(Answer::not_permitted()),
            Self::Own(Own::NotFound) => replace(Answer::not_found(path)),
            Self::Own(Own::WrongKey) => Effect::Twist(Twist::WrongKey),
            Self::Own(Own::WeakKey) => Effect::Twist(Twist::WeakKey),
            Self::Own(Own::KeyArray) => Effect::Twist(Twist::KeyArray),
            Self::Own(Own::UnknownChallenge { challenge }) => Effect::Twist(Twist::UnknownChallenge(challenge)),
        }
    }
}

impl Own {
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
            Self::UnknownChallenge { .. } => "unknownChallenge",
        }
    }
}

/// How Wise words a fault that happens to any service.
pub(crate) struct Manners;

impl ErrorStyle for Manners {
    fn error(&self, status: StatusCode, code: Option<&str>) -> Answer {
        Answer::client_error(status, code.unwrap_or("simulated"), "A scripted fault")
    }

    fn too_many(&self, retry_after: u32) -> Answer {
        Answer::too_many_requests(i64::from(retry_after))
    }
}
