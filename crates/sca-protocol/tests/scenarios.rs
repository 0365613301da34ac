//! Plays the files of `tests/scenarios/flow`: events in, effects and screens out, as data.
//!
//! A line of a file is an object with `at` (milliseconds since the flow was opened; it stays as it was where absent), one
//! event, and what is expected of it: `does` (the effects, in order), `shows` (the screen in short), `approves` (the payments
//! that it shows) or `ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::{fs, path::Path};

use sca_protocol::{
    Action, Approval, Factor, Timestamp,
    api::{Verdict, Verified},
    entry::DigitEntry,
    face::default_frame_origins,
    flow::{Attempt, Camera, Effect, Event, Failure, Flow, HostedStage, Notice, Screen, Timer, View},
};
use serde_json::{Value, json};

const OPENED_AT: u64 = 1_000_000;
/// How far the server's clock is behind, so that a deadline on the wrong clock shows.
const SERVER_BEHIND: u64 = 360_000;

fn factor_option(name: &str) -> Value {
    let (name, availability) = name.split_once('!').unwrap_or((name, "available"));
    let digits = if name == "pin" { 4 } else { 6 };
    json!({"factor": name, "availability": availability, "digits": digits})
}

/// Writes out an approval that a file tells in short: `steps` as lists of factors, how many there are in all (`of`), how
/// many are `passed`, what it `pays` (`Acme: 2500 EUR`; where nothing is said it is a statement), which code or request was `sent` and when it ends (`sentEnds`). The step that is open may have a `face` session (`open`, `ended`, or a URL) with
/// its end in `faceEnds`, and a `setback`.
fn approval(short: &Value, at: u64) -> Approval {
    let server_now = OPENED_AT + at - SERVER_BEHIND;
    let passed = short["passed"].as_u64().unwrap_or(0);
    let steps = short["steps"].as_array().cloned().unwrap_or_default();
    let mut challenges: Vec<Value> = Vec::new();
    for (step, number) in steps.iter().zip(0..) {
        let mut options = step.as_str().unwrap().split(' ').map(factor_option);
        let mut challenge = json!({
            "id": (number + 1).to_string(),
            "primary": options.next().unwrap(),
            "alternatives": options.collect::<Vec<_>>(),
            "required": true,
            "passed": number < passed,
        });
        if let (Some(sent), true) = (short["sent"].as_str(), number == passed) {
            challenge["delivery"] = json!({
                "factor": sent,
                "destination": "*********8888",
                "resendAt": server_now + short["resendIn"].as_u64().unwrap_or(30_000),
            });
            if let Some(end) = short["sentEnds"].as_u64() {
                challenge["delivery"]["expiresAt"] = json!(OPENED_AT - SERVER_BEHIND + end);
            }
        }
        if let (Some(session), true) = (short["face"].as_str(), number == passed) {
            let end = short["faceEnds"].as_u64().unwrap_or(7_200_000);
            challenge["face"] = json!({
                "url": if session.starts_with("http") { session } else { "https://session.facesign.ai?cs=cs01" },
                "expiresAt": OPENED_AT - SERVER_BEHIND + end,
                "ended": session == "ended",
            });
        }
        if let (Some(setback), true) = (short["setback"].as_str(), number == passed) {
            challenge["setback"] = json!(setback);
        }
        challenges.push(challenge);
    }
    let mut whole = json!({
        "id": short["id"].as_str().unwrap_or("apr_1"),
        "version": short["version"].as_u64().unwrap(),
        "serverTime": server_now,
        "expiresAt": OPENED_AT - SERVER_BEHIND + short["expiresAt"].as_u64().unwrap_or(900_000),
        "status": short["status"].as_str().unwrap_or("pending"),
        "challenges": challenges,
    });
    if let Some(payees) = short["pays"].as_array() {
        let payments = payees.iter().map(|payee| {
            let (payee, amount) = payee.as_str().unwrap().split_once(": ").unwrap();
            let (minor, currency) = amount.split_once(' ').unwrap();
            json!({"payee": payee, "amount": {"minor": minor.parse::<u64>().unwrap(), "currency": currency}})
        });
        whole["action"] = json!({"payments": payments.collect::<Vec<_>>()});
    } else if short["action"] != json!(false) {
        whole["action"] = json!({"statement": {"account": "EUR balance", "from": "2026-01-01", "to": "2026-01-31"}});
    }
    for (name, member) in [("reason", "reason"), ("attemptsLeft", "attemptsLeft"), ("of", "steps")] {
        if !short[name].is_null() {
            whole[member] = short[name].clone();
        }
    }
    serde_json::from_value(whole).unwrap()
}

fn failure(why: &Value) -> Failure {
    match why.as_str().unwrap() {
        "not-sent" => Failure::NotSent,
        "outcome-unknown" => Failure::OutcomeUnknown,
        "out-of-date" => Failure::OutOfDate,
        "shown-mismatch" => Failure::ShownMismatch,
        "access-ended" => Failure::AccessEnded,
        "session-ended" => Failure::SessionEnded,
        "cannot-encrypt" => Failure::CannotEncrypt,
        other => Failure::NotYet {
            retry_after: other.strip_prefix("not-yet ").unwrap().parse().unwrap(),
        },
    }
}

fn event(line: &Value, at: u64) -> Event {
    if let Some(words) = line["event"].as_str() {
        let (word, rest) = words.split_once(' ').unwrap_or((words, ""));
        let digits = || {
            let mut entry = DigitEntry::new(u8::try_from(rest.len()).unwrap());
            entry.push(rest).unwrap();
            entry.take().unwrap()
        };
        return match word {
            "opened" => Event::Opened,
            "chosen" => Event::FactorChosen(Factor::from_name(rest)),
            "other-way" => Event::OtherFactorWanted,
            "pin" => Event::PinEntered(digits()),
            "code" => Event::CodeEntered(digits()),
            "resend" => Event::ResendWanted,
            "retry" => Event::RetryWanted,
            "begun" => Event::FrameWanted,
            "elsewhere" => Event::TabWanted,
            "camera" => Event::CameraPermissionChanged(match rest {
                "unknown" => Camera::Unknown,
                "ready" => Camera::Ready,
                "refused" => Camera::Refused,
                "blocked" => Camera::BlockedByPolicy,
                other => {
                    assert_eq!(other, "missing");
                    Camera::Missing
                }
            }),
            "loaded" => Event::FrameLoaded,
            "finished" => Event::FrameFinished,
            "frame-lost" => Event::FrameLost,
            "frame-due" => Event::WaitOver(Timer::Frame),
            "cancel" => Event::CancelWanted,
            "listening-ended" => Event::ListeningEnded,
            "look-due" => Event::WaitOver(Timer::Poll),
            "request-due" => Event::WaitOver(Timer::Request),
            "expiry-due" => Event::WaitOver(Timer::Expiry),
            "resumed" => Event::Resumed,
            other => panic!("no event is called {other}"),
        };
    }
    let attempt = || Attempt(u32::try_from(line["attempt"].as_u64().unwrap()).unwrap());
    let told = || approval(&line["approval"], at);
    let why = || failure(&line["why"]);
    match line["answer"].as_str().unwrap() {
        "read" => Event::ApprovalRead(attempt(), told()),
        "read-failed" => Event::ReadFailed(attempt(), why()),
        "started" => Event::Started(attempt(), told()),
        "start-failed" => Event::StartFailed(attempt(), why()),
        "verified" => {
            let verdict = Verdict::from_name(line["verdict"].as_str().unwrap());
            Event::Verified(
                attempt(),
                Verified {
                    verdict,
                    relayed: None,
                    approval: told(),
                },
            )
        }
        "verify-failed" => Event::VerifyFailed(attempt(), why()),
        "cancelled" => Event::Cancelled(attempt(), told()),
        "cancel-failed" => Event::CancelFailed(attempt(), why()),
        "changed" => Event::ApprovalChanged(told()),
        other => panic!("no answer is called {other}"),
    }
}

/// Milliseconds since the flow was opened.
fn since(time: &Timestamp) -> i128 {
    i128::from(time.0) - i128::from(OPENED_AT)
}

fn in_words(effect: &Effect) -> String {
    match effect {
        Effect::ReadApproval(attempt) => format!("read {}", attempt.0),
        Effect::Listen => "listen".into(),
        Effect::StopListening => "stop-listening".into(),
        Effect::StartFactor {
            attempt,
            challenge_id,
            factor,
            ..
        } => {
            format!("start {} {challenge_id} {}", attempt.0, factor.as_str())
        }
        Effect::SubmitPin {
            attempt, challenge_id, ..
        } => format!("submit-pin {} {challenge_id}", attempt.0),
        Effect::SubmitCode {
            attempt,
            challenge_id,
            factor,
            ..
        } => {
            format!("submit-code {} {challenge_id} {}", attempt.0, factor.as_str())
        }
        Effect::QueryCameraPermission { origin } => format!("look-at-camera {}", origin.as_str()),
        Effect::CancelApproval(attempt) => format!("cancel {}", attempt.0),
        Effect::Abandon(attempt) => format!("abandon {}", attempt.0),
        Effect::Wait(Timer::Expiry, until) => format!("expiry-at {}", since(until)),
        Effect::Wait(Timer::Frame, until) => format!("frame-at {}", since(until)),
        Effect::Wait(Timer::Request, until) => format!("request-at {}", since(until)),
        Effect::Wait(Timer::Poll, until) => format!("look-at {}", since(until)),
        Effect::Settle(outcome) => match outcome.reason() {
            Some(reason) => format!("settle {} {}", outcome.as_str(), reason.as_str()),
            None => format!("settle {}", outcome.as_str()),
        },
    }
}

fn shown(screen: &Screen) -> String {
    let mut words = vec![match &screen.view {
        View::Loading => "loading".to_owned(),
        View::Choose { choices, starting, .. } => {
            let names = choices.iter().map(|choice| {
                let mark = if choice.usable { "" } else { "!" };
                format!("{mark}{}", choice.factor.as_str())
            });
            let starting = starting.iter().map(|factor| format!("starting-{}", factor.as_str()));
            std::iter::once("choose".to_owned())
                .chain(names)
                .chain(starting)
                .collect::<Vec<_>>()
                .join(" ")
        }
        View::Pin {
            digits,
            submitting,
            other_factor,
            ..
        } => {
            format!(
                "pin {digits}{}{}",
                word(*submitting, " submitting"),
                word(*other_factor, " other-way")
            )
        }
        View::Code {
            factor,
            destination,
            digits,
            submitting,
            resend_at,
            resending,
            expires_at,
            other_factor,
            ..
        } => format!(
            "code {} {} {digits} resend-at {}{}{}{}{}",
            factor.as_str(),
            destination.as_deref().unwrap_or("?"),
            since(resend_at),
            expires_at
                .map(|end| format!(" expires-at {}", since(&end)))
                .unwrap_or_default(),
            word(*submitting, " submitting"),
            word(*resending, " resending"),
            word(*other_factor, " other-way"),
        ),
        View::Phone {
            factor,
            expires_at,
            code_instead,
            other_factor,
        } => format!(
            "phone {}{}{}{}",
            factor.as_str(),
            expires_at
                .map(|end| format!(" expires-at {}", since(&end)))
                .unwrap_or_default(),
            code_instead
                .as_ref()
                .map(|code| format!(" instead-{}", code.as_str()))
                .unwrap_or_default(),
            word(*other_factor, " other-way"),
        ),
        View::Hosted {
            camera,
            stage,
            setback,
            other_factor,
        } => {
            let stage = match stage {
                HostedStage::Explaining { not_before: None } => "explaining".to_owned(),
                HostedStage::Explaining {
                    not_before: Some(until),
                } => format!("explaining not-before {}", since(until)),
                HostedStage::Opening => "opening".to_owned(),
                HostedStage::Shown { url, late } => format!("shown {}{}", url.as_str(), word(*late, " late")),
                HostedStage::Elsewhere { url } => format!("elsewhere {}", url.as_str()),
            };
            let camera = match camera {
                Camera::Unknown => "",
                Camera::Ready => " camera-ready",
                Camera::Refused => " camera-refused",
                Camera::BlockedByPolicy => " camera-blocked",
                Camera::Missing => " camera-missing",
            };
            let setback = setback.iter().map(|setback| format!(" after {}", setback.as_str()));
            let setback: String = setback.collect();
            format!("face {stage}{camera}{setback}{}", word(*other_factor, " other-way"))
        }
        View::Checking => "checking".into(),
        View::Unreachable => "unreachable".into(),
        View::CannotBeDoneHere => "cannot-be-done-here".into(),
        View::Cancelling => "cancelling".into(),
        View::Done(outcome) => format!("done {}", outcome.as_str()),
    }];
    if let Some(position) = screen.position {
        words.push(match position.of {
            Some(of) => format!("step {} of {of}", position.number),
            None => format!("step {}", position.number),
        });
    }
    words.extend(screen.notice.as_ref().map(|notice| match notice {
        Notice::Wrong {
            attempts_left: Some(left),
        } => format!("wrong, {left} left"),
        Notice::Wrong { attempts_left: None } => "wrong".into(),
        Notice::CodeExpired => "code expired".into(),
        Notice::Blocked(factor) => format!("blocked {}", factor.as_str()),
        Notice::NotSetUp(factor) => format!("not set up {}", factor.as_str()),
        Notice::NotDelivered(factor) => format!("not delivered {}", factor.as_str()),
        Notice::RequestExpired => "request expired".into(),
        Notice::Sent(factor) => format!("sent {}", factor.as_str()),
        Notice::NotReceived => "not received".into(),
        Notice::NotFinished => "not finished".into(),
        Notice::FrameLost => "frame lost".into(),
        Notice::FrameNotAllowed => "frame not allowed".into(),
        Notice::Wait { until } => format!("wait until {}", since(until)),
        Notice::CannotEncrypt => "cannot encrypt".into(),
        Notice::OtherApproval => "other approval".into(),
    }));
    words.join("; ")
}

/// The payments that the screen shows.
fn approving(screen: &Screen) -> Value {
    let Some(Action::Payments(payments)) = &screen.action else {
        panic!("no payments are shown")
    };
    let payments = payments.as_slice().iter();
    let shown = payments.map(|payment| {
        let (payee, amount) = (payment.payee.as_str(), payment.amount);
        format!("{payee}: {} {}", amount.minor(), amount.currency().as_str())
    });
    json!(shown.collect::<Vec<_>>())
}

fn word(yes: bool, word: &'static str) -> &'static str {
    if yes { word } else { "" }
}

fn play(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut flow = Flow::new("apr_1".into(), default_frame_origins());
    let mut at = 0;
    for (number, line) in lines.iter().enumerate() {
        at = line["at"].as_u64().unwrap_or(at);
        let place = format!("{name}, line {}", number + 1);
        let before = flow.clone();
        match flow.handle(event(line, at), Timestamp(OPENED_AT + at)) {
            Ok(effects) => {
                assert!(line["ignored"].is_null(), "{place}: was not ignored");
                let done: Vec<String> = effects.iter().map(in_words).collect();
                assert_eq!(json!(done), line["does"], "{place}");
            }
            Err(ignored) => {
                assert_eq!(line["ignored"], json!(format!("{ignored:?}")), "{place}");
                assert_eq!(flow, before, "{place}: an ignored event changed the flow");
            }
        }
        if !line["approves"].is_null() {
            assert_eq!(approving(&flow.screen()), line["approves"], "{place}");
        }
        if let Some(expected) = line["shows"].as_str() {
            assert_eq!(shown(&flow.screen()), expected, "{place}");
        }
    }
    assert!(flow.is_settled(), "{name}: the story has no end");
}

#[test]
fn every_scenario_plays_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios/flow");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 10, "only {} scenarios were found", paths.len());
    paths.iter().for_each(|path| play(path));
}
