//! What must hold in every world.

use super::{
    super::{
        effect::{Effect, Timer},
        event::Event,
        machine::Ignored,
        screen::{HostedStage, Screen, View},
        state::{Flow, PendingCheck, Phase, StartPurpose},
    },
    network::{Call, FAILURES, Kind},
    world::World,
};
use crate::{Factor, Outcome, Status, api::shown_text, face::origin_of};

impl World {
    pub(super) fn assert_sound(&self) {
        assert_eq!(self.settled.is_some(), self.flow.is_settled());
        let is_own = |id| id == self.first.id;
        assert!(
            self.flow.approval_id().is_none_or(is_own),
            "another approval was adopted"
        );
        let screen = self.flow.screen();
        if self.settled.is_some() {
            assert!(matches!(screen.view, View::Done(_)));
            return;
        }
        // The customer can cancel, unless the flow is cancelling already.
        let mut stopped = self.flow.clone();
        let cancelled = stopped.handle(Event::CancelWanted, self.now());
        assert_eq!(
            cancelled.is_ok(),
            !self.flow.is_stopping(),
            "the customer cannot cancel"
        );
        assert!(stopped.is_settled() || stopped.is_stopping());
        self.assert_an_approved_snapshot_settles();
        // A screen that asks the customer for nothing waits for an answer or a timer.
        let asks = matches!(
            self.flow.phase,
            Phase::New
                | Phase::Choosing { .. }
                | Phase::Entering { .. }
                | Phase::Hosted { .. }
                | Phase::Unreachable
                | Phase::CannotBeDoneHere { .. }
        );
        let coming = !self.calls.is_empty() || !self.timers.is_empty();
        assert!(asks || coming, "stuck: {self:?}");
        // The customer can answer what the screen asks for.
        if let Phase::Entering { .. } = &self.flow.phase {
            assert!(matches!(screen.view, View::Pin { .. } | View::Code { .. }));
        }
        if let Phase::Waiting { challenge_id, factor } = &self.flow.phase {
            self.assert_waits_for_something(challenge_id, factor, &screen);
        }
        if let Phase::Choosing { .. } = &self.flow.phase {
            let View::Choose { choices, .. } = &screen.view else {
                panic!("a choice without factors")
            };
            assert!(
                choices.iter().any(|choice| choice.usable),
                "a choice without a usable factor"
            );
        }
        if let Phase::Checking {
            pending: PendingCheck::Submit { .. } | PendingCheck::Start { .. } | PendingCheck::Frame { .. },
            ..
        } = &self.flow.phase
        {
            assert!(self.open_entry.is_none());
        }
        if let Phase::Hosted { .. } = &self.flow.phase {
            assert!(screen.action.is_some(), "a face check without the action on the screen");
            self.assert_pages_are_listed(&screen.view);
        }
    }

    /// An approved snapshot settles the flow in every state. The exception: while the flow is cancelling, the answer to that comes
    /// first.
    fn assert_an_approved_snapshot_settles(&self) {
        let is_deaf = self.flow.phase == Phase::New || matches!(self.flow.phase, Phase::Cancelling { .. });
        if self.backend.approval.status != Status::Approved || is_deaf {
            return;
        }
        let mut flow = self.flow.clone();
        let effects = flow
            .handle(Event::ApprovalChanged(self.snapshot_now()), self.now())
            .unwrap();
        assert!(
            matches!(effects.last(), Some(Effect::Settle(Outcome::Approved))),
            "{effects:?}"
        );
    }

    /// The flow waits for the phone only while the newest snapshot has a request and the screen shows the action. When the request
    /// expires, the flow polls the backend.
    fn assert_waits_for_something(&self, challenge_id: &str, factor: &Factor, screen: &Screen) {
        assert!(matches!(screen.view, View::Phone { .. }));
        assert!(
            screen.action.is_some(),
            "an answer is asked for without showing what for"
        );
        let challenge = self.flow.challenge_by_id(challenge_id).unwrap();
        let delivery = challenge.delivery.as_ref().unwrap();
        assert_eq!(delivery.factor, *factor);
        let is_reading = self.calls.iter().any(|call| call.kind == Kind::Read);
        let is_timed = [Timer::Request, Timer::Poll]
            .iter()
            .any(|timer| self.timers.contains(timer));
        assert!(is_reading || is_timed, "no poll when the request expires");
    }

    /// The flow gives out no URL whose origin is not on the list.
    fn assert_pages_are_listed(&self, view: &View) {
        let View::Hosted { stage, .. } = view else {
            panic!("the phase is hosted and the screen is not")
        };
        match stage {
            HostedStage::Shown { url, .. } | HostedStage::Elsewhere { url } => {
                let origin = origin_of(url.as_str()).unwrap();
                assert!(
                    self.flow.frame_origins.contains(&origin),
                    "a page of an unlisted origin"
                );
            }
            HostedStage::Explaining { .. } | HostedStage::Opening => {}
        }
    }

    /// No PIN or code leaves under another action's text: the call carries what the customer saw when they entered it.
    pub(super) fn assert_under_its_own_text(&self, after: &World, effects: &[Effect]) {
        for effect in effects {
            if let Effect::StartFactor { .. }
            | Effect::SubmitPin { .. }
            | Effect::SubmitDevice(_)
            | Effect::SubmitCode { .. } = effect
            {
                let on_screen = self.flow.screen().action;
                let seen = on_screen.map(|action| shown_text(&self.first.id, &action));
                let said = after.flow.on_screen().map(|shown| shown.text);
                assert!(said.is_some() && said == seen, "an entry under another action's text");
            }
        }
    }

    /// A frame appears only after the customer has asked for it, and its message causes one poll and nothing else.
    pub(super) fn assert_frames_are_wanted(&self, after: &World, effects: &[Effect], is_hint: bool) {
        if is_framed(&after.flow) && !is_framed(&self.flow) {
            let asked = matches!(
                &self.flow.phase,
                Phase::Starting {
                    purpose: StartPurpose::Frame(_),
                    ..
                } | Phase::Checking {
                    pending: PendingCheck::Start {
                        purpose: StartPurpose::Frame(_),
                        ..
                    },
                    ..
                }
            );
            assert!(asked, "a frame that the customer did not ask for");
        }
        if is_hint {
            assert!(is_framed(&self.flow), "a frame's message was accepted without a frame");
            assert!(!is_framed(&after.flow), "a frame that sent its message is still shown");
            let looks = |effect: &&Effect| matches!(effect, Effect::ReadApproval(_));
            assert_eq!(effects.iter().filter(looks).count(), 1);
            let harmless = |effect: &Effect| matches!(effect, Effect::ReadApproval(_) | Effect::Abandon(_));
            assert!(
                effects.iter().all(harmless),
                "a frame's message caused more than a poll"
            );
        }
    }

    /// The flow drops every answer to an abandoned call: it never waits for that number again.
    pub(super) fn assert_dropped(&self, abandoned: &[Call]) {
        for call in abandoned {
            let late = call.heard.then(|| call.answered(self.snapshot_now()));
            for event in late.into_iter().chain(FAILURES.map(|failure| call.failed(failure))) {
                let ignored = self.flow.clone().handle(event, self.now()).unwrap_err();
                assert!(matches!(ignored, Ignored::Superseded | Ignored::Settled));
            }
        }
    }
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
