//! Long random sequences of events, with unsolicited answers and snapshots that contradict each other. The search inside the
//! crate is exhaustive within bounds; these tests go far beyond them, at random.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use proptest::prelude::*;
use sca_protocol::{
    Action, Approval, Availability, BrowserKeyName, Challenge, Delivery, FaceSession, Factor, FactorOption, Outcome,
    PageFactors, PlainText, SessionUrl, Statement, Status, StepFailure, Timestamp,
    api::{Verdict, Verified},
    entry::{DigitEntry, Digits},
    face::{default_frame_origins, origin_of},
    factor::Handling,
    flow::{
        Attempt, Camera, DeviceSubmission, Effect, Event, FaceSubmission, Failure, Flow, HostedStage, Ignored, NoScan,
        Timer, View,
    },
};

const FACTORS: [&str; 8] = [
    "pin",
    "sms",
    "push",
    "face",
    "biometric",
    "device",
    "face-scan",
    "retina",
];
const PAGES: [&str; 4] = [
    "https://session.facesign.ai?cs=1",
    "https://session.facesign.ai/?cs=2",
    "https://session.facesign.ai.evil.example/?cs=1",
    "https://session.facesign.ai@evil.example/",
];
const STATUSES: [&str; 15] = [
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "pending",
    "approved",
    "declined",
    "cancelled",
    "expired",
    "failed",
    "splendid",
];
const VERDICTS: [&str; 7] = [
    "accepted",
    "refused",
    "blocked",
    "not-set-up",
    "code-expired",
    "key-stale",
    "splendid",
];

/// Numbers from which an event is made. They are small, so that ids and versions collide.
type Seed = [u8; 8];

fn pick<'a>(names: &[&'a str], number: u8) -> &'a str {
    names[usize::from(number) % names.len()]
}

fn approval(seed: Seed) -> Approval {
    let text = |text| PlainText::new(text).unwrap();
    let option = |number: u8| FactorOption {
        factor: Factor::from_name(pick(&FACTORS, number)),
        availability: Availability::from_name(pick(&["available", "available", "blocked", "misty"], number / 8)),
        digits: (!number.is_multiple_of(5)).then_some(4),
    };
    let challenges = (0..seed[2] % 4).map(|index| Challenge {
        id: (index % 3).to_string(),
        primary: option(seed[3].wrapping_add(index)),
        alternatives: vec![option(seed[4])],
        required: seed[5] & (1 << index) == 0,
        passed: seed[6] & (1 << index) != 0,
        delivery: (seed[7] & (1 << index) != 0).then(|| Delivery {
            factor: Factor::from_name(pick(&FACTORS, seed[3])),
            destination: None,
            resend_at: Timestamp(u64::from(seed[5]) * 1_000),
            expires_at: seed[6].is_multiple_of(2).then(|| Timestamp(u64::from(seed[4]) * 1_000)),
        }),
        face: (seed[3] & (4 << index) != 0).then(|| FaceSession {
            url: SessionUrl::new(pick(&PAGES, seed[4]).into()),
            expires_at: Timestamp(u64::from(seed[5]) * 3_000),
            ended: seed[6].is_multiple_of(5),
        }),
        step_failure: (seed[2] & 16 != 0)
            .then(|| StepFailure::from_name(pick(&["no-face", "misty", "request-expired"], seed[4]))),
    });
    Approval {
        id: "a".into(),
        version: u64::from(seed[0] % 64),
        server_time: Timestamp(u64::from(seed[1]) * 997),
        expires_at: Timestamp(u64::from(seed[1]) * 5_000),
        settled_at: (!seed[4].is_multiple_of(3)).then(|| Timestamp(u64::from(seed[4]) * 1_000)),
        status: Status::from_name(pick(&STATUSES, seed[6])),
        reason: None,
        action: (!seed[7].is_multiple_of(7)).then(|| {
            Action::Statement(Statement {
                account: text("EUR"),
                from: text("2026-01-01"),
                to: text("2026-01-31"),
            })
        }),
        challenges: challenges.collect(),
        steps: None,
        attempts_left: Some(seed[5]),
        browser_key: BrowserKeyName::new(|| (!seed[3].is_multiple_of(4)).then(|| "key".into())),
    }
}

fn digits(text: &str) -> Digits {
    let mut entry = DigitEntry::new(u8::try_from(text.len()).unwrap());
    entry.push(text).unwrap();
    entry.take().unwrap()
}

fn event(kind: u8, near: u32, seed: Seed) -> Event {
    let attempt = Attempt(near.saturating_sub(u32::from(seed[0] % 3)));
    let entered = if seed[0].is_multiple_of(3) { "123456" } else { "1234" };
    let failure = match seed[1] % 7 {
        0 => Failure::NotSent,
        1 => Failure::OutcomeUnknown,
        2 => Failure::NotYet {
            retry_after: u64::MAX - u64::from(seed[2]),
        },
        3 => Failure::NotYet {
            retry_after: u64::from(seed[2]),
        },
        4 => Failure::OutOfDate,
        5 => Failure::CannotEncrypt,
        _ => Failure::SessionEnded,
    };
    match kind % 34 {
        0 => Event::Opened,
        1 | 2 => Event::FactorChosen(Factor::from_name(pick(&FACTORS, seed[1]))),
        3 => Event::OtherFactorWanted,
        4 | 5 => Event::PinEntered(digits(entered)),
        6 | 7 => Event::CodeEntered(digits(entered)),
        8 => Event::ResendWanted,
        9 => Event::RetryWanted,
        10 if seed[1].is_multiple_of(16) => Event::DenyWanted,
        10 if seed[1].is_multiple_of(8) => Event::CancelWanted,
        10 | 11 => Event::ApprovalRead(attempt, approval(seed)),
        12 => Event::ReadFailed(attempt, failure),
        13 => Event::Started(attempt, approval(seed)),
        14 => Event::StartFailed(attempt, failure),
        15 => Event::Verified(
            attempt,
            Verified {
                verdict: Verdict::from_name(pick(&VERDICTS, seed[2])),
                relayed: None,
                approval: approval(seed),
            },
        ),
        16 => Event::VerifyFailed(attempt, failure),
        17 => Event::Cancelled(attempt, approval(seed)),
        18 => Event::CancelFailed(attempt, failure),
        19 => Event::ApprovalChanged(approval(seed)),
        20 => Event::WaitOver(match seed[0] % 4 {
            0 => Timer::Poll,
            1 => Timer::Expiry,
            2 => Timer::Request,
            _ => Timer::Frame,
        }),
        21 | 22 => Event::FrameWanted,
        23 => Event::TabWanted,
        24 => Event::CameraPermissionChanged(match seed[0] % 5 {
            0 => Camera::Unknown,
            1 => Camera::Ready,
            2 => Camera::Refused,
            3 => Camera::BlockedByPolicy,
            _ => Camera::Missing,
        }),
        25 => Event::FrameLoaded,
        26 => Event::FrameFinished,
        27 => Event::FrameLost,
        28 => PageFactors::HERE.map_or(Event::Resumed, |here| Event::DeviceKeyMissing(attempt, here)),
        29 | 30 => PageFactors::HERE.map_or(Event::Resumed, |here| Event::FaceScanned(attempt, here)),
        31 => PageFactors::HERE.map_or(Event::Resumed, |here| {
            let cause = if seed[0].is_multiple_of(2) {
                NoScan::Cancelled
            } else {
                NoScan::Failed
            };
            Event::FaceNotScanned(attempt, cause, here)
        }),
        _ => {
            if seed[0].is_multiple_of(2) {
                Event::ListeningEnded
            } else {
                Event::Resumed
            }
        }
    }
}

/// Whether an event brings a snapshot that is approved.
fn told_approved(event: &Event) -> bool {
    let read = if let Event::ApprovalRead(_, approval)
    | Event::Started(_, approval)
    | Event::Cancelled(_, approval)
    | Event::ApprovalChanged(approval) = event
    {
        Some(approval)
    } else if let Event::Verified(_, verified) = event {
        Some(&verified.approval)
    } else {
        None
    };
    read.is_some_and(|approval| approval.status == Status::Approved)
}

fn is_framed(flow: &Flow) -> bool {
    matches!(
        flow.screen().view,
        View::Hosted {
            stage: HostedStage::Shown { .. },
            ..
        }
    )
}

#[test]
fn ten_thousand_frame_messages_cause_one_poll() {
    let face = Challenge {
        id: "1".into(),
        primary: FactorOption {
            factor: Factor::Face,
            availability: Availability::Available,
            digits: None,
        },
        alternatives: Vec::new(),
        required: true,
        passed: false,
        delivery: None,
        face: Some(FaceSession {
            url: SessionUrl::new(PAGES[0].into()),
            expires_at: Timestamp(7_200_000),
            ended: false,
        }),
        step_failure: None,
    };
    let open = || Approval {
        challenges: vec![face.clone()],
        status: Status::Pending,
        server_time: Timestamp(0),
        expires_at: Timestamp(600_000),
        ..approval([1; 8])
    };
    let mut flow = Flow::new("a".into(), default_frame_origins());
    flow.handle(Event::Opened, Timestamp(0)).unwrap();
    flow.handle(Event::ApprovalRead(Attempt(1), open()), Timestamp(0))
        .unwrap();
    // A build without frames hands over to another one then, but not once the customer has cancelled.
    assert!(flow.offers_hosted_challenge());
    let mut cancelled = flow.clone();
    cancelled.handle(Event::CancelWanted, Timestamp(0)).unwrap();
    assert!(!cancelled.offers_hosted_challenge());
    flow.handle(Event::FrameWanted, Timestamp(0)).unwrap();
    flow.handle(Event::Started(Attempt(2), open()), Timestamp(0)).unwrap();
    assert!(is_framed(&flow));
    let mut looks = 0;
    for hint in 0..10_000 {
        let effects = flow
            .handle(Event::FrameFinished, Timestamp(hint / 10))
            .unwrap_or_default();
        looks += effects
            .iter()
            .filter(|effect| matches!(effect, Effect::ReadApproval(_)))
            .count();
        assert!(!is_framed(&flow) && !flow.is_settled());
    }
    assert_eq!(looks, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_order_of_events_breaks_the_flow(
        story in proptest::collection::vec((any::<u8>(), any::<Seed>(), 0..20_000_u64), 1..120)
    ) {
        let mut flow = Flow::new("a".into(), default_frame_origins()).with_face_capture(PageFactors::HERE);
        let mut now = 0;
        let mut last_attempt = 0;
        let mut entries: Vec<Attempt> = Vec::new();
        let mut approved_was_told = false;
        let mut asked_for_frame = false;
        let mut settled = false;
        flow.handle(Event::Opened, Timestamp(now)).unwrap();
        for (kind, seed, pause) in story {
            now += pause;
            let event = event(kind, last_attempt, seed);
            approved_was_told |= told_approved(&event);
            if let Event::Verified(attempt, _) | Event::VerifyFailed(attempt, _) | Event::DeviceKeyMissing(attempt, _) = &event {
                entries.retain(|entry| entry != attempt);
            }
            let scanned = if let Event::FaceScanned(attempt, _) = &event { Some(*attempt) } else { None };
            let begins = matches!(event, Event::FrameWanted);
            let before = flow.clone();
            let handled = flow.handle(event, Timestamp(now));
            let was_taken = handled.is_ok();
            match handled {
                Err(_) => prop_assert_eq!(&flow, &before),
                Ok(effects) => {
                    entries.extend(scanned);
                    prop_assert!(entries.len() <= 1, "two verification attempts in flight");
                    prop_assert!(!settled, "a settled flow accepted an event");
                    prop_assert!(!is_framed(&flow) || is_framed(&before) || asked_for_frame, "a frame that the customer did not ask for");
                    for effect in effects {
                        prop_assert!(!settled, "an effect came after the end");
                        if let Effect::SubmitPin { attempt, .. }
                            | Effect::SubmitDevice(DeviceSubmission { attempt, .. })
                            | Effect::SubmitCode { attempt, .. } = &effect
                        {
                            entries.push(*attempt);
                            prop_assert_eq!(entries.len(), 1, "two verification attempts in flight");
                            prop_assert!(flow.screen().action.is_some(), "a verification attempt without an action");
                        }
                        if let Effect::ReadApproval(attempt)
                            | Effect::CancelApproval(attempt)
                            | Effect::DenyApproval(attempt)
                            | Effect::StartFactor { attempt, .. }
                            | Effect::SubmitPin { attempt, .. }
                            | Effect::SubmitDevice(DeviceSubmission { attempt, .. })
                            | Effect::SubmitFace(FaceSubmission { attempt, .. })
                            | Effect::SubmitCode { attempt, .. } = &effect
                        {
                            prop_assert!(attempt.0 > last_attempt, "an attempt number was used twice");
                            last_attempt = attempt.0;
                        }
                        if let Effect::Abandon(attempt) = &effect {
                            entries.retain(|entry| entry != attempt);
                        }
                        if let Effect::Settle(outcome) = &effect {
                            settled = true;
                            prop_assert!(*outcome != Outcome::Approved || approved_was_told);
                        }
                    }
                }
            }
            prop_assert_eq!(flow.is_settled(), settled);
            let screen = flow.screen();
            prop_assert_eq!(matches!(screen.view, View::Done(_)), settled);
            prop_assert_eq!(screen.receipt.is_some(), settled && flow.approval_id().is_some());
            // A screen that is submitting asks for nothing.
            let asks = match &screen.view {
                View::Pin { submitting, .. } => !submitting,
                View::Code { submitting, resending, .. } => !submitting && !resending,
                View::Phone { .. } => true,
                View::Hosted { stage, .. } => *stage != HostedStage::Opening,
                View::Loading
                | View::Choose { .. }
                | View::Checking
                | View::Unreachable
                | View::CannotBeDoneHere
                | View::Cancelling
                | View::Done(_) => false,
            };
            prop_assert!(!asks || screen.action.is_some(), "a question without the action on the screen");
            if let View::Hosted {
                stage: HostedStage::Shown { url, .. } | HostedStage::Elsewhere { url },
                ..
            } = &screen.view
            {
                prop_assert_eq!(origin_of(url.as_str()), origin_of(PAGES[0]), "a page of an unlisted origin");
            }
            // The code offered instead of the phone is usable, and its factor is another one.
            if let View::Phone { factor, code_instead, other_factor, .. } = &screen.view {
                if let Some(code) = code_instead {
                    prop_assert!(code != factor && code.handling() == Handling::Code);
                    let chosen = flow.clone().handle(Event::FactorChosen(code.clone()), Timestamp(now));
                    prop_assert!(!matches!(chosen, Err(Ignored::NotNow)), "a code is offered that cannot be chosen");
                }
                let goes_back = flow.clone().handle(Event::OtherFactorWanted, Timestamp(now)).is_ok();
                prop_assert_eq!(goes_back, *other_factor || code_instead.is_some());
                prop_assert!(flow.clone().handle(Event::CodeEntered(digits("123456")), Timestamp(now)).is_err());
            }
            // A frame appears while its session is being opened; after that, only if the customer asks again.
            let is_coming = screen.view == View::Checking
                || matches!(
                    &screen.view,
                    View::Hosted {
                        stage: HostedStage::Opening,
                        ..
                    }
                );
            asked_for_frame = is_coming && (asked_for_frame || (begins && was_taken));
            let can_stop = !settled && screen.view != View::Cancelling;
            prop_assert_eq!(screen.can_cancel, can_stop);
            prop_assert_eq!(flow.clone().handle(Event::CancelWanted, Timestamp(now)).is_ok(), can_stop);
        }
    }
}
