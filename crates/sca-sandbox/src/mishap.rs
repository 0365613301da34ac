//! What tests script to go wrong with a call, and how it is met.

use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::connection::CutOff;
use crate::spoiled::{broken, flood};

/// A web page where JSON was due.
pub(crate) const MAINTENANCE_PAGE: &str = "<!doctype html><html><head><title>503</title></head><body><h1>We will be back soon</h1>\
     <script>document.title = 'a page that must never run'</script></body></html>";

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(crate) enum Mishap {
    /// This status, with an error in the service's own shape.
    Status {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// A web page where JSON was due.
    Html {
        #[serde(default = "ok")]
        status: u16,
    },
    /// The call waits first, or its answer does.
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
    /// 429 with `Retry-After`, in seconds.
    TooManyRequests {
        #[serde(default = "five_seconds")]
        retry_after: u32,
    },
}

fn ok() -> u16 {
    200
}

fn fifty_mebibytes() -> u64 {
    50 * 1024 * 1024
}

fn elsewhere() -> String {
    "https://elsewhere.invalid/".to_owned()
}

fn five_seconds() -> u32 {
    5
}

/// Whether the call takes effect before the mishap strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum When {
    /// The mishap strikes first; nothing happens behind it.
    #[default]
    Before,
    /// The service acts first, then the answer is lost, late or replaced.
    After,
}

/// A mishap with its target, as posted to the control API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Scripted<E> {
    pub(crate) endpoint: E,
    /// Only calls that concern something that mentions this text; left out: any call.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub(crate) concerning: Option<String>,
    /// How many calls it strikes.
    #[serde(default = "once")]
    pub(crate) times: u32,
    #[serde(default)]
    pub(crate) when: When,
    pub(crate) fault: Mishap,
}

/// What a `times` that was left out means.
pub(crate) fn once() -> u32 {
    1
}

impl<E> Scripted<E> {
    /// Whether it strikes a call to an endpoint that is meant, about something that mentions this text.
    pub(crate) fn strikes(&self, meant: impl Fn(&E) -> bool, mentions: impl Fn(&str) -> bool) -> bool {
        meant(&self.endpoint) && self.concerning.as_deref().is_none_or(mentions)
    }
}

/// Something scripted that goes wrong a number of times.
pub(crate) trait Strike {
    type Fault;

    /// What goes wrong, and whether before or after the work.
    fn fault(&self) -> (Self::Fault, When);

    /// How often it still strikes.
    fn times(&mut self) -> &mut u32;
}

impl<E> Strike for Scripted<E> {
    type Fault = Mishap;

    fn fault(&self) -> (Mishap, When) {
        (self.fault.clone(), self.when)
    }

    fn times(&mut self) -> &mut u32 {
        &mut self.times
    }
}

/// What is still to go wrong, in the order it was scripted.
#[derive(Debug)]
pub(crate) struct Script<S> {
    pending: Vec<S>,
}

impl<S> Default for Script<S> {
    fn default() -> Self {
        Self { pending: Vec::new() }
    }
}

impl<S: Strike> Script<S> {
    /// Adds something behind the others.
    pub(crate) fn add(&mut self, mut scripted: S) {
        if *scripted.times() > 0 {
            self.pending.push(scripted);
        }
    }

    /// What goes wrong with this call, if something is due. One call meets at most one.
    pub(crate) fn take(&mut self, strikes: impl Fn(&S) -> bool) -> Option<(S::Fault, When)> {
        let at = self.pending.iter().position(strikes)?;
        let due = self.pending.get_mut(at)?;
        let times = due.times();
        *times = times.saturating_sub(1);
        let left = *times;
        let taken = due.fault();
        if left == 0 {
            self.pending.remove(at);
        }
        Some(taken)
    }

    /// What is still to come.
    pub(crate) fn pending(&self) -> &[S] {
        &self.pending
    }

    /// Drops all that is not kept.
    pub(crate) fn retain(&mut self, keep: impl Fn(&S) -> bool) {
        self.pending.retain(keep);
    }
}

impl Mishap {
    /// The name in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Html { .. } => "html",
            Self::Slow { .. } => "slow",
            Self::Reset => "reset",
            Self::TruncatedJson => "truncatedJson",
            Self::HugeBody { .. } => "hugeBody",
            Self::Redirect { .. } => "redirect",
            Self::TooManyRequests { .. } => "tooManyRequests",
        }
    }

    /// Whether the call does its work although the mishap strikes before.
    fn lets_work(&self) -> bool {
        match self {
            Self::Slow { .. } | Self::TruncatedJson => true,
            Self::Status { .. }
            | Self::Html { .. }
            | Self::Reset
            | Self::HugeBody { .. }
            | Self::Redirect { .. }
            | Self::TooManyRequests { .. } => false,
        }
    }
}

/// A service's own way of saying that something is wrong.
pub(crate) trait ErrorStyle {
    /// An error with this status; `code` when the test asked for one.
    fn error(&self, status: StatusCode, code: Option<&str>) -> Answer;

    /// 429, to be tried again after so many seconds.
    fn too_many(&self, retry_after: u32) -> Answer {
        too_many(self.error(StatusCode::TOO_MANY_REQUESTS, None), retry_after)
    }
}

/// Does the work of a call, unless the mishap prevents it, and sends the answer that the mishap leaves of it.
pub(crate) async fn meet(
    mishap: Option<(Mishap, When)>,
    extensions: &Extensions,
    style: &impl ErrorStyle,
    work: impl FnOnce() -> Answer,
) -> Response {
    let Some((mishap, when)) = mishap else {
        return work().into_response();
    };
    tracing::info!(fault = mishap.name(), ?when, "a scripted fault strikes");
    if let (Mishap::Slow { milliseconds }, When::Before) = (&mishap, when) {
        tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
    }
    let answer = if mishap.lets_work() || when == When::After {
        work()
    } else {
        Answer::empty(StatusCode::OK)
    };
    match mishap {
        Mishap::Slow { milliseconds } => {
            if when == When::After {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            answer.into_response()
        }
        Mishap::Status { status, code } => style.error(status_code(status), code.as_deref()).into_response(),
        Mishap::Html { status } => Answer::html(status_code(status), MAINTENANCE_PAGE).into_response(),
        Mishap::Reset => {
            if let Some(ConnectInfo(cut_off)) = extensions.get::<ConnectInfo<CutOff>>() {
                cut_off.pull();
            }
            answer.into_response_with(|_| broken())
        }
        Mishap::TruncatedJson => answer.cut().into_response(),
        Mishap::HugeBody { bytes } => Answer::html(StatusCode::OK, "").into_response_with(|_| flood(bytes)),
        Mishap::Redirect { location } => Answer::redirect(&location).into_response(),
        Mishap::TooManyRequests { retry_after } => style.too_many(retry_after).into_response(),
    }
}

/// The headers that come with a 429.
pub(crate) fn too_many(answer: Answer, retry_after: u32) -> Answer {
    let reset = jiff::Timestamp::now()
        .as_second()
        .saturating_add(i64::from(retry_after));
    answer
        .with_header(RETRY_AFTER, &retry_after.to_string())
        .with_header(HeaderName::from_static("x-ratelimit-limit"), "100")
        .with_header(HeaderName::from_static("x-ratelimit-remaining"), "0")
        .with_header(HeaderName::from_static("x-ratelimit-reset"), &reset.to_string())
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
