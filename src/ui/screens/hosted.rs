//! A hosted challenge: a page of the provider, in a frame or in another tab. Its texts are those of the face check, the only
//! hosted factor so far.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    HostedChallenges, SessionUrl, StepFailure, Timestamp,
    flow::{Camera, Event, HostedStage, Notice, Screen, View},
};

use super::{
    common::{busy_label, wait, wait_line},
    other_factor::other_factor,
};
use crate::driver::ports::Frame;
use crate::ui::{
    context::{TextSignal, Ui},
    frames::HostedLink,
    parts::{
        attributes::ElementRef,
        button::{Press, Readiness, Weight, button},
        element::{element, watch},
        link::link,
        paragraph::{explanation, points},
    },
    text::{PHRASES, Phrase},
};

/// The state of the screen that can change during a hosted challenge.
#[derive(Clone, Copy)]
pub(crate) struct HostedState<'screen> {
    camera: Camera,
    stage: &'screen HostedStage,
    step_failure: Option<&'screen StepFailure>,
    other_factor: bool,
    _here: HostedChallenges,
}

impl<'screen> HostedState<'screen> {
    pub(crate) fn of(screen: &'screen Screen) -> Option<Self> {
        if let View::Hosted {
            camera,
            stage,
            step_failure,
            other_factor,
            here,
        } = &screen.view
        {
            Some(Self {
                camera: *camera,
                stage,
                step_failure: step_failure.as_ref(),
                other_factor: *other_factor,
                _here: *here,
            })
        } else {
            None
        }
    }

    /// The message: the failure of the last attempt, or that the page did not load in time.
    pub(crate) fn message(self) -> Option<Phrase> {
        match self.stage {
            HostedStage::Explaining { .. } => self
                .step_failure
                .map(|step_failure| PHRASES.step_failures.of(step_failure)),
            HostedStage::Shown { late: true, .. } => Some(PHRASES.face_late),
            HostedStage::Opening | HostedStage::Shown { .. } | HostedStage::Elsewhere { .. } => None,
        }
    }

    /// Whether the page has not loaded in time.
    pub(crate) fn is_late(self) -> bool {
        matches!(self.stage, HostedStage::Shown { late: true, .. })
    }

    /// What prevents the use of the camera in this page.
    pub(crate) fn camera_trouble(self) -> Option<Phrase> {
        match self.stage {
            HostedStage::Explaining { .. } | HostedStage::Opening => PHRASES.camera.of(self.camera),
            HostedStage::Shown { .. } | HostedStage::Elsewhere { .. } => None,
        }
    }
}

/// The explanation, before anything is opened.
pub(super) fn explain(ui: Ui) -> Vec<AnyView> {
    let items = [
        ui.phrase(PHRASES.face_steps),
        ui.phrase(PHRASES.face_permission),
        ui.phrase(PHRASES.face_privacy),
    ];
    let list = points("ul", &ui.id("question"), items);
    let wait = wait_line(ui, "wait", not_before, PHRASES.wait_for);
    vec![list, start(ui), wait, another(ui)]
}

fn start(ui: Ui) -> AnyView {
    let label = busy_label(ui, is_opening, PHRASES.face_opening, ui.phrase(PHRASES.face_start));
    let readiness = move || match (is_opening(&ui.screen.read()), wait(ui, not_before)) {
        (true, _) => Readiness::Busy,
        (false, 0) => Readiness::Ready,
        (false, _) => Readiness::Idle,
    };
    let begin = move || {
        let event = if untrack(|| cannot_stay(&ui.screen.read())) {
            Event::TabWanted
        } else {
            Event::FrameWanted
        };
        ui.send(event);
    };
    button(
        Weight::Primary,
        label,
        Some(&ui.ids(&["question", "wait"])),
        Arc::new(readiness),
        Press::Do(Arc::new(begin)),
    )
}

/// Whether a frame in this page would not work.
fn cannot_stay(screen: &Screen) -> bool {
    let is_blocked = HostedState::of(screen).is_some_and(|hosted| hosted.camera == Camera::BlockedByPolicy);
    is_blocked || screen.notice == Some(Notice::FrameLost)
}

/// The provider's page in a frame.
pub(super) fn frame(ui: Ui, url: SessionUrl, follow: bool, here: HostedChallenges) -> Vec<AnyView> {
    let name = ui.phrase(PHRASES.face_frame);
    let trouble = explanation(&ui.id("trouble"), ui.phrase(PHRASES.face_trouble));
    let apart = open_apart(ui, Weight::Quiet, &url, "trouble");
    vec![framed(ui, url, name, follow, here), trouble, apart, another(ui)]
}

/// The container of the frame. Unmounting the container removes the frame first.
fn framed(ui: Ui, url: SessionUrl, name: TextSignal, follow: bool, here: HostedChallenges) -> AnyView {
    let place = ElementRef::new();
    let opened = StoredValue::<Option<Box<dyn Frame>>, LocalStorage>::new_local(None);
    watch(move |is_open| {
        let name = name();
        if is_open == Some(true) {
            opened.with_value(|frame| frame.as_ref().map(|frame| frame.rename(&name)));
            return true;
        }
        let Some(place) = place.get() else {
            return false;
        };
        // Scrolls the action to the top of the window; the frame fills the rest.
        let widget = place.closest(".sca").ok().flatten();
        if let Some(widget) = widget.filter(|_| follow) {
            widget.scroll_into_view();
        }
        opened.set_value(ui.open_frame(&place, &url, &name, here));
        true
    });
    on_cleanup(move || drop(opened.try_update_value(Option::take)));
    let is_late = move || HostedState::of(&ui.screen.read()).is_some_and(HostedState::is_late);
    element("div", "sca-frame-place")
        .bool_attr("data-late", "", is_late)
        .node_ref(place)
        .child(element("div", "sca-waiting").attr("aria-hidden", "true").view())
        .view()
}

/// The provider's page is open in another tab, or can be opened there.
pub(super) fn elsewhere(ui: Ui, url: &SessionUrl) -> Vec<AnyView> {
    let text = explanation(&ui.id("question"), ui.phrase(PHRASES.face_elsewhere_text));
    vec![text, open_apart(ui, Weight::Primary, url, "question"), another(ui)]
}

fn open_apart(ui: Ui, weight: Weight, url: &SessionUrl, described_by: &str) -> AnyView {
    let opening = ui.hosted_link;
    let label = ui.phrase(match opening {
        HostedLink::NewTab => PHRASES.face_new_tab,
        HostedLink::SameTab => PHRASES.face_same_tab,
    });
    let followed = Arc::new(move || ui.send(Event::TabWanted));
    link(weight, label, url.as_str(), opening, &ui.id(described_by), followed)
}

fn another(ui: Ui) -> AnyView {
    let readiness = move || match HostedState::of(&ui.screen.read()) {
        Some(hosted) if !hosted.other_factor => Readiness::Absent,
        Some(hosted) if *hosted.stage == HostedStage::Opening => Readiness::Idle,
        Some(_) => Readiness::Ready,
        None => Readiness::Absent,
    };
    other_factor(ui, Arc::new(readiness))
}

pub(super) fn is_opening(screen: &Screen) -> bool {
    HostedState::of(screen).is_some_and(|hosted| *hosted.stage == HostedStage::Opening)
}

/// From when on the check can be started.
fn not_before(screen: &Screen) -> Option<Timestamp> {
    match HostedState::of(screen)?.stage {
        HostedStage::Explaining { not_before } => *not_before,
        HostedStage::Opening | HostedStage::Shown { .. } | HostedStage::Elsewhere { .. } => None,
    }
}
