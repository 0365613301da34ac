//! The customer's factors, and what can be done about them.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Factor,
    enrolment_api::{EnrolledDevice, FactorReport, FactorState},
    enrolment_flow::{BrowserKey, Event, NumberPurpose, PinPurpose, Question},
};

use super::{context::EnrolmentUi, view_key::Shown};
use crate::enrolment::text::PHRASES;
use crate::ui::{
    context::{TextSignal, fixed_text},
    parts::{
        attributes::ElementRef,
        button::{Press, Weight, always, button_element},
        element::{dynamic, element, focus_on_mount, watch},
        paragraph::{list, paragraph},
    },
    text::{fill, isolated},
};

/// Keeps the focus where it is while the list is replaced.
#[derive(Clone, Copy)]
struct Focus {
    /// The question whose button was focused last.
    on: StoredValue<Option<Question>>,
    /// Whether the list had the focus when it was replaced, and nothing has taken it yet.
    held: StoredValue<bool>,
}

impl Default for Focus {
    fn default() -> Self {
        Self {
            on: StoredValue::new(None),
            held: StoredValue::new(false),
        }
    }
}

impl Focus {
    /// Before the list is replaced.
    fn hold(self, list: ElementRef) {
        let is_focused = list.peek().and_then(|list| list.matches(":focus-within").ok());
        self.held.set_value(is_focused == Some(true));
    }

    /// Whether the button of a question takes the focus.
    fn returns_to(self, question: &Question) -> bool {
        let returns = self.held.get_value() && self.on.get_value().as_ref() == Some(question);
        if returns {
            self.held.set_value(false);
        }
        returns
    }
}

pub(super) fn overview(ui: EnrolmentUi) -> Vec<AnyView> {
    let (shown, set_shown) = signal(Shown::of(&ui.screen.read_untracked()));
    let factors = ElementRef::new();
    let focus = Focus::default();
    watch(move |_| {
        let new = Shown::of(&ui.screen.read());
        if new.is_some() && new != *shown.read_untracked() {
            focus.hold(factors);
            set_shown.set(new);
        }
        true
    });
    let list = dynamic(move || {
        let shown = shown.get();
        let reports = shown
            .iter()
            .flat_map(|shown| shown.factors.iter().map(move |report| (shown, report)));
        let views = reports.map(|(shown, report)| factor(ui, focus, shown, report));
        let views: Vec<_> = views.collect();
        // No button took it.
        if focus.held.get_value() {
            focus_on_mount(factors);
        }
        list("ul", "sca-factors")
            .part("factors")
            .attr("tabindex", "-1")
            .node_ref(factors)
            .children(views)
            .view()
    });
    let advice = move || shown.read().as_ref().map(|shown| shown.advice);
    vec![
        paragraph("sca-text", ui.phrase(PHRASES.explanation)),
        list,
        paragraph(
            "sca-advice",
            ui.text(move |words| {
                let advice = advice().map(|advice| words.phrase(PHRASES.advice.of(advice)).to_owned());
                advice.unwrap_or_default()
            }),
        ),
    ]
}

/// One factor, with all that can be done about it.
fn factor(ui: EnrolmentUi, focus: Focus, shown: &Shown, report: &FactorReport) -> AnyView {
    let (name, kind, state) = (report.factor.clone(), report.kind.clone(), report.state.clone());
    let heading = element("h3", "sca-factor-name")
        .text(ui.text(move |words| words.phrase(PHRASES.factors.of(&name)).to_owned()))
        .view();
    let mut factor = element("li", "sca-factor")
        .part("factor")
        .child(heading)
        .child(paragraph(
            "sca-factor-kind",
            ui.text(move |words| words.phrase(PHRASES.kinds.of(&kind)).to_owned()),
        ))
        .child(paragraph(
            "sca-factor-state",
            ui.text(move |words| words.phrase(PHRASES.states.of(&state)).to_owned()),
        ));
    if let Some(time) = report.usable_from {
        let text = ui.text(move |words| fill(words.phrase(PHRASES.usable_from), &[("time", &words.moment(time))]));
        factor = factor.child(paragraph("sca-explanation", text));
    }
    if report.factor == Factor::Device {
        factor = factor.children(devices(ui, focus, shown));
    }
    let number = shown.phone.as_ref().and_then(|phone| phone.number.as_ref());
    if let Some(number) = number.filter(|_| report.factor == Factor::Sms) {
        let number = element("bdi", "sca-device-name").text(fixed_text(number)).view();
        factor = factor.child(number);
    }
    let can_scan = shown.questions.contains(&Question::NewFace);
    if report.factor == Factor::FaceScan && report.state != FactorState::Enrolled && !can_scan {
        let text = ui.phrase(PHRASES.no_face_capture);
        factor = factor.child(paragraph("sca-explanation", text));
    }
    let questions = shown
        .questions
        .iter()
        .filter(|question| is_about(question, &report.factor));
    factor
        .children(questions.map(|question| action(ui, focus, question)).collect())
        .view()
}

/// Whether a question is asked below a factor as a whole.
fn is_about(question: &Question, factor: &Factor) -> bool {
    match question {
        Question::NewPin(_) | Question::RemovePin => *factor == Factor::Pin,
        Question::NewDevice => *factor == Factor::Device,
        Question::NewPhone(_) | Question::RemovePhone => *factor == Factor::Sms,
        Question::NewFace | Question::RemoveFace => *factor == Factor::FaceScan,
        // Below its device, and after a code was sent.
        Question::RemoveDevice(_) | Question::PhoneCode(_) => false,
    }
}

/// The customer's devices, and what is to be said about this browser.
fn devices(ui: EnrolmentUi, focus: Focus, shown: &Shown) -> Vec<AnyView> {
    let mut views = Vec::new();
    if !shown.devices.is_empty() {
        let devices = shown
            .devices
            .iter()
            .map(|known| device(ui, focus, shown, known))
            .collect();
        views.push(list("ul", "sca-devices").part("devices").children(devices).view());
    }
    match &shown.browser_key {
        BrowserKey::Missing if !shown.devices.is_empty() => {
            views.push(paragraph("sca-explanation", ui.phrase(PHRASES.key_missing)));
        }
        BrowserKey::Refused => views.push(paragraph("sca-explanation", ui.phrase(PHRASES.key_refused))),
        BrowserKey::Missing | BrowserKey::Kept { .. } | BrowserKey::Unknown => {}
    }
    views
}

fn device(ui: EnrolmentUi, focus: Focus, shown: &Shown, known: &EnrolledDevice) -> AnyView {
    let is_this_browser = match &shown.browser_key {
        BrowserKey::Kept { device } => device.as_deref() == Some(known.id.as_str()),
        BrowserKey::Unknown | BrowserKey::Missing | BrowserKey::Refused => false,
    };
    let created_at = known.created_at;
    let added = ui.text(move |words| fill(words.phrase(PHRASES.added_on), &[("day", &words.day(created_at))]));
    let name = element("bdi", "sca-device-name")
        .text(fixed_text(known.name.as_str()))
        .view();
    let mut device = element("li", "sca-device").part("device").child(name);
    if is_this_browser {
        let mark = element("span", "sca-device-mark")
            .text(ui.phrase(PHRASES.this_browser))
            .view();
        device = device.child(mark);
    }
    device = device.child(element("span", "sca-device-day").text(added).view());
    let removal = Question::RemoveDevice(known.id.clone());
    if shown.questions.contains(&removal) {
        let name = known.name.clone();
        let label = ui.text(move |words| {
            fill(
                words.phrase(PHRASES.remove_device),
                &[("name", &isolated(name.as_str()))],
            )
        });
        device = device.child(ask(ui, focus, label, removal));
    }
    device.view()
}

fn action(ui: EnrolmentUi, focus: Focus, question: &Question) -> AnyView {
    let label = ui.phrase(match question {
        Question::NewPin(PinPurpose::Set) => PHRASES.set_pin,
        Question::NewPin(PinPurpose::Change) => PHRASES.change_pin,
        Question::RemovePin => PHRASES.remove_pin,
        Question::NewDevice => PHRASES.enrol_device,
        Question::NewPhone(NumberPurpose::Add) => PHRASES.add_phone,
        Question::NewPhone(NumberPurpose::Replace) => PHRASES.replace_phone,
        Question::RemovePhone => PHRASES.remove_phone,
        Question::NewFace => PHRASES.enrol_face,
        Question::RemoveFace => PHRASES.remove_face,
        Question::PhoneCode(_) => PHRASES.code_title,
        Question::RemoveDevice(_) => PHRASES.remove,
    });
    ask(ui, focus, label, question.clone())
}

fn ask(ui: EnrolmentUi, focus: Focus, label: TextSignal, question: Question) -> AnyView {
    let this = ElementRef::new();
    if focus.returns_to(&question) {
        focus_on_mount(this);
    }
    let focused = question.clone();
    let press = Press::Do(Arc::new(move || ui.send(Event::QuestionWanted(question.clone()))));
    button_element(Weight::Choice, label, None, always(), press)
        .node_ref(this)
        .on("focus", move |_| focus.on.set_value(Some(focused.clone())))
        .view()
}
