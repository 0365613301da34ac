//! Translates between the words of the language and the types of the flow machine.

use std::fmt;

use sca_protocol::{
    self as protocol, Timestamp,
    api::{self, Verified},
    entry::{DigitEntry, Digits},
    flow as machine,
};
use serde_json::{Value, json};

use crate::{
    confirmation::{NoticeName, Refusal, ScreenPart, ViewName},
    contract::{self, Money, Outcome, OutcomeName},
    flow::{
        Action, Approval, Camera, Challenge, ChallengeNumber, CustomerAction, Effect, Event, FaceStage, Failure,
        Ignored, NoScan, Notice, Payment, Screen, Timer, View,
    },
};

/// A scenario with a value that no event can carry.
#[derive(Debug)]
pub struct Unplayable(String);

impl fmt::Display for Unplayable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unplayable {}

/// The clocks of a flow scenario, whose times count from the opening of the widget.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// The browser's clock when the widget was opened, in milliseconds.
    pub opened_at_ms: u64,
    /// How far the server's clock is behind the browser's, in milliseconds, so that a deadline on the wrong clock is noticed.
    pub server_behind_ms: u64,
}

impl Clocks {
    /// The browser's clock at a time of the scenario.
    #[must_use]
    pub fn browser(self, at_ms: u64) -> Timestamp {
        Timestamp(self.opened_at_ms.saturating_add(at_ms))
    }

    fn server(self, at_ms: u64) -> u64 {
        self.browser(at_ms).0.saturating_sub(self.server_behind_ms)
    }

    /// The scenario's time of a point in time on the browser's clock. A time before the opening has none, and gives a value that equals
    /// no time of a scenario.
    fn since_opening(self, time: Timestamp) -> u64 {
        time.0.checked_sub(self.opened_at_ms).unwrap_or(u64::MAX)
    }

    /// The machine's event for a scenario's event.
    ///
    /// # Errors
    /// When the scenario has a value that no event can carry, such as a code with letters.
    pub fn event(self, event: &Event, at_ms: u64) -> Result<machine::Event, Unplayable> {
        let call = |number: &u32| machine::Attempt(*number);
        let read = |approval: &Approval| self.approval(approval, at_ms);
        Ok(match event {
            Event::Opened => machine::Event::Opened,
            Event::Customer(action) => customer(action)?,
            Event::ApprovalRead { call: number, approval } => {
                machine::Event::ApprovalRead(call(number), read(approval)?)
            }
            Event::ReadFailed { call: number, failure } => machine::Event::ReadFailed(call(number), failed(failure)),
            Event::Started { call: number, approval } => machine::Event::Started(call(number), read(approval)?),
            Event::StartFailed { call: number, failure } => machine::Event::StartFailed(call(number), failed(failure)),
            Event::Verified {
                call: number,
                verdict,
                approval,
            } => machine::Event::Verified(
                call(number),
                Verified {
                    verdict: api::Verdict::from_name(verdict.as_str()),
                    relayed: None,
                    approval: read(approval)?,
                },
            ),
            Event::VerifyFailed { call: number, failure } => {
                machine::Event::VerifyFailed(call(number), failed(failure))
            }
            Event::DeviceKeyMissing { call: number } => {
                machine::Event::DeviceKeyMissing(call(number), protocol::PageFactors)
            }
            Event::FaceScanned { call: number } => machine::Event::FaceScanned(call(number), protocol::PageFactors),
            Event::FaceNotScanned { call: number, cause } => {
                let cause = match cause {
                    NoScan::Cancelled => machine::NoScan::Cancelled,
                    NoScan::Failed => machine::NoScan::Failed,
                };
                machine::Event::FaceNotScanned(call(number), cause, protocol::PageFactors)
            }
            Event::Cancelled { call: number, approval } => machine::Event::Cancelled(call(number), read(approval)?),
            Event::CancelFailed { call: number, failure } => {
                machine::Event::CancelFailed(call(number), failed(failure))
            }
            Event::ApprovalChanged(approval) => machine::Event::ApprovalChanged(read(approval)?),
            Event::ListeningEnded => machine::Event::ListeningEnded,
            Event::CameraPermission(camera) => machine::Event::CameraPermissionChanged(match camera {
                Camera::Unknown => machine::Camera::Unknown,
                Camera::Ready => machine::Camera::Ready,
                Camera::Refused => machine::Camera::Refused,
                Camera::BlockedByPolicy => machine::Camera::BlockedByPolicy,
                Camera::Missing => machine::Camera::Missing,
            }),
            Event::FrameLoaded => machine::Event::FrameLoaded,
            Event::FrameFinished => machine::Event::FrameFinished,
            Event::FrameLost => machine::Event::FrameLost,
            Event::TimerFired(timer) => machine::Event::WaitOver(match timer {
                Timer::Expiry => machine::Timer::Expiry,
                Timer::Poll => machine::Timer::Poll,
                Timer::Frame => machine::Timer::Frame,
                Timer::Request => machine::Timer::Request,
            }),
            Event::Resumed => machine::Event::Resumed,
        })
    }

    /// An approval in the backend's JSON, so that the scenario uses the widget's reader.
    fn approval(self, approval: &Approval, at_ms: u64) -> Result<protocol::Approval, Unplayable> {
        let challenges: Vec<Value> = (1_usize..)
            .zip(&approval.challenges)
            .map(|(number, challenge)| self.challenge(challenge, number, at_ms))
            .collect::<Result<_, _>>()?;
        let action = match &approval.action {
            Action::Statement => {
                json!({"statement": {"account": "EUR balance", "from": "2026-01-01", "to": "2026-01-31"}})
            }
            Action::Payments(payments) => json!({"payments": payments.iter().map(sent).collect::<Vec<_>>()}),
            Action::None => Value::Null,
        };
        let mut body = json!({
            "id": approval.id,
            "version": approval.version,
            "serverTime": self.server(at_ms),
            "expiresAt": self.server(approval.expires_at_ms),
            "status": approval.status.as_str(),
            "challenges": challenges,
        });
        let present = [
            ("action", action),
            ("reason", json!(approval.reason.as_ref().map(contract::Reason::as_str))),
            ("steps", json!(approval.challenge_count)),
            ("attemptsLeft", json!(approval.attempts_left)),
            ("browserKey", json!(approval.browser_key.then_some("key"))),
        ];
        insert_present(&mut body, present);
        serde_json::from_value(body).map_err(|error| Unplayable(format!("this is no approval: {error}")))
    }

    fn challenge(self, challenge: &Challenge, number: usize, at_ms: u64) -> Result<Value, Unplayable> {
        if let Some(stranger) = challenge
            .unavailable
            .iter()
            .find(|each| !challenge.factors.contains(&each.factor))
        {
            return Err(Unplayable(format!(
                "{} is unavailable, but is none of the challenge's factors",
                stranger.factor.as_str()
            )));
        }
        let mut options = challenge.factors.iter().map(|factor| {
            let unavailable = challenge.unavailable.iter().find(|each| each.factor == *factor);
            let availability = unavailable.map_or("available", |each| each.availability.as_str());
            let digits = if *factor == contract::Factor::Pin { 4 } else { 6 };
            json!({"factor": factor.as_str(), "availability": availability, "digits": digits})
        });
        let primary = options
            .next()
            .ok_or_else(|| Unplayable("a challenge without a factor".into()))?;
        let mut body = json!({
            "id": number.to_string(),
            "primary": primary,
            "alternatives": options.collect::<Vec<_>>(),
            "required": true,
            "passed": challenge.passed,
        });
        let delivery = challenge.delivery.as_ref().map(|delivery| {
            let mut body = json!({
                "factor": delivery.factor.as_str(),
                "destination": "*********8888",
                "resendAt": self.server(at_ms).saturating_add(delivery.resend_in_ms),
            });
            let end = delivery.expires_at_ms.map(|end| self.server(end));
            insert_present(&mut body, [("expiresAt", json!(end))]);
            body
        });
        let session = challenge.face_session.as_ref().map(|session| {
            json!({
                "url": session.url,
                "expiresAt": self.server(session.expires_at_ms),
                "ended": session.ended,
            })
        });
        let failure = challenge.step_failure.as_ref().map(contract::StepFailure::as_str);
        let present = [
            ("delivery", json!(delivery)),
            ("face", json!(session)),
            ("stepFailure", json!(failure)),
        ];
        insert_present(&mut body, present);
        Ok(body)
    }

    /// The machine's effects, in the language's words.
    #[must_use]
    pub fn effect(self, effect: &machine::Effect) -> Effect {
        match effect {
            machine::Effect::ReadApproval(attempt) => Effect::ReadApproval { call: attempt.0 },
            machine::Effect::Listen => Effect::Listen,
            machine::Effect::StopListening => Effect::StopListening,
            machine::Effect::StartFactor {
                attempt,
                challenge_id,
                factor,
            } => Effect::StartFactor {
                call: attempt.0,
                challenge: challenge_id.clone(),
                factor: factor_named(factor),
            },
            machine::Effect::SubmitPin {
                attempt, challenge_id, ..
            } => Effect::SubmitPin {
                call: attempt.0,
                challenge: challenge_id.clone(),
            },
            machine::Effect::SubmitDevice(submission) => Effect::SubmitDevice {
                call: submission.attempt.0,
                challenge: submission.challenge_id.clone(),
            },
            machine::Effect::SubmitFace(submission) => Effect::SubmitFace {
                call: submission.attempt.0,
                challenge: submission.challenge_id.clone(),
            },
            machine::Effect::SubmitCode {
                attempt,
                challenge_id,
                factor,
                ..
            } => Effect::SubmitCode {
                call: attempt.0,
                challenge: challenge_id.clone(),
                factor: factor_named(factor),
            },
            machine::Effect::QueryCameraPermission { origin, here: _ } => Effect::QueryCameraPermission {
                origin: origin.as_str().to_owned(),
            },
            machine::Effect::CancelApproval(attempt) => Effect::CancelApproval { call: attempt.0 },
            machine::Effect::DenyApproval(attempt) => Effect::DenyApproval { call: attempt.0 },
            machine::Effect::Abandon(attempt) => Effect::Abandon { call: attempt.0 },
            machine::Effect::Wait(timer, until) => Effect::StartTimer {
                timer: match timer {
                    machine::Timer::Expiry => Timer::Expiry,
                    machine::Timer::Poll => Timer::Poll,
                    machine::Timer::Frame => Timer::Frame,
                    machine::Timer::Request => Timer::Request,
                },
                until_ms: self.since_opening(*until),
            },
            machine::Effect::Settle(outcome) => Effect::Settle(outcome_of(outcome)),
        }
    }

    /// The complete screen, in the language's words.
    #[must_use]
    pub fn screen(self, screen: &machine::Screen) -> Screen {
        Screen {
            view: self.view(&screen.view),
            challenge: screen.position.map(|position| ChallengeNumber {
                number: position.number,
                of: position.of,
            }),
            notice: screen.notice.as_ref().map(|notice| self.notice(notice)),
        }
    }

    fn view(self, view: &machine::View) -> View {
        match view {
            machine::View::Loading => View::Loading,
            machine::View::Choose {
                choices,
                starting,
                scanning,
                ..
            } => View::Choose {
                scanning: scanning.is_some(),
                factors: choices.iter().map(|choice| factor_named(&choice.factor)).collect(),
                unusable: choices
                    .iter()
                    .filter(|choice| !choice.usable)
                    .map(|choice| factor_named(&choice.factor))
                    .collect(),
                starting: starting.as_ref().map(factor_named),
            },
            machine::View::Pin {
                digits,
                submitting,
                other_factor,
                ..
            } => View::Pin {
                digits: *digits,
                submitting: *submitting,
                other_factor: *other_factor,
            },
            machine::View::Code {
                factor,
                destination,
                digits,
                submitting,
                resend_at,
                expires_at,
                resending,
                other_factor,
                ..
            } => View::Code {
                factor: factor_named(factor),
                destination: destination.clone(),
                digits: *digits,
                resend_at_ms: resend_at.map(|time| self.since_opening(time)),
                expires_at_ms: expires_at.map(|end| self.since_opening(end)),
                submitting: *submitting,
                resending: *resending,
                other_factor: *other_factor,
            },
            machine::View::Phone {
                factor,
                expires_at,
                code_instead,
                other_factor,
            } => View::Phone {
                factor: factor_named(factor),
                expires_at_ms: expires_at.map(|end| self.since_opening(end)),
                code_instead: code_instead.as_ref().map(factor_named),
                other_factor: *other_factor,
            },
            machine::View::Hosted {
                camera,
                stage,
                step_failure,
                other_factor,
                here: _,
            } => self.face(*camera, stage, step_failure.as_ref(), *other_factor),
            machine::View::Checking => View::Checking,
            machine::View::Unreachable => View::Unreachable,
            machine::View::CannotBeDoneHere => View::CannotBeDoneHere,
            machine::View::Cancelling => View::Cancelling,
            machine::View::Done(outcome) => View::Done {
                outcome: outcome_of(outcome).outcome,
            },
        }
    }

    fn face(
        self,
        camera: machine::Camera,
        stage: &machine::HostedStage,
        failure: Option<&protocol::StepFailure>,
        other_factor: bool,
    ) -> View {
        let (stage, not_before) = match stage {
            machine::HostedStage::Explaining { not_before } => (FaceStage::Explaining, *not_before),
            machine::HostedStage::Opening => (FaceStage::Opening, None),
            machine::HostedStage::Shown { url, late } => {
                let url = url.as_str().to_owned();
                (FaceStage::Shown { url, late: *late }, None)
            }
            machine::HostedStage::Elsewhere { url } => {
                let url = url.as_str().to_owned();
                (FaceStage::Elsewhere { url }, None)
            }
        };
        View::Face {
            stage,
            not_before_ms: not_before.map(|until| self.since_opening(until)),
            camera: match camera {
                machine::Camera::Unknown => Camera::Unknown,
                machine::Camera::Ready => Camera::Ready,
                machine::Camera::Refused => Camera::Refused,
                machine::Camera::BlockedByPolicy => Camera::BlockedByPolicy,
                machine::Camera::Missing => Camera::Missing,
            },
            step_failure: failure.map(|failure| contract::StepFailure::named(failure.as_str())),
            other_factor,
        }
    }

    fn notice(self, notice: &machine::Notice) -> Notice {
        match notice {
            machine::Notice::Wrong { attempts_left } => Notice::Wrong {
                attempts_left: *attempts_left,
            },
            machine::Notice::CodeExpired => Notice::CodeExpired,
            machine::Notice::Blocked(factor) => Notice::Blocked(factor_named(factor)),
            machine::Notice::NotSetUp(factor) => Notice::NotSetUp(factor_named(factor)),
            machine::Notice::NotDelivered(factor) => Notice::NotDelivered(factor_named(factor)),
            machine::Notice::RequestExpired => Notice::RequestExpired,
            machine::Notice::Sent(factor) => Notice::Sent(factor_named(factor)),
            machine::Notice::NotReceived => Notice::NotReceived,
            machine::Notice::NoAnswer => Notice::NoAnswer,
            machine::Notice::NotFinished => Notice::NotFinished,
            machine::Notice::FrameLost => Notice::FrameLost,
            machine::Notice::FrameNotAllowed => Notice::FrameNotAllowed,
            machine::Notice::Wait { until } => Notice::Wait {
                until_ms: self.since_opening(*until),
            },
            machine::Notice::CannotEncrypt => Notice::CannotEncrypt,
            machine::Notice::Device(machine::DeviceNotice::KeyMissing(_)) => Notice::DeviceKeyMissing,
            machine::Notice::Device(machine::DeviceNotice::NotRecognised { attempts_left, .. }) => {
                Notice::DeviceNotRecognised {
                    attempts_left: *attempts_left,
                }
            }
            machine::Notice::FaceScan(machine::FaceNotice::NotScanned(_)) => Notice::FaceNotScanned,
            machine::Notice::FaceScan(machine::FaceNotice::NotRecognised { attempts_left, .. }) => {
                Notice::FaceNotRecognised {
                    attempts_left: *attempts_left,
                }
            }
            machine::Notice::OtherApproval => Notice::OtherApproval,
        }
    }
}

/// Why the machine ignored an event, in the language's words.
#[must_use]
pub fn ignored(why: machine::Ignored) -> Ignored {
    match why {
        machine::Ignored::Settled => Ignored::Settled,
        machine::Ignored::Superseded => Ignored::Superseded,
        machine::Ignored::OutOfDate => Ignored::OutOfDate,
        machine::Ignored::NotNow => Ignored::NotNow,
        machine::Ignored::TooEarly => Ignored::TooEarly,
        machine::Ignored::OtherApproval => Ignored::OtherApproval,
    }
}

/// The payments that a screen shows; `None` where it shows none.
#[must_use]
pub fn payments(screen: &machine::Screen) -> Option<Vec<Payment>> {
    let Some(protocol::Action::Payments(payments)) = &screen.action else {
        return None;
    };
    let shown = payments.as_slice().iter().map(|payment| Payment {
        payee: payment.payee.as_str().to_owned(),
        amount: Money {
            minor: payment.amount.minor(),
            currency: payment.amount.currency().as_str().to_owned(),
        },
    });
    Some(shown.collect())
}

/// How an approval ended, in the language's words.
#[must_use]
pub fn outcome_of(outcome: &protocol::Outcome) -> Outcome {
    Outcome {
        outcome: match outcome {
            protocol::Outcome::Approved => OutcomeName::Approved,
            protocol::Outcome::Declined(_) => OutcomeName::Declined,
            protocol::Outcome::Cancelled => OutcomeName::Cancelled,
            protocol::Outcome::Expired => OutcomeName::Expired,
            protocol::Outcome::Failed(_) => OutcomeName::Failed,
        },
        reason: outcome.reason().map(|reason| contract::Reason::named(reason.as_str())),
    }
}

/// Digits that a customer enters.
///
/// # Errors
/// When they are not digits, or empty.
pub fn digits(text: &str) -> Result<Digits, Unplayable> {
    let refused = || Unplayable(format!("{text:?} cannot be entered: it has to be digits"));
    let length = u8::try_from(text.len()).map_err(|_| refused())?;
    let mut entry = DigitEntry::new(length);
    entry.push(text).map_err(|_| refused())?;
    entry.take().ok_or_else(refused)
}

/// The contract's code for a refusal.
#[must_use]
pub fn refusal(refusal: Refusal) -> api::ProblemCode {
    match refusal {
        Refusal::NotFound => api::ProblemCode::NotFound,
        Refusal::NoPendingPayment => api::ProblemCode::NoPendingPayment,
        Refusal::FactorNotSetUp => api::ProblemCode::FactorNotSetUp,
    }
}

/// Whether a screen shows all that a confirmation scenario expects of it.
#[must_use]
pub fn shows(screen: &machine::Screen, part: &ScreenPart) -> bool {
    part.view.is_none_or(|view| asks(&screen.view, view))
        && part.notice.is_none_or(|notice| tells(screen.notice.as_ref(), notice))
        && part.last_attempt.is_none_or(|is_last| screen.last_entry == is_last)
        && part
            .no_more_codes
            .is_none_or(|is_said| is_said == matches!(screen.view, machine::View::Code { resend_at: None, .. }))
}

/// Whether a screen waits for an answer of the customer.
fn asks(view: &machine::View, wanted: ViewName) -> bool {
    match wanted {
        ViewName::Choose => matches!(view, machine::View::Choose { starting: None, .. }),
        ViewName::Code => matches!(view, machine::View::Code { submitting: false, .. }),
        ViewName::Phone => matches!(view, machine::View::Phone { .. }),
    }
}

fn tells(notice: Option<&machine::Notice>, wanted: NoticeName) -> bool {
    match wanted {
        NoticeName::Wrong => matches!(notice, Some(machine::Notice::Wrong { .. })),
        NoticeName::CodeExpired => notice == Some(&machine::Notice::CodeExpired),
        NoticeName::RequestExpired => notice == Some(&machine::Notice::RequestExpired),
        NoticeName::Sent => matches!(notice, Some(machine::Notice::Sent(_))),
        NoticeName::Wait => matches!(notice, Some(machine::Notice::Wait { .. })),
    }
}

fn customer(action: &CustomerAction) -> Result<machine::Event, Unplayable> {
    Ok(match action {
        CustomerAction::Choose(factor) => machine::Event::FactorChosen(protocol::Factor::from_name(factor.as_str())),
        CustomerAction::OtherFactor => machine::Event::OtherFactorWanted,
        CustomerAction::EnterPin(pin) => machine::Event::PinEntered(digits(pin)?),
        CustomerAction::EnterCode(code) => machine::Event::CodeEntered(digits(code)?),
        CustomerAction::Resend => machine::Event::ResendWanted,
        CustomerAction::Retry => machine::Event::RetryWanted,
        CustomerAction::Cancel => machine::Event::CancelWanted,
        CustomerAction::Deny => machine::Event::DenyWanted,
        CustomerAction::BeginFaceCheck => machine::Event::FrameWanted,
        CustomerAction::OpenFaceCheckElsewhere => machine::Event::TabWanted,
    })
}

fn failed(failure: &Failure) -> machine::Failure {
    match failure {
        Failure::NotSent => machine::Failure::NotSent,
        Failure::OutcomeUnknown => machine::Failure::OutcomeUnknown,
        Failure::NotYet { retry_after_ms } => machine::Failure::NotYet {
            retry_after: *retry_after_ms,
        },
        Failure::OutOfDate => machine::Failure::OutOfDate,
        Failure::OtherApproval => machine::Failure::OtherApproval,
        Failure::ShownMismatch => machine::Failure::ShownMismatch,
        Failure::AccessEnded => machine::Failure::AccessEnded,
        Failure::SessionEnded => machine::Failure::SessionEnded,
        Failure::CannotEncrypt => machine::Failure::CannotEncrypt,
    }
}

fn factor_named(factor: &protocol::Factor) -> contract::Factor {
    contract::Factor::named(factor.as_str())
}

/// A payment as the backend sends it.
fn sent(payment: &Payment) -> Value {
    json!({
        "payee": payment.payee,
        "amount": {"minor": payment.amount.minor, "currency": payment.amount.currency},
    })
}

/// Adds the members that have a value.
fn insert_present<const COUNT: usize>(body: &mut Value, members: [(&str, Value); COUNT]) {
    if let Value::Object(body) = body {
        body.extend(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
}
