//! A backend of a few states.

use super::{
    EXPIRY, RESEND, START,
    parties::{HostedProvider, Phone},
};
use crate::{
    Action, Approval, Availability, BrowserKeyName, Challenge, Delivery, Factor, FactorOption, PlainText, Statement,
    Status, Timestamp, api::Verdict, factor::Handling,
};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Backend {
    pub(super) approval: Approval,
    /// The challenges that the provider has not named yet.
    pub(super) later: Vec<Challenge>,
    pub(super) wrong: u8,
    /// After how many failed attempts in a row the approval is declined.
    pub(super) most_wrong: u8,
    /// The provider of hosted sessions, if there is one.
    pub(super) hosted: Option<HostedProvider>,
    /// The customer's phone, if it is used.
    pub(super) phone: Option<Phone>,
}

pub(super) fn challenge(id: &str, primary: Factor, alternatives: &[Factor]) -> Challenge {
    let option = |factor| FactorOption {
        factor,
        availability: Availability::Available,
        digits: Some(4),
    };
    Challenge {
        id: id.into(),
        primary: option(primary),
        alternatives: alternatives.iter().cloned().map(option).collect(),
        required: true,
        passed: false,
        delivery: None,
        face: None,
        step_failure: None,
    }
}

pub(super) fn approval(challenges: Vec<Challenge>) -> Approval {
    let text = |text| PlainText::new(text).unwrap();
    Approval {
        id: "a".into(),
        version: 1,
        server_time: START,
        expires_at: EXPIRY,
        settled_at: None,
        status: Status::Pending,
        reason: None,
        action: Some(Action::Statement(Statement {
            account: text("EUR"),
            from: text("2026-01-01"),
            to: text("2026-01-31"),
        })),
        challenges,
        steps: None,
        attempts_left: None,
        browser_key: BrowserKeyName::new(|| Some("key".into())),
    }
}

impl Backend {
    pub(super) fn new(approval: Approval) -> Self {
        Self {
            approval,
            later: Vec::new(),
            wrong: 0,
            most_wrong: 2,
            hosted: None,
            phone: None,
        }
    }

    pub(super) fn settle(&mut self, status: Status) {
        self.approval.status = status;
        self.approval.action = None;
        self.approval.challenges.clear();
        self.approval.version += 1;
    }

    pub(super) fn settled(&self, status: Status) -> Self {
        let mut settled = self.clone();
        settled.settle(status);
        settled
    }

    pub(super) fn open(&self) -> bool {
        self.approval.status == Status::Pending
    }

    /// The backend with one of its challenges changed.
    pub(super) fn with(&self, id: &str, change: impl Fn(&mut Challenge)) -> Self {
        let mut changed = self.clone();
        changed.approval.version += 1;
        let steps = changed.approval.challenges.iter_mut();
        steps.filter(|challenge| challenge.id == id).for_each(change);
        changed
    }

    /// The backend after each verdict that it may give on a PIN or code.
    pub(super) fn verdicts(&self, id: &str, factor: &Factor) -> Vec<(Option<Verdict>, Self)> {
        // With a face or the phone, codes are only right or wrong; the searches without them cover the other verdicts.
        let is_plain = self.hosted.is_some() || self.phone.is_some();
        let takes_entries = matches!(
            factor.handling(),
            Handling::Secret | Handling::Device(_) | Handling::FaceScan(_) | Handling::Code | Handling::Unsupported
        );
        if !takes_entries
            || !self.open()
            || self
                .approval
                .open_challenge()
                .is_none_or(|challenge| challenge.id != id)
        {
            return vec![(None, self.clone())];
        }
        let mut worlds: Vec<_> = self
            .passed(id)
            .into_iter()
            .map(|world| (Some(Verdict::Accepted), world))
            .collect();

        let mut wrong = self.clone();
        wrong.wrong += 1;
        wrong.approval.version += 1;
        if wrong.wrong >= self.most_wrong {
            wrong.settle(Status::Declined);
        }
        worlds.push((Some(Verdict::Refused), wrong));

        if is_plain {
            return worlds;
        }
        if !self.has_blocked_option() {
            let blocked = self.with(id, |challenge| {
                for option in std::iter::once(&mut challenge.primary).chain(&mut challenge.alternatives) {
                    if option.factor == *factor {
                        option.availability = Availability::Blocked;
                    }
                }
            });
            worlds.push((Some(Verdict::Blocked), blocked));
        }
        worlds.push((Some(Verdict::KeyStale), self.clone()));
        worlds.push((Some(Verdict::from_name("decided-by-moonlight")), self.clone()));
        worlds
    }

    /// The backend after a challenge was cleared: with the next one, or deciding, or settled.
    pub(super) fn passed(&self, id: &str) -> Vec<Self> {
        let mut right = self.with(id, |challenge| {
            challenge.passed = true;
            challenge.face = None;
            challenge.delivery = None;
        });
        right.wrong = 0;
        if let (None, Some(next)) = (right.approval.open_challenge(), right.later.pop()) {
            right.approval.challenges.push(next);
        }
        if right.approval.open_challenge().is_some() {
            return vec![right];
        }
        let mut undecided = right.clone();
        undecided.approval.version += 1;
        vec![undecided, right.settled(Status::Approved)]
    }

    fn has_blocked_option(&self) -> bool {
        let mut options = self.approval.challenges.iter().flat_map(Challenge::options);
        options.any(|option| option.availability == Availability::Blocked)
    }

    /// The backend after it has received a start.
    pub(super) fn started(&self, id: &str, factor: &Factor, now: Timestamp) -> Self {
        if !self.open() {
            return self.clone();
        }
        match factor.handling() {
            Handling::Frame(_) => self.session_opened(id, now),
            Handling::Phone => self.request_sent(id, factor),
            Handling::Secret | Handling::Device(_) | Handling::FaceScan(_) | Handling::Code | Handling::Unsupported => {
                self.with(id, |challenge| {
                    challenge.step_failure = None;
                    challenge.delivery = Some(Delivery {
                        factor: factor.clone(),
                        destination: None,
                        resend_at: RESEND,
                        expires_at: None,
                    });
                })
            }
        }
    }
}
