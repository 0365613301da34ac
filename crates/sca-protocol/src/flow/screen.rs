//! The screen that a flow shows.

use super::{
    camera::Camera,
    notice::Notice,
    state::{Flow, HostedPhase, Loading, PendingCheck, Phase, StartPurpose},
    transitions::delivery_by,
};
use crate::{
    Action, Availability, Factor, HostedChallenges, Outcome, PageFactors, SessionUrl, StepFailure, Timestamp,
    factor::Handling,
};

/// What the widget shows of the flow at one moment. All points in time are on the browser's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// What is being approved, once it is known. Shown above everything that takes a PIN or code.
    pub action: Option<Action>,
    /// The position of the open challenge, while there is one.
    pub position: Option<ChallengePosition>,
    /// When the approval ends.
    pub expires_at: Option<Timestamp>,
    /// What the customer can keep, once the approval is settled.
    pub receipt: Option<Receipt>,
    /// The question or the message.
    pub view: View,
    /// A message besides the view.
    pub notice: Option<Notice>,
    /// Whether one more failed attempt ends the approval. Shown whatever the notice is.
    pub last_entry: bool,
    /// Whether the customer can cancel here.
    pub can_cancel: bool,
}

/// How the customer and the partner find a settled approval again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The approval's id: what the customer names when they ask about it.
    pub number: String,
    /// When the backend settled it, by the server's clock; `None` if the flow ended without hearing that.
    pub settled_at: Option<Timestamp>,
}

/// "Step 1 of 2".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChallengePosition {
    /// Counted from one.
    pub number: u8,
    /// How many there are, if that is known.
    pub of: Option<u8>,
}

/// The question or the message of a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// The approval is being read.
    Loading,
    /// Asks which factor to use.
    Choose {
        /// The factors, the suggested one first.
        choices: Vec<Choice>,
        /// The factor that is being started.
        starting: Option<Factor>,
        /// Whether that factor only scans the customer's face so far, so that another one can be chosen instead.
        scanning: Option<PageFactors>,
        /// Until when nothing can be started.
        not_before: Option<Timestamp>,
    },
    /// Asks for the PIN.
    Pin {
        /// How many digits it has.
        digits: u8,
        /// Whether it is being submitted.
        submitting: bool,
        /// Until when nothing can be submitted.
        not_before: Option<Timestamp>,
        /// Whether the challenge can be cleared by another factor.
        other_factor: bool,
    },
    /// Asks for a code that was sent.
    Code {
        /// How it was sent.
        factor: Factor,
        /// The masked destination.
        destination: Option<String>,
        /// How many digits it has.
        digits: u8,
        /// Whether it is being submitted.
        submitting: bool,
        /// When another code can be requested; `None` if no more are sent for this approval.
        resend_at: Option<Timestamp>,
        /// Until when the code is accepted, if that is known.
        expires_at: Option<Timestamp>,
        /// Whether another code is being sent.
        resending: bool,
        /// Until when nothing can be submitted.
        not_before: Option<Timestamp>,
        /// Whether the challenge can be cleared by another factor.
        other_factor: bool,
    },
    /// Asks the customer to answer the request on their phone.
    Phone {
        /// How it was sent.
        factor: Factor,
        /// Until when it can be answered, if that is known. After that the flow polls the backend for its result.
        expires_at: Option<Timestamp>,
        /// The factor whose code can replace it: choosing this factor sends one. The request can still be answered.
        code_instead: Option<Factor>,
        /// Whether the challenge can be cleared by yet another factor.
        other_factor: bool,
    },
    /// A challenge that a page of the provider carries out.
    Hosted {
        /// What is known about the camera.
        camera: Camera,
        /// The stage it is in.
        stage: HostedStage,
        /// Why the last attempt failed; only while explaining.
        step_failure: Option<StepFailure>,
        /// Whether the challenge can be cleared by another factor.
        other_factor: bool,
        /// Only a build that shows hosted challenges has such a view.
        here: HostedChallenges,
    },
    /// The flow polls the backend, after an answer was lost or while the backend decides.
    Checking,
    /// The server cannot be reached.
    Unreachable,
    /// This widget cannot carry out any factor of the challenge.
    CannotBeDoneHere,
    /// The approval is being cancelled at the backend.
    Cancelling,
    /// It is over.
    Done(Outcome),
}

/// The stage of a hosted challenge. The frame exists only while [`Shown`](Self::Shown).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostedStage {
    /// The widget explains the challenge and asks the customer to begin. No camera and no session is opened before they do.
    Explaining {
        /// Until when the customer cannot begin.
        not_before: Option<Timestamp>,
    },
    /// The session is being opened.
    Opening,
    /// The provider's page is in the frame.
    Shown {
        /// The page's URL. Constant while the frame is shown.
        url: SessionUrl,
        /// Whether the page has not loaded in time.
        late: bool,
    },
    /// The provider's page is open in another tab, or can be opened there by a link.
    Elsewhere {
        /// The page.
        url: SessionUrl,
    },
}

/// One factor of a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The factor.
    pub factor: Factor,
    /// Whether it can be chosen. If not, [`availability`](Self::availability) says why, or this widget does not support it.
    pub usable: bool,
    /// The availability that the provider reports.
    pub availability: Availability,
}

/// How many digits a PIN has by default (Wise: four).
pub(super) const PIN_DIGITS: u8 = 4;
/// How many digits a code has by default.
pub(super) const CODE_DIGITS: u8 = 6;

impl Flow {
    /// The screen to show now.
    #[must_use]
    pub fn screen(&self) -> Screen {
        let settled = self.is_settled();
        Screen {
            action: if settled {
                self.action.clone()
            } else {
                self.approval.as_ref().and_then(|approval| approval.action.clone())
            },
            position: if settled { None } else { self.position() },
            expires_at: if settled { None } else { self.expires_at() },
            receipt: self.approval.as_ref().filter(|_| settled).map(|approval| Receipt {
                number: approval.id.clone(),
                settled_at: approval.settled_at,
            }),
            view: self.view(),
            notice: self.notice.clone(),
            last_entry: !settled
                && self
                    .approval
                    .as_ref()
                    .is_some_and(|approval| approval.attempts_left == Some(1)),
            can_cancel: !settled && !self.is_stopping(),
        }
    }

    fn position(&self) -> Option<ChallengePosition> {
        let approval = self.approval.as_ref()?;
        let required = approval.challenges.iter().filter(|challenge| challenge.required);
        let passed = required.clone().filter(|challenge| challenge.passed).count();
        let open = approval.open_challenge()?;
        let listed = u8::try_from(required.count()).ok();
        let of = approval
            .steps
            .or(listed.filter(|count| *count > 1 && open.is_open() && passed == 0));
        if of == Some(1) {
            // A single challenge needs no number.
            return None;
        }
        let number = u8::try_from(passed).ok()?.checked_add(1)?;
        Some(ChallengePosition {
            number,
            of: of.filter(|of| *of >= number),
        })
    }

    fn view(&self) -> View {
        match &self.phase {
            Phase::New | Phase::Opening { .. } => View::Loading,
            Phase::Choosing { challenge_id } => self.choose_view(challenge_id, None),
            Phase::Scanning { challenge_id, .. } => self.choose_view(challenge_id, Some(Factor::FaceScan)),
            Phase::Starting {
                challenge_id,
                factor,
                purpose,
                ..
            } => match purpose {
                StartPurpose::First => self.choose_view(challenge_id, Some(factor.clone())),
                StartPurpose::Another => self.entry_view(challenge_id, factor, false, true),
                StartPurpose::Frame(here) | StartPurpose::OtherTab(here) => {
                    self.hosted_view(challenge_id, factor, HostedStage::Opening, *here)
                }
            },
            Phase::Hosted {
                challenge_id,
                factor,
                stage,
                here,
            } => {
                let stage = match stage {
                    HostedPhase::Explaining => HostedStage::Explaining {
                        not_before: self.not_before,
                    },
                    HostedPhase::Shown { session, loading } => HostedStage::Shown {
                        url: session.url.clone(),
                        late: *loading == Loading::Late,
                    },
                    HostedPhase::Elsewhere { url } => HostedStage::Elsewhere { url: url.clone() },
                };
                self.hosted_view(challenge_id, factor, stage, *here)
            }
            Phase::Entering { challenge_id, factor } => self.entry_view(challenge_id, factor, false, false),
            Phase::Waiting { challenge_id, factor } => self.phone_view(challenge_id, factor),
            Phase::Submitting {
                challenge_id, factor, ..
            } => self.entry_view(challenge_id, factor, true, false),
            Phase::Cancelling { .. }
            | Phase::Checking {
                pending: PendingCheck::Cancel { .. },
                ..
            } => View::Cancelling,
            Phase::Checking { .. } | Phase::Settling => View::Checking,
            Phase::Unreachable => View::Unreachable,
            Phase::CannotBeDoneHere { .. } => View::CannotBeDoneHere,
            Phase::Done(outcome) => View::Done(outcome.clone()),
        }
    }

    fn choose_view(&self, challenge_id: &str, starting: Option<Factor>) -> View {
        let choices = self
            .approval
            .as_ref()
            .and_then(|approval| approval.challenge(challenge_id))
            .map(|challenge| {
                challenge
                    .options()
                    .map(|option| Choice {
                        factor: option.factor.clone(),
                        usable: self.is_usable(challenge, option),
                        availability: option.availability.clone(),
                    })
                    .collect()
            });
        View::Choose {
            choices: choices.unwrap_or_default(),
            starting,
            scanning: self.scan().map(|(_, here)| here),
            not_before: self.not_before,
        }
    }

    fn hosted_view(&self, challenge_id: &str, factor: &Factor, stage: HostedStage, here: HostedChallenges) -> View {
        let challenge = self.challenge_by_id(challenge_id);
        let is_explaining = matches!(stage, HostedStage::Explaining { .. });
        let step_failure = challenge
            .filter(|_| is_explaining)
            .and_then(|challenge| challenge.step_failure.clone());
        View::Hosted {
            camera: self.camera,
            // No other factor while the flow waits for the session to open.
            other_factor: !matches!(stage, HostedStage::Opening)
                && challenge.is_some_and(|challenge| self.has_other_factor(challenge, factor)),
            stage,
            step_failure,
            here,
        }
    }

    fn entry_view(&self, challenge_id: &str, factor: &Factor, submitting: bool, resending: bool) -> View {
        let challenge = self.challenge_by_id(challenge_id);
        let digits = challenge
            .and_then(|challenge| challenge.option(factor))
            .and_then(|option| option.digits);
        let other_factor = challenge.is_some_and(|challenge| self.has_other_factor(challenge, factor));
        let not_before = self.not_before;
        match factor.handling() {
            Handling::Secret => View::Pin {
                digits: digits.unwrap_or(PIN_DIGITS),
                submitting,
                not_before,
                other_factor,
            },
            Handling::Code => {
                let delivery = challenge.and_then(|challenge| delivery_by(challenge, factor));
                View::Code {
                    factor: factor.clone(),
                    destination: delivery.and_then(|delivery| delivery.destination.clone()),
                    digits: digits.unwrap_or(CODE_DIGITS),
                    submitting,
                    resend_at: self.resend_at(challenge_id, factor),
                    expires_at: delivery
                        .and_then(|delivery| delivery.expires_at)
                        .map(|end| self.local(end)),
                    resending,
                    not_before,
                    other_factor,
                }
            }
            Handling::Device(_) | Handling::FaceScan(_) => self.choose_view(challenge_id, Some(factor.clone())),
            Handling::Frame(_) | Handling::Phone | Handling::Unsupported => View::CannotBeDoneHere,
        }
    }
}
