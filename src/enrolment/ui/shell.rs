//! The frame around every screen.

use std::sync::Arc;

use leptos::prelude::*;
use sca_protocol::{
    Timestamp,
    enrolment_flow::{Change, EnrolmentEnd, Event, NewFaceStage, Notice, NumberFlaw, View},
};

use super::{
    context::{EnrolmentUi, Words, id},
    new_device::new_device,
    new_face::new_face,
    new_phone::new_phone,
    new_pin::new_pin,
    overview::overview,
    phone_code::phone_code,
    removal::{remove_device, remove_face, remove_phone, remove_pin},
    view_key::{ViewKey, in_progress, is_submitting},
};
use crate::enrolment::text::{PHRASES, Phrase};
use crate::ui::text::PHRASES as WIDGET;
use crate::ui::{
    context::TextSignal,
    parts::{
        attributes::ElementRef,
        button::{Press, Readiness, Ready, Weight, always, button},
        element::{dynamic, element, focus_on_mount, watch},
        paragraph::{explanation, paragraph},
    },
    screens::message,
};

/// How long before its end the enrolment's remaining time is shown, in milliseconds.
const END_WARNING_MS: u64 = 60_000;

/// The view that is mounted, and whether it takes the focus: it does while the customer uses the element.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mounted {
    key: ViewKey,
    follow: bool,
}

/// The whole element.
pub(super) fn shell(ui: EnrolmentUi) -> AnyView {
    let root = ElementRef::new();
    // Some browsers do not focus a button that is pressed.
    let pressed = StoredValue::new(false);
    let mounted = track_mounted(ui, root, pressed);
    let screen = dynamic(move || {
        let Mounted { key, follow } = mounted.get();
        element("div", "sca-screen").children(body(ui, &key, follow)).view()
    });
    element("section", "sca sca-enrolment")
        .part("root")
        .attr_signal("lang", move || Some(ui.language.read().language.tag().to_owned()))
        .attr_signal("dir", move || Some(ui.language.read().language.direction().to_owned()))
        .attr_signal("data-place", move || Some(mounted.read().key.name().to_owned()))
        .bool_attr("aria-busy", "true", move || mounted.read().key.is_loading())
        .node_ref(root)
        .on("click", move |_| pressed.set_value(true))
        .on("focusout", move |_| pressed.set_value(false))
        .child(dynamic(move || heading(ui, mounted.get())))
        .child(status(ui, mounted))
        .child(screen)
        .child(paragraph("sca-expiry", ui.text(move |words| ending(ui, words))))
        .child(done(ui))
        .view()
}

fn body(ui: EnrolmentUi, key: &ViewKey, follow: bool) -> Vec<AnyView> {
    match key {
        ViewKey::Loading | ViewKey::Ending => Vec::new(),
        ViewKey::Overview => overview(ui),
        ViewKey::NewPin {
            purpose,
            digits,
            refuses_weak,
        } => new_pin(ui, *purpose, *digits, *refuses_weak, follow),
        ViewKey::NewDevice => new_device(ui, follow),
        ViewKey::RemovePin => remove_pin(ui),
        ViewKey::RemoveDevice { name } => remove_device(ui, name.clone()),
        ViewKey::NewPhone(purpose) => new_phone(ui, *purpose, follow),
        ViewKey::PhoneCode => phone_code(ui, follow),
        ViewKey::RemovePhone { number } => remove_phone(ui, number.clone()),
        ViewKey::NewFace => new_face(ui),
        ViewKey::RemoveFace => remove_face(ui),
        ViewKey::Checking => message::waiting(ui.phrase(PHRASES.checking_text)),
        ViewKey::Unreachable => {
            let retry = button(
                Weight::Primary,
                ui.text(|words| words.widget.phrase(WIDGET.try_again).to_owned()),
                None,
                always(),
                Press::Do(Arc::new(move || ui.send(Event::RetryWanted))),
            );
            let text = ui.text(|words| words.widget.phrase(WIDGET.unreachable_text).to_owned());
            vec![message::message(text), retry]
        }
        ViewKey::Done(EnrolmentEnd::Done) => vec![message::message(ui.phrase(PHRASES.done_text))],
        ViewKey::Done(EnrolmentEnd::Ended) => vec![message::message(ui.phrase(PHRASES.ended_text))],
    }
}

/// Tracks the screen. The elements are replaced only when the view's key changes.
fn track_mounted(ui: EnrolmentUi, root: ElementRef, pressed: StoredValue<bool>) -> ReadSignal<Mounted> {
    let (mounted, set_mounted) = signal(Mounted {
        key: ViewKey::of(&ui.screen.read_untracked()),
        follow: false,
    });
    watch(move |_| {
        let key = ViewKey::of(&ui.screen.read());
        if ui.hint.read_untracked().is_some() {
            ui.hint.set(None);
        }
        if key != mounted.read_untracked().key {
            let has_focus = root
                .peek()
                .is_some_and(|root| root.matches(":focus-within").unwrap_or(false));
            let follow = has_focus || pressed.get_value();
            set_mounted.set(Mounted { key, follow });
        }
        true
    });
    mounted
}

/// The heading of a screen. It can take the focus, so that a screen reader starts there.
fn heading(ui: EnrolmentUi, mounted: Mounted) -> AnyView {
    let Mounted { key, follow } = mounted;
    let heading = ElementRef::new();
    if follow && !key.has_field() {
        focus_on_mount(heading);
    }
    element("h2", "sca-heading")
        .part("heading")
        .attr("id", &id("heading"))
        .attr("tabindex", "-1")
        .node_ref(heading)
        .text(ui.text(move |words| key.heading(words).to_owned()))
        .view()
}

/// The polite live region, which is always in the document: the notice, or what is wrong with the last input; the heading, unless the
/// view takes the focus; and that a change is being made.
fn status(ui: EnrolmentUi, mounted: ReadSignal<Mounted>) -> AnyView {
    let text = ui.text(move |words| {
        let hint = ui.hint.read().as_ref().map(|hint| hint());
        hint.or_else(|| ui.screen.read().notice.as_ref().map(|notice| said(notice, words)))
            .unwrap_or_default()
    });
    // What comes later is not in the description that was read.
    watch(move |_| {
        ui.now.track();
        ui.moves_focus.set(false);
        true
    });
    let is_silent = Arc::clone(&text);
    let tone = move || {
        let is_problem = ui.hint.read().is_some() || ui.screen.read().notice.as_ref().is_some_and(is_problem);
        if is_problem { "problem" } else { "information" }
    };
    let notice = element("div", "sca-notice")
        .attr("id", &id("notice"))
        .attr_signal("part", move || Some(["notice ", tone()].concat()))
        .attr_signal("data-tone", move || Some(tone().to_owned()))
        .bool_attr("hidden", "", move || is_silent().is_empty())
        // Said by the field, which gets the focus.
        .bool_attr("aria-live", "off", move || ui.moves_focus.get())
        .child(element("p", "sca-sentence").text(text).view())
        .view();
    let heading = ui.text(move |words| {
        let mounted = mounted.read();
        if mounted.follow || mounted.key.is_loading() {
            String::new()
        } else {
            mounted.key.heading(words).to_owned()
        }
    });
    let progress = ui.text(move |words| {
        let phrase = in_progress(&ui.screen.read());
        phrase.map(|phrase| words.phrase(phrase).to_owned()).unwrap_or_default()
    });
    element("div", "sca-status")
        .attr("role", "status")
        .attr("aria-atomic", "false")
        .child(notice)
        .child(element("p", "sca-spoken").text(heading).view())
        .child(element("p", "sca-spoken").text(progress).view())
        .view()
}

fn said(notice: &Notice, words: &Words) -> String {
    let phrase = match notice {
        Notice::Changed(change) => PHRASES.changed.of(*change),
        Notice::AlreadyEnrolled(change) => by_factor(
            *change,
            PHRASES.already_pin,
            PHRASES.already_device,
            PHRASES.already_phone,
            PHRASES.already_face,
        ),
        Notice::NotEnrolled(change) => by_factor(
            *change,
            PHRASES.not_enrolled_pin,
            PHRASES.not_enrolled_device,
            PHRASES.not_enrolled_phone,
            PHRASES.not_enrolled_face,
        ),
        Notice::LimitReached => PHRASES.limit_reached,
        Notice::Rejected(_) => PHRASES.rejected,
        Notice::ReplacementFailed(change) => by_factor(
            *change,
            PHRASES.replacement_failed,
            PHRASES.rejected,
            PHRASES.phone_replacement_failed,
            PHRASES.rejected,
        ),
        Notice::ReplacementUnknown(change) => by_factor(
            *change,
            PHRASES.replacement_unknown,
            PHRASES.rejected,
            PHRASES.phone_replacement_unknown,
            PHRASES.rejected,
        ),
        Notice::OldNumberUnknown => PHRASES.old_number_unknown,
        Notice::Number(NumberFlaw::Invalid) => PHRASES.number_invalid,
        Notice::Number(NumberFlaw::TooShort) => PHRASES.number_too_short,
        Notice::Number(NumberFlaw::TooLong) => PHRASES.number_too_long,
        Notice::Number(NumberFlaw::OtherCountry) => PHRASES.number_of_other_country,
        Notice::Number(NumberFlaw::Unreachable) => PHRASES.number_unreachable,
        Notice::NumberRepeated => PHRASES.number_repeated,
        Notice::CodeSent => PHRASES.code_sent,
        Notice::CodeWrong => PHRASES.code_wrong,
        Notice::CodeExpired => PHRASES.code_expired,
        Notice::CodeLimitReached => PHRASES.code_limit_reached,
        Notice::CodeUnknown => PHRASES.code_unknown,
        Notice::OutcomeUnknown(change) => PHRASES.unknown.of(*change),
        Notice::NotSent => PHRASES.not_sent,
        Notice::ChangedElsewhere => PHRASES.changed_elsewhere,
        Notice::PinsDiffer => PHRASES.pins_differ,
        Notice::WeakPin => PHRASES.weak_pin,
        Notice::Wait { .. } => return words.widget.phrase(WIDGET.wait).to_owned(),
        Notice::CannotEncrypt => PHRASES.cannot_encrypt,
        Notice::KeyRefused => PHRASES.key_refused,
        Notice::NotScanned => PHRASES.not_scanned,
        Notice::ScanRejected => PHRASES.scan_rejected,
        Notice::NoMatch => PHRASES.no_match,
    };
    words.phrase(phrase).to_owned()
}

fn by_factor(change: Change, pin: Phrase, device: Phrase, phone: Phrase, face: Phrase) -> Phrase {
    match change {
        Change::SetPin | Change::ChangePin | Change::RemovePin => pin,
        Change::EnrolDevice | Change::RemoveDevice => device,
        Change::AddPhone | Change::ReplacePhone | Change::RemovePhone => phone,
        Change::EnrolFace | Change::RemoveFace => face,
    }
}

fn is_problem(notice: &Notice) -> bool {
    match notice {
        Notice::Changed(_) | Notice::CodeSent | Notice::Wait { .. } => false,
        Notice::AlreadyEnrolled(_)
        | Notice::NotEnrolled(_)
        | Notice::LimitReached
        | Notice::Rejected(_)
        | Notice::ReplacementFailed(_)
        | Notice::ReplacementUnknown(_)
        | Notice::OldNumberUnknown
        | Notice::Number(_)
        | Notice::NumberRepeated
        | Notice::CodeWrong
        | Notice::CodeExpired
        | Notice::CodeLimitReached
        | Notice::CodeUnknown
        | Notice::OutcomeUnknown(_)
        | Notice::NotSent
        | Notice::ChangedElsewhere
        | Notice::PinsDiffer
        | Notice::WeakPin
        | Notice::CannotEncrypt
        | Notice::KeyRefused
        | Notice::NotScanned
        | Notice::ScanRejected
        | Notice::NoMatch => true,
    }
}

fn ending(ui: EnrolmentUi, words: &Words) -> String {
    match ui.left_until(ui.screen.read().expires_at) {
        0 => String::new(),
        left if left <= END_WARNING_MS => words.widget.wait_time(WIDGET.ends_in, left),
        _ => String::new(),
    }
}

fn done(ui: EnrolmentUi) -> AnyView {
    let readiness = move || {
        if ui.screen.read().can_finish {
            Readiness::Ready
        } else {
            Readiness::Absent
        }
    };
    button(
        Weight::Quiet,
        ui.phrase(PHRASES.done),
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(move || ui.send(Event::DoneWanted))),
    )
}

/// The button that leads back to the overview.
pub(super) fn back(ui: EnrolmentUi) -> AnyView {
    let readiness = move || {
        let screen = ui.screen.read();
        // A scan can be left.
        let is_scanning = matches!(screen.view, View::NewFace(NewFaceStage::Scanning));
        if is_submitting(&screen) && !is_scanning {
            Readiness::Idle
        } else {
            Readiness::Ready
        }
    };
    button(
        Weight::Quiet,
        ui.phrase(PHRASES.back),
        None,
        Arc::new(readiness),
        Press::Do(Arc::new(move || ui.send(Event::BackWanted))),
    )
}

/// What the button says that makes the change: a phrase, unless the change is being made.
pub(super) fn label(ui: EnrolmentUi, idle: Phrase) -> TextSignal {
    ui.text(move |words| words.phrase(in_progress(&ui.screen.read()).unwrap_or(idle)).to_owned())
}

/// Whether the button that makes the change can be used.
pub(super) fn change_readiness(ui: EnrolmentUi) -> Ready {
    Arc::new(
        move || match (is_submitting(&ui.screen.read()), ui.left_until(not_before(ui))) {
            (true, _) => Readiness::Busy,
            (false, 0) => Readiness::Ready,
            (false, _) => Readiness::Idle,
        },
    )
}

/// Until when the server accepts nothing.
pub(super) fn not_before(ui: EnrolmentUi) -> Option<Timestamp> {
    ui.screen.read().not_before
}

/// How long the customer has to wait.
pub(super) fn wait(ui: EnrolmentUi) -> AnyView {
    let text = ui.text(move |words| match ui.left_until(not_before(ui)) {
        0 => String::new(),
        left => words.widget.wait_time(WIDGET.wait_for, left),
    });
    explanation(&id("wait"), text)
}
