//! Faults that tests script: what goes wrong, on which operation, for whom, and how often.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use crate::answer::Answer;

const MAINTENANCE_PAGE: &str = "<!doctype html><html><head><title>503</title></head><body><h1>We will be back soon</h1>\
     <script>document.title = 'a page that must never run'</script></body></html>";

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Fault {
    /// 500 with Wise's generic JSON; on encrypted calls also what an undecryptable body gets.
    ServerError,
    /// 500 with a web page.
    ServerErrorHtml,
    /// 200 with a web page where JSON was due.
    Html,
    /// The answer comes late.
    Slow { milliseconds: u64 },
    /// The connection is reset without an answer.
    Reset,
    /// The real answer, cut in the middle, with a matching length.
    TruncatedJson,
    /// 200 with a body of this many bytes.
    HugeBody {
        #[serde(default = "fifty_mebibytes")]
        bytes: u64,
    },
    /// 302.
    Redirect {
        #[serde(default = "elsewhere")]
        location: String,
    },
    /// 401, as if the access token had expired.
    ExpiredToken,
    /// 403 without the approval headers.
    NotPermitted,
    /// 404.
    NotFound,
    /// 429.
    TooManyRequests {
        #[serde(default = "five_seconds")]
        retry_after: i64,
    },
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

fn fifty_mebibytes() -> u64 {
    50 * 1024 * 1024
}

fn elsewhere() -> String {
    "https://elsewhere.invalid/".to_owned()
}

fn five_seconds() -> i64 {
    5
}

fn vein_pattern() -> String {
    "VEIN_PATTERN".to_owned()
}

/// Whether the call takes effect before the fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum When {
    /// The fault strikes first; nothing happens at Wise.
    #[default]
    Before,
    /// Wise acts first, then the answer is lost, late or replaced.
    After,
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

fn once() -> u32 {
    1
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
    /// The call or its answer waits, in milliseconds.
    Delay(u64),
    /// The answer's body is cut in the middle.
    Cut,
    /// Another answer is sent.
    Replace(Box<Answer>),
    /// Another body of this size is sent.
    Flood(u64),
    /// The connection is reset.
    Reset,
}

impl Fault {
    /// The name in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ServerError => "serverError",
            Self::ServerErrorHtml => "serverErrorHtml",
            Self::Html => "html",
            Self::Slow { .. } => "slow",
            Self::Reset => "reset",
            Self::TruncatedJson => "truncatedJson",
            Self::HugeBody { .. } => "hugeBody",
            Self::Redirect { .. } => "redirect",
            Self::ExpiredToken => "expiredToken",
            Self::NotPermitted => "notPermitted",
            Self::NotFound => "notFound",
            Self::TooManyRequests { .. } => "tooManyRequests",
            Self::WrongKey => "wrongKey",
            Self::WeakKey => "weakKey",
            Self::KeyArray => "keyArray",
            Self::UnknownChallenge { .. } => "unknownChallenge",
        }
    }

    /// Whether the fault makes sense on this operation.
    pub(crate) fn fits(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::WrongKey | Self::WeakKey | Self::KeyArray => endpoint == Endpoint::PublicKey,
            Self::UnknownChallenge { .. } => endpoint.creates_one_time_token(),
            Self::ServerError
            | Self::ServerErrorHtml
            | Self::Html
            | Self::Slow { .. }
            | Self::Reset
            | Self::TruncatedJson
            | Self::HugeBody { .. }
            | Self::Redirect { .. }
            | Self::ExpiredToken
            | Self::NotPermitted
            | Self::NotFound
            | Self::TooManyRequests { .. } => true,
        }
    }

    /// What it does to a call to this path.
    pub(crate) fn effect(self, path: &str) -> Effect {
        let replace = |answer: Answer| Effect::Replace(Box::new(answer));
        match self {
            Self::ServerError => replace(Answer::unexpected()),
            Self::ServerErrorHtml => replace(Answer::html(StatusCode::INTERNAL_SERVER_ERROR, MAINTENANCE_PAGE)),
            Self::Html => replace(Answer::html(StatusCode::OK, MAINTENANCE_PAGE)),
            Self::Slow { milliseconds } => Effect::Delay(milliseconds),
            Self::Reset => Effect::Reset,
            Self::TruncatedJson => Effect::Cut,
            Self::HugeBody { bytes } => Effect::Flood(bytes),
            Self::Redirect { location } => replace(Answer::redirect(&location)),
            Self::ExpiredToken => replace(Answer::invalid_token()),
            Self::NotPermitted => replace(Answer::not_permitted()),
            Self::NotFound => replace(Answer::not_found(path)),
            Self::TooManyRequests { retry_after } => replace(Answer::too_many_requests(retry_after)),
            Self::WrongKey => Effect::Twist(Twist::WrongKey),
            Self::WeakKey => Effect::Twist(Twist::WeakKey),
            Self::KeyArray => Effect::Twist(Twist::KeyArray),
            Self::UnknownChallenge { challenge } => Effect::Twist(Twist::UnknownChallenge(challenge)),
        }
    }
}

/// The faults still to come, in the order they were scripted.
#[derive(Debug, Default)]
pub(crate) struct FaultScript {
    pending: Vec<ScriptedFault>,
}

impl FaultScript {
    /// Adds a fault behind the others.
    pub(crate) fn add(&mut self, fault: ScriptedFault) {
        if fault.times > 0 {
            self.pending.push(fault);
        }
    }

    /// The fault for this call, if one is due. One call meets at most one.
    pub(crate) fn take(&mut self, endpoint: Endpoint, user: Option<u64>) -> Option<(Fault, When)> {
        let at = self
            .pending
            .iter()
            .position(|fault| fault.endpoint == endpoint && (fault.user_id.is_none() || fault.user_id == user))?;
        let due = self.pending.get_mut(at)?;
        due.times = due.times.saturating_sub(1);
        let taken = (due.fault.clone(), due.when);
        if due.times == 0 {
            self.pending.remove(at);
        }
        Some(taken)
    }

    /// What is still to come.
    pub(crate) fn pending(&self) -> &[ScriptedFault] {
        &self.pending
    }

    /// Drops the faults of one customer, or all.
    pub(crate) fn clear(&mut self, user: Option<u64>) {
        match user {
            None => self.pending.clear(),
            Some(_) => self.pending.retain(|fault| fault.user_id != user),
        }
    }
}
