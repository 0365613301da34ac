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
        // The customer can stop, unless that is being told already.
        let mut stopped = self.flow.clone();
        let cancelled = stopped.handle(Event::CancelWanted, self.now());
        assert_eq!(cancelled.is_ok(), !self.flow.is_stopping(), "cancel is out of reach");
        assert!(stopped.is_settled() || stopped.is_stopping());
        self.assert_news_of_the_end_settles();
        // Nobody waits for nothing: where the screen asks the customer for nothing, an answer or a timer is coming.
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
        // What is asked for can be answered.
        if let Phase::Entering { .. } = &self.flow.phase {
            assert!(matches!(screen.view, View::Pin { .. } | View::Code { .. }));
        }
        if let Phase::Waiting { challenge_id, factor } = &self.flow.phase {
            self.assert_waits_for_something(challenge_id, factor, &screen);
        }
        if let Phase::Choosing { .. } = &self.flow.phase {
            let View::Choose { choices, .. } = &screen.view else {
                panic!("no choice to choose from")
            };
            assert!(choices.iter().any(|choice| choice.usable), "a choice of nothing");
        }
        if let Phase::Checking {
            pending: PendingCheck::Submit { .. } | PendingCheck::Start { .. } | PendingCheck::Frame { .. },
            ..
        } = &self.flow.phase
        {
            assert!(self.open_entry.is_none());
        }
        if let Phase::Hosted { .. } = &self.flow.phase {
            assert!(screen.action.is_some(), "a face is asked for without showing what for");
            self.assert_pages_are_listed(&screen.view);
        }
    }

    /// However it was approved, and whatever the customer is doing: once the flow is told, it is over. Only where the customer has
    /// stopped does the answer to that come first.
    fn assert_news_of_the_end_settles(&self) {
        let is_deaf = self.flow.phase == Phase::New || matches!(self.flow.phase, Phase::Cancelling { .. });
        if self.backend.approval.status != Status::Approved || is_deaf {
            return;
        }
        let mut told = self.flow.clone();
        let effects = told
            .handle(Event::ApprovalChanged(self.told_now()), self.now())
            .unwrap();
        assert!(
            matches!(effects.last(), Some(Effect::Settle(Outcome::Approved))),
            "{effects:?}"
        );
    }

    /// The phone is waited for only while the newest snapshot knows of a request there and what it is for is shown; and the
    /// backend is asked when its time is over.
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
        assert!(is_reading || is_timed, "nobody asks what became of the request");
    }

    /// No address leaves the flow whose origin is not on the list.
    fn assert_pages_are_listed(&self, view: &View) {
        let View::Hosted { stage, .. } = view else {
            panic!("nowhere to show a face")
        };
        match stage {
            HostedStage::Shown { url, .. } | HostedStage::Elsewhere { url } => {
                let origin = origin_of(url.as_str()).unwrap();
                assert!(self.flow.frame_origins.contains(&origin), "a page from elsewhere");
            }
            HostedStage::Explaining { .. } | HostedStage::Opening => {}
        }
    }

    /// No entry leaves under another action's text: what goes with it is what the customer saw when they gave it.
    pub(super) fn assert_under_its_own_text(&self, after: &World, effects: &[Effect]) {
        for effect in effects {
            if let Effect::StartFactor { .. } | Effect::SubmitPin { .. } | Effect::SubmitCode { .. } = effect {
                let on_screen = self.flow.screen().action;
                let seen = on_screen.map(|action| shown_text(&self.first.id, &action));
                let said = after.flow.on_screen().map(|shown| shown.text);
                assert!(said.is_some() && said == seen, "an entry under another action's text");
            }
        }
    }

    /// No frame appears that the customer has not just asked for, and a frame's word leads to one look and nothing else.
    pub(super) fn assert_frames_are_wanted(&self, after: &World, effects: &[Effect], is_hint: bool) {
        if is_framed(&after.flow) && !is_framed(&self.flow) {
            let asked = matches!(
                &self.flow.phase,
                Phase::Starting {
                    purpose: StartPurpose::Frame,
                    ..
                } | Phase::Checking {
                    pending: PendingCheck::Start {
                        purpose: StartPurpose::Frame,
                        ..
                    },
                    ..
                }
            );
            assert!(asked, "a frame that nobody asked for");
        }
        if is_hint {
            assert!(is_framed(&self.flow), "a hint was taken though there was no frame");
            assert!(!is_framed(&after.flow), "a hint left the frame where it can hint again");
            let looks = |effect: &&Effect| matches!(effect, Effect::ReadApproval(_));
            assert_eq!(effects.iter().filter(looks).count(), 1);
            let harmless = |effect: &Effect| matches!(effect, Effect::ReadApproval(_) | Effect::Abandon(_));
            assert!(effects.iter().all(harmless), "a hint did more than lead to a look");
        }
    }

    /// Whatever still comes of a call that was given up is dropped: its number is never waited for again.
    pub(super) fn assert_dropped(&self, abandoned: &[Call]) {
        for call in abandoned {
            let late = call.heard.then(|| call.answered(self.told_now()));
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
