//! Every screen in every state, without a flow behind it.

use sca_protocol::{
    Action, Availability, Currency, Factor, HostedChallenges, Money, Outcome, Payee, Payment, PlainText, Reason,
    SessionUrl, Statement, StepFailure, Timestamp,
    action::{Payees, Payments},
    flow::{Camera, ChallengePosition, Choice, HostedStage, Notice, Receipt, Screen, View},
};

/// The clock of all screens.
pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// One canned screen.
pub(crate) struct Canned {
    /// Its name, which also selects it in the page's URL.
    pub(crate) name: &'static str,
    /// The screen.
    pub(crate) screen: Screen,
}

/// All screens.
pub(crate) fn all() -> Vec<Canned> {
    let mut all = vec![canned(
        "loading",
        Screen {
            action: None,
            position: None,
            expires_at: None,
            ..screen(View::Loading)
        },
    )];
    all.extend(choosing());
    all.extend(pin());
    all.extend(code());
    all.extend(phone());
    all.extend(face());
    all.extend(waiting());
    all.extend(actions());
    all.extend(endings());
    all
}

fn choosing() -> Vec<Canned> {
    let factors = |starting, not_before| View::Choose {
        choices: vec![usable(Factor::Sms), usable(Factor::WhatsApp), usable(Factor::Voice)],
        starting,
        scanning: None,
        not_before,
    };
    let some_closed = View::Choose {
        choices: vec![
            usable(Factor::Sms),
            closed(Factor::Pin, Availability::Blocked),
            closed(Factor::WhatsApp, Availability::NotSetUp),
            closed(Factor::Device, Availability::CoolingOff),
            closed(Factor::Push, Availability::Available),
            closed(Factor::from_name("carrier-pigeon"), Availability::Available),
        ],
        starting: None,
        scanning: None,
        not_before: None,
    };
    let by_phone = || {
        screen(View::Choose {
            choices: vec![usable(Factor::Sms), usable(Factor::Push), usable(Factor::Biometric)],
            starting: None,
            scanning: None,
            not_before: None,
        })
    };
    vec![
        canned("choose, phone", by_phone()),
        canned(
            "choose, request not answered",
            with_notice(by_phone(), Notice::RequestExpired),
        ),
        canned(
            "choose, request not sent",
            with_notice(by_phone(), Notice::NotDelivered(Factor::Push)),
        ),
        canned("choose", second(screen(factors(None, None)))),
        canned("choose, sending", second(screen(factors(Some(Factor::Sms), None)))),
        canned("choose, some cannot be used", screen(some_closed)),
        canned(
            "choose, not delivered",
            with_notice(screen(factors(None, None)), Notice::NotDelivered(Factor::Sms)),
        ),
        canned(
            "choose, wait",
            with_notice(
                screen(factors(None, Some(NOW.plus_ms(12_000)))),
                Notice::Wait {
                    until: NOW.plus_ms(12_000),
                },
            ),
        ),
        canned(
            "choose, blocked",
            with_notice(screen(factors(None, None)), Notice::Blocked(Factor::Pin)),
        ),
    ]
}

fn pin() -> Vec<Canned> {
    let ask = |submitting, not_before, other_factor| {
        screen(View::Pin {
            digits: 4,
            submitting,
            not_before,
            other_factor,
        })
    };
    let wrong = |left| Notice::Wrong { attempts_left: left };
    vec![
        canned("pin", ask(false, None, false)),
        canned("pin, another way", ask(false, None, true)),
        canned("pin, confirming", ask(true, None, true)),
        canned("pin, wrong", with_notice(ask(false, None, false), wrong(None))),
        canned(
            "pin, 3 attempts left",
            with_notice(ask(false, None, false), wrong(Some(3))),
        ),
        canned(
            "pin, last attempt",
            with_notice(ask(false, None, false), wrong(Some(1))),
        ),
        canned(
            "pin, not received",
            with_notice(ask(false, None, false), Notice::NotReceived),
        ),
        canned("pin, no answer", with_notice(ask(false, None, false), Notice::NoAnswer)),
        canned(
            "pin, cannot encrypt",
            with_notice(ask(false, None, true), Notice::CannotEncrypt),
        ),
        canned(
            "pin, wait",
            with_notice(
                ask(false, Some(NOW.plus_ms(30_000)), false),
                Notice::Wait {
                    until: NOW.plus_ms(30_000),
                },
            ),
        ),
        canned(
            "pin, about to end",
            Screen {
                expires_at: Some(NOW.plus_ms(45_000)),
                ..ask(false, None, false)
            },
        ),
    ]
}

fn code() -> Vec<Canned> {
    let ask = |factor, destination: Option<&str>, digits, submitting, resend_in, resending| {
        second(screen(View::Code {
            factor,
            destination: destination.map(str::to_owned),
            digits,
            submitting,
            resend_at: Some(NOW.plus_ms(resend_in)),
            expires_at: Some(NOW.plus_ms(300_000)),
            resending,
            not_before: None,
            other_factor: true,
        }))
    };
    let sms =
        |submitting, resend_in, resending| ask(Factor::Sms, Some("*********8888"), 6, submitting, resend_in, resending);
    let wrong = |left| Notice::Wrong { attempts_left: left };
    vec![
        canned("code by SMS", sms(false, 25_000, false)),
        canned("code by SMS, can be sent again", sms(false, 0, false)),
        canned("code by SMS, soon too old", living(sms(false, 0, false), 25_000)),
        canned("code by SMS, has become too old", living(sms(false, 0, false), 0)),
        canned(
            "code by SMS, sent again, last attempt",
            Screen {
                last_entry: true,
                ..with_notice(sms(false, 15_000, false), Notice::Sent(Factor::Sms))
            },
        ),
        canned("code by SMS, no more codes", no_more(sms(false, 0, false))),
        canned("code by SMS, sending again", sms(false, 0, true)),
        canned(
            "code by SMS, sent again",
            with_notice(sms(false, 30_000, false), Notice::Sent(Factor::Sms)),
        ),
        canned("code by SMS, confirming", sms(true, 0, false)),
        canned("code by SMS, wrong", with_notice(sms(false, 0, false), wrong(Some(2)))),
        canned(
            "code by SMS, last attempt",
            with_notice(sms(false, 0, false), wrong(Some(1))),
        ),
        canned(
            "code by SMS, too old",
            with_notice(sms(false, 0, false), Notice::CodeExpired),
        ),
        canned(
            "code by SMS, not sent again",
            with_notice(sms(false, 0, false), Notice::NotDelivered(Factor::Sms)),
        ),
        canned(
            "code by WhatsApp",
            ask(Factor::WhatsApp, Some("*********8888"), 6, false, 150_000, false),
        ),
        canned("code by phone call", ask(Factor::Voice, None, 6, false, 25_000, false)),
        canned("code of 12 digits", ask(Factor::Sms, None, 12, false, 0, false)),
    ]
}

fn phone() -> Vec<Canned> {
    let wait = |factor, code_instead, other_factor| {
        screen(View::Phone {
            factor,
            expires_at: Some(NOW.plus_ms(300_000)),
            code_instead,
            other_factor,
        })
    };
    vec![
        canned("phone", wait(Factor::Push, Some(Factor::Sms), false)),
        canned(
            "phone, fingerprint or face",
            wait(Factor::Biometric, Some(Factor::Sms), true),
        ),
        canned("phone, no other way", wait(Factor::Push, None, false)),
        canned("phone, soon over", living(wait(Factor::Push, None, true), 25_000)),
        canned("phone, over", living(wait(Factor::Push, Some(Factor::Sms), false), 0)),
    ]
}

/// The same screen when no more codes are sent.
fn no_more(mut screen: Screen) -> Screen {
    if let View::Code { resend_at, .. } = &mut screen.view {
        *resend_at = None;
    }
    screen
}

/// The same screen with another time to live of the delivery.
fn living(mut screen: Screen, milliseconds: u64) -> Screen {
    if let View::Code { expires_at, .. } | View::Phone { expires_at, .. } = &mut screen.view {
        *expires_at = Some(NOW.plus_ms(milliseconds));
    }
    screen
}

fn face() -> Vec<Canned> {
    let explain = |camera, step_failure| wire(camera, HostedStage::Explaining { not_before: None }, step_failure);
    let url = || SessionUrl::new("https://session.facesign.ai?cs=cs00".to_owned());
    let shown = |late| wire(Camera::Ready, HostedStage::Shown { url: url(), late }, None);
    let not_before = Some(NOW.plus_ms(12_000));
    let troubles = [
        ("face, camera refused", Camera::Refused),
        ("face, camera blocked by the page", Camera::BlockedByPolicy),
        ("face, no camera", Camera::Missing),
    ];
    let step_failures = [
        ("face, not seen", StepFailure::NoFace),
        ("face, inconclusive", StepFailure::Inconclusive),
        ("face, code not delivered", StepFailure::CodeNotDelivered),
        ("face, abandoned", StepFailure::Abandoned),
        ("face, session expired", StepFailure::SessionExpired),
        ("face, unknown failure", StepFailure::from_name("eclipse")),
    ];
    let notices = [
        ("face, not finished", Notice::NotFinished),
        ("face, frame lost", Notice::FrameLost),
        ("face, not opened", Notice::NotDelivered(Factor::Face)),
        ("face, from an unknown address", Notice::FrameNotAllowed),
    ];
    let mut all = vec![
        canned("face", explain(Camera::Ready, None)),
        canned("face, another way", another_way(explain(Camera::Ready, None))),
        canned(
            "face, opening",
            another_way(wire(Camera::Ready, HostedStage::Opening, None)),
        ),
        canned(
            "face, wait",
            with_notice(
                wire(Camera::Ready, HostedStage::Explaining { not_before }, None),
                Notice::Wait {
                    until: NOW.plus_ms(12_000),
                },
            ),
        ),
    ];
    all.extend(troubles.map(|(name, camera)| canned(name, another_way(explain(camera, None)))));
    all.extend(step_failures.map(|(name, step_failure)| canned(name, explain(Camera::Ready, Some(step_failure)))));
    all.extend(notices.map(|(name, notice)| canned(name, with_notice(explain(Camera::Ready, None), notice))));
    all.extend([
        canned("face, shown", shown(false)),
        canned("face, shown, another way", another_way(shown(false))),
        canned("face, late", another_way(shown(true))),
        canned(
            "face, elsewhere",
            another_way(wire(Camera::Ready, HostedStage::Elsewhere { url: url() }, None)),
        ),
    ]);
    all
}

/// A transfer that waits for a face check.
fn wire(camera: Camera, stage: HostedStage, step_failure: Option<StepFailure>) -> Screen {
    let payment = Payment {
        account_tail: Some(text("7890")),
        reference: Some(text("Invoice 7")),
        ..payment(5_000_000, "USD", "Acme Corp")
    };
    Screen {
        action: Some(Action::Payments(Payments::new(vec![payment]).unwrap())),
        position: None,
        ..screen(View::Hosted {
            camera,
            stage,
            step_failure,
            other_factor: false,
            here: HostedChallenges,
        })
    }
}

fn another_way(mut screen: Screen) -> Screen {
    if let View::Hosted { other_factor, .. } = &mut screen.view {
        *other_factor = true;
    }
    screen
}

fn waiting() -> Vec<Canned> {
    vec![
        canned("checking", screen(View::Checking)),
        canned("unreachable", screen(View::Unreachable)),
        canned(
            "unreachable, another approval",
            with_notice(screen(View::Unreachable), Notice::OtherApproval),
        ),
        canned("cannot be done here", screen(View::CannotBeDoneHere)),
        canned(
            "cancelling",
            Screen {
                can_cancel: false,
                ..screen(View::Cancelling)
            },
        ),
    ]
}

/// All kinds of actions, above the same question.
fn actions() -> Vec<Canned> {
    let pin = |action| Screen {
        action: Some(action),
        ..screen(View::Pin {
            digits: 4,
            submitting: false,
            not_before: None,
            other_factor: false,
        })
    };
    let batch = |payments| Action::Payments(Payments::new(payments).unwrap());
    vec![
        canned(
            "statement",
            pin(Action::Statement(Statement {
                account: text("EUR balance"),
                from: text("2026-01-01"),
                to: text("2026-03-31"),
            })),
        ),
        canned(
            "payment, bare",
            pin(batch(vec![Payment {
                account_tail: None,
                reference: None,
                ..payment(5000, "JPY", "株式会社サンライズ商事")
            }])),
        ),
        canned(
            "payment, written the other way",
            pin(batch(vec![payment(1500, "KWD", "شركة النور للتجارة (Al Noor) 24")])),
        ),
        canned(
            "payment, long words",
            pin(batch(vec![payment(
                9_007_199_254_740_991,
                "IDR",
                "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. Kommanditgesellschaft auf Aktien",
            )])),
        ),
        canned(
            "2 payments",
            pin(batch(vec![
                payment(125_000, "EUR", "Brightside Studio GmbH"),
                payment(4999, "GBP", "Ada Lovelace"),
            ])),
        ),
        canned(
            "12 payments",
            pin(batch(
                (1..=12)
                    .map(|number| payment(number * 100_000, "EUR", "Brightside Studio GmbH"))
                    .collect(),
            )),
        ),
        canned(
            "12 payments, names of both directions",
            pin(batch(
                (1..=6)
                    .flat_map(|number| {
                        [
                            payment(number * 25_050, "EUR", "شركة النور للتجارة (Al Noor) 24"),
                            payment(
                                number * 1_999,
                                "GBP",
                                "Donaudampfschifffahrtselektrizitätengesellschaft",
                            ),
                        ]
                    })
                    .collect(),
            )),
        ),
        canned("1 payee", pin(payees(&["Acme Corp"]))),
        canned(
            "5 payees",
            pin(payees(&[
                "Acme Corp",
                "شركة النور",
                "Ada Lovelace",
                "株式会社サンライズ商事",
                "Brightside Studio GmbH",
            ])),
        ),
        canned(
            "no action known",
            Screen {
                action: None,
                ..pin(batch(vec![payment(1, "EUR", "A")]))
            },
        ),
    ]
}

fn endings() -> Vec<Canned> {
    let end = |name, outcome| {
        canned(
            name,
            Screen {
                position: None,
                expires_at: None,
                receipt: Some(Receipt {
                    number: "apr_0123456789abcdefghijkl".to_owned(),
                    settled_at: Some(NOW),
                }),
                can_cancel: false,
                ..screen(View::Done(outcome))
            },
        )
    };
    vec![
        end("approved", Outcome::Approved),
        end("declined", Outcome::Declined(None)),
        end(
            "declined, too many attempts",
            Outcome::Declined(Some(Reason::TooManyAttempts)),
        ),
        end("declined, blocked", Outcome::Declined(Some(Reason::FactorBlocked))),
        end("declined, refused", Outcome::Declined(Some(Reason::ProviderRefused))),
        end("declined, not theirs", Outcome::Declined(Some(Reason::Denied))),
        end("declined, unclear", Outcome::Declined(Some(Reason::Unclear))),
        end("declined, not verified", Outcome::Declined(Some(Reason::NotVerified))),
        end("declined, code failed", Outcome::Declined(Some(Reason::CodeFailed))),
        end("declined, changed", Outcome::Declined(Some(Reason::Changed))),
        end("cancelled", Outcome::Cancelled),
        end("expired", Outcome::Expired),
        end("failed", Outcome::Failed(None)),
        end("failed, not set up", Outcome::Failed(Some(Reason::FactorNotSetUp))),
        end("failed, too new", Outcome::Failed(Some(Reason::FactorCoolingOff))),
        end("failed, signed out", Outcome::Failed(Some(Reason::SessionEnded))),
        end(
            "failed, cannot be done here",
            Outcome::Failed(Some(Reason::Unsupported)),
        ),
        end("failed, unreachable", Outcome::Failed(Some(Reason::Unreachable))),
        end(
            "failed, unknown reason",
            Outcome::Failed(Some(Reason::from_name("moon-phase"))),
        ),
    ]
}

fn canned(name: &'static str, screen: Screen) -> Canned {
    Canned { name, screen }
}

/// A screen of the first of two challenges, above a payment.
fn screen(view: View) -> Screen {
    Screen {
        action: Some(Action::Payments(
            Payments::new(vec![payment(125_000, "EUR", "Brightside Studio GmbH")]).unwrap(),
        )),
        position: Some(ChallengePosition { number: 1, of: Some(2) }),
        expires_at: Some(NOW.plus_ms(600_000)),
        receipt: None,
        view,
        notice: None,
        last_entry: false,
        can_cancel: true,
    }
}

fn second(screen: Screen) -> Screen {
    Screen {
        position: Some(ChallengePosition { number: 2, of: Some(2) }),
        ..screen
    }
}

fn with_notice(screen: Screen, notice: Notice) -> Screen {
    Screen {
        notice: Some(notice),
        ..screen
    }
}

fn usable(factor: Factor) -> Choice {
    Choice {
        factor,
        usable: true,
        availability: Availability::Available,
    }
}

fn closed(factor: Factor, availability: Availability) -> Choice {
    Choice {
        factor,
        usable: false,
        availability,
    }
}

fn payment(minor: u64, currency: &str, payee: &str) -> Payment {
    Payment {
        amount: Money::new(minor, Currency::new(currency).unwrap()).unwrap(),
        payee: text(payee),
        account_tail: Some(text("4821")),
        reference: Some(text("Invoice 2026-114")),
    }
}

fn payees(names: &[&str]) -> Action {
    let payee = |name: &&str| Payee {
        name: text(name),
        account_tail: Some(text("7890")),
    };
    Action::Payees(Payees::new(names.iter().map(payee).collect()).unwrap())
}

fn text(text: &str) -> PlainText {
    PlainText::new(text).unwrap()
}
