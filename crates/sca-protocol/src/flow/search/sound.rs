//! What must hold in every world.

use super::{
    super::{
        effect::Effect,
        event::Event,
        machine::Ignored,
        screen::{FaceStage, View},
        state::{After, Flow, Phase, Wanted},
    },
    network::{Call, FAILURES},
    world::World,
};
use crate::face::origin_of;

impl World {
    pub(super) fn assert_sound(&self) {
        assert_eq!(self.settled.is_some(), self.flow.is_settled());
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
        // Nobody waits for nothing: where the screen asks the customer for nothing, an answer or a timer is coming.
        let asks = matches!(
            self.flow.phase,
            Phase::New
                | Phase::Choosing { .. }
                | Phase::Entering { .. }
                | Phase::Facing { .. }
                | Phase::Unreachable
                | Phase::CannotBeDoneHere { .. }
        );
        let coming = !self.calls.is_empty() || !self.timers.is_empty();
        assert!(asks || coming, "stuck: {self:?}");
        // What is asked for can be answered.
        if let Phase::Entering { .. } = &self.flow.phase {
            assert!(matches!(screen.view, View::Pin { .. } | View::Code { .. }));
        }
        if let Phase::Choosing { .. } = &self.flow.phase {
            let View::Choose { choices, .. } = &screen.view else {
                panic!("no choice to choose from")
            };
            assert!(choices.iter().any(|choice| choice.usable), "a choice of nothing");
        }
        if let Phase::Checking {
            after: After::Submit { .. } | After::Start { .. } | After::Frame { .. },
            ..
        } = &self.flow.phase
        {
            assert!(self.open_entry.is_none());
        }
        if let Phase::Facing { .. } = &self.flow.phase {
            assert!(screen.action.is_some(), "a face is asked for without showing what for");
            self.assert_pages_are_listed(&screen.view);
        }
    }

    /// No address leaves the flow whose origin is not on the list.
    fn assert_pages_are_listed(&self, view: &View) {
        let View::Face { stage, .. } = view else {
            panic!("nowhere to show a face")
        };
        match stage {
            FaceStage::Shown { url, .. } | FaceStage::Elsewhere { url } => {
                let origin = origin_of(url.as_str()).unwrap();
                assert!(self.flow.frame_origins.contains(&origin), "a page from elsewhere");
            }
            FaceStage::Explaining { .. } | FaceStage::Opening => {}
        }
    }

    /// No frame appears that the customer has not just asked for, and a frame's word leads to one look and nothing else.
    pub(super) fn assert_frames_are_wanted(&self, after: &World, effects: &[Effect], is_hint: bool) {
        if is_framed(&after.flow) && !is_framed(&self.flow) {
            let asked = matches!(
                &self.flow.phase,
                Phase::Starting {
                    wanted: Wanted::Frame,
                    ..
                } | Phase::Checking {
                    after: After::Start {
                        wanted: Wanted::Frame,
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
        View::Face {
            stage: FaceStage::Shown { .. },
            ..
        }
    )
}
