//! A widget without a face: the flow, and its calls.

use std::{collections::VecDeque, sync::Arc};

use sca_protocol::{
    Approval, Outcome, Timestamp,
    api::{self, ProblemCode, Verified},
    face::default_frame_origins,
    flow::{Attempt, Effect, Event, Failure, Flow, Ignored, Screen, Timer},
};
use sca_runtime::clock::{Clock, ManualClock};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::{
    event_stream::EventStream,
    support::{Reply, Widget, dynamic_linking::digest_of, idempotency_key},
};

/// How far the browser's clock is ahead of the server's: a deadline that was counted on the wrong one shows.
const AHEAD: u64 = 3_600_000;

/// One page on which the approval is open.
pub(crate) struct Tab {
    widget: Widget,
    clock: Arc<ManualClock>,
    flow: Flow,
    timers: Vec<(Timer, Timestamp)>,
    event_stream: Option<EventStream>,
    end: Option<Outcome>,
}

impl Tab {
    pub(crate) async fn open(widget: &Widget, clock: &Arc<ManualClock>) -> Self {
        let mut tab = Self {
            widget: widget.clone(),
            clock: Arc::clone(clock),
            flow: Flow::new(widget.id.clone(), default_frame_origins()),
            timers: Vec::new(),
            event_stream: None,
            end: None,
        };
        tab.take(Event::Opened).await.unwrap();
        tab
    }

    pub(crate) fn screen(&self) -> Screen {
        self.flow.screen()
    }

    pub(crate) fn end(&self) -> Option<&Outcome> {
        self.end.as_ref()
    }

    fn now(&self) -> Timestamp {
        self.clock.now().plus_ms(AHEAD)
    }

    /// Lets time go by until then, in the browser and at the server.
    pub(crate) async fn wait_until(&mut self, time: Timestamp) {
        self.clock.advance(self.now().until(time));
        self.catch_up().await;
    }

    /// Applies the events of the backend and the timers that are due.
    pub(crate) async fn catch_up(&mut self) {
        while let Some(approval) = self.event_stream.as_mut().and_then(EventStream::next) {
            self.may_take(Event::ApprovalChanged(approval)).await;
        }
        let now = self.now();
        let (over, running) = self.timers.drain(..).partition(|(_, until)| *until <= now);
        self.timers = running;
        let over: Vec<(Timer, Timestamp)> = over;
        for (timer, _) in over {
            self.may_take(Event::WaitOver(timer)).await;
        }
    }

    async fn may_take(&mut self, event: Event) {
        // An event that does not belong here any more changes nothing.
        let _ = self.take(event).await;
    }

    /// Hands the flow an event and does what it wants done, until there is nothing left to do.
    pub(crate) async fn take(&mut self, event: Event) -> Result<(), Ignored> {
        let mut effects = VecDeque::from(self.flow.handle(event, self.now())?);
        while let Some(effect) = effects.pop_front() {
            if let Some(answer) = self.perform(effect).await {
                effects.extend(self.flow.handle(answer, self.now()).unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Option<Event> {
        let widget = &self.widget;
        match effect {
            Effect::ReadApproval(attempt) => {
                let reply = widget.get("").await;
                return Some(read(&reply, attempt, Event::ApprovalRead, Event::ReadFailed));
            }
            Effect::StartFactor {
                attempt,
                challenge_id,
                factor,
            } => {
                let body = api::write_start(&challenge_id, &factor);
                let body = with_shown(&widget.id, &self.flow, &body);
                let reply = widget.post_as(&idempotency_key(), api::START, &body).await;
                return Some(read::<Approval>(&reply, attempt, Event::Started, Event::StartFailed));
            }
            Effect::SubmitCode {
                attempt,
                challenge_id,
                factor,
                code,
            } => {
                let body = api::write_verify_code(&challenge_id, &factor, &code);
                let body = with_shown(&widget.id, &self.flow, &body);
                let reply = widget.post_as(&idempotency_key(), api::VERIFY, &body).await;
                return Some(read::<Verified>(&reply, attempt, Event::Verified, Event::VerifyFailed));
            }
            Effect::CancelApproval(attempt) => {
                let reply = widget.cancel().await;
                return Some(read(&reply, attempt, Event::Cancelled, Event::CancelFailed));
            }
            Effect::DenyApproval(attempt) => {
                let reply = widget.deny().await;
                return Some(read(&reply, attempt, Event::Cancelled, Event::CancelFailed));
            }
            Effect::SubmitPin { .. } | Effect::SubmitDevice(_) | Effect::SubmitFace(_) => {
                panic!("Weavr asks for no PIN, no device and no scan")
            }
            Effect::Listen => self.event_stream = Some(EventStream::listen(widget)),
            Effect::StopListening => self.event_stream = None,
            Effect::Wait(timer, until) => {
                self.timers.retain(|(armed, _)| *armed != timer);
                self.timers.push((timer, until));
            }
            Effect::Settle(outcome) => self.end = Some(outcome),
            // Every call here has been answered by the time that the next thing happens.
            Effect::Abandon(_) | Effect::QueryCameraPermission { .. } => {}
        }
        None
    }
}

fn with_shown(id: &str, flow: &Flow, body: &str) -> Zeroizing<String> {
    let screen = flow.on_screen().unwrap();
    api::write_shown(id, screen.version, &digest_of(&screen.text), body)
}

fn read<T: DeserializeOwned>(
    reply: &Reply,
    attempt: Attempt,
    done: fn(Attempt, T) -> Event,
    failed: fn(Attempt, Failure) -> Event,
) -> Event {
    if reply.status.is_success() {
        done(attempt, serde_json::from_value(reply.body.clone()).unwrap())
    } else {
        failed(attempt, failure(reply))
    }
}

/// What a refusal means, as the widget reads it.
fn failure(reply: &Reply) -> Failure {
    match ProblemCode::from_name(reply.code()) {
        ProblemCode::TooManyRequests => Failure::NotYet {
            retry_after: reply.body["retryAfter"].as_u64().unwrap() * 1_000,
        },
        ProblemCode::Unauthorized => Failure::AccessEnded,
        ProblemCode::ProviderSessionEnded => Failure::SessionEnded,
        ProblemCode::ApprovalSettled | ProblemCode::FactorNotAvailable | ProblemCode::RequestInProgress => {
            Failure::OutOfDate
        }
        ProblemCode::ShownMismatch => Failure::ShownMismatch,
        ProblemCode::TransferChanged
        | ProblemCode::StepUpRequired
        | ProblemCode::FactorCoolingOff
        | ProblemCode::EnrolmentLimitReached
        | ProblemCode::InvalidRequest
        | ProblemCode::IdempotencyKeyMissing
        | ProblemCode::OriginNotAllowed
        | ProblemCode::NotFound
        | ProblemCode::MethodNotAllowed
        | ProblemCode::RequestTimeout
        | ProblemCode::NoPendingPayment
        | ProblemCode::FactorNotSetUp
        | ProblemCode::PayloadTooLarge
        | ProblemCode::UnsupportedMediaType
        | ProblemCode::IdempotencyKeyReused
        | ProblemCode::Internal
        | ProblemCode::ProviderError
        | ProblemCode::ServiceUnavailable
        | ProblemCode::ProviderTimeout
        | ProblemCode::Other(_) => Failure::OutcomeUnknown,
    }
}
