//! A widget on a page, and the customer who uses it.

use std::{any::Any, cell::RefCell, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use leptos::{mount::mount_to, prelude::*};
use sca_protocol::{
    Factor, HostedChallenges, Money, SessionUrl, Timestamp,
    flow::{Event, Screen, View},
};
use sca_widget::{
    browser::{BrowserFrames, IntlFormats},
    driver::ports::{Formats, Frame, Frames},
    ui::{
        self, Container, HostedLink, Inputs,
        text::{Language, source},
    },
};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventInit, HtmlElement, HtmlFormElement, HtmlInputElement, InputEvent, InputEventInit};

use super::canned::NOW;

/// An event of the customer, with the submitted digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Chosen(Factor),
    OtherWay,
    Pin(String),
    Code(String),
    Resend,
    FaceHere,
    TabWanted,
    Retry,
    Cancel,
    Deny,
}

pub(crate) struct Stage {
    pub(crate) screen: ArcRwSignal<Screen>,
    pub(crate) now: ArcRwSignal<Timestamp>,
    pub(crate) language: ArcRwSignal<Language>,
    pub(crate) page: HtmlElement,
    wishes: Rc<RefCell<Vec<Wish>>>,
    frames: Rc<RefCell<Vec<String>>>,
    mounted: Option<Box<dyn Any>>,
}

impl Stage {
    pub(crate) async fn new(screen: Screen) -> Self {
        Self::with_link(screen, HostedLink::NewTab).await
    }

    pub(crate) async fn with_link(screen: Screen, hosted_link: HostedLink) -> Self {
        let page: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&page).unwrap();
        let wishes = Rc::<RefCell<Vec<Wish>>>::default();
        let frames = Rc::<RefCell<Vec<String>>>::default();
        let screen = ArcRwSignal::new(screen);
        let now = ArcRwSignal::new(NOW);
        let language = ArcRwSignal::new(language("en"));
        let inputs = {
            let (screen, now, language) = (screen.clone(), now.clone(), language.clone());
            let wishes = Rc::clone(&wishes);
            let frames = TestFrames(Rc::clone(&frames));
            move || Inputs {
                screen: screen.read_only().into(),
                now: now.read_only().into(),
                language: language.read_only().into(),
                formats: Rc::new(PlainFormats),
                frames: Rc::new(frames),
                hosted_link,
                on_event: Rc::new(move |event| wishes.borrow_mut().push(wish(event))),
            }
        };
        let mounted = mount_to(page.clone(), move || ui::view(inputs()));
        let stage = Self {
            screen,
            now,
            language,
            page,
            wishes,
            frames,
            mounted: Some(Box::new(mounted)),
        };
        stage.settle().await;
        stage
    }

    /// Lets pending effects and tasks run.
    pub(crate) async fn settle(&self) {
        TimeoutFuture::new(0).await;
    }

    pub(crate) async fn show(&self, screen: Screen) {
        self.screen.set(screen);
        self.settle().await;
    }

    pub(crate) async fn change(&self, change: impl FnOnce(&mut Screen)) {
        self.screen.update(change);
        self.settle().await;
    }

    pub(crate) async fn at(&self, milliseconds: u64) {
        self.now.set(NOW.plus_ms(milliseconds));
        self.settle().await;
    }

    /// Lets the clock tick at each of these seconds.
    pub(crate) async fn seconds(&self, seconds: std::ops::RangeInclusive<u64>) {
        for second in seconds {
            self.at(second * 1_000).await;
        }
    }

    pub(crate) async fn speak(&self, tag: &str) {
        self.language.set(language(tag));
        self.settle().await;
    }

    pub(crate) fn unmount(&mut self) {
        self.mounted = None;
    }

    /// The customer's events since the last call.
    pub(crate) fn wishes(&self) -> Vec<Wish> {
        self.wishes.take()
    }

    /// What happened to frames since the last call.
    pub(crate) fn frames(&self) -> Vec<String> {
        self.frames.take()
    }

    // What the customer sees

    pub(crate) fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.page.query_selector_all(selector).unwrap();
        (0..found.length())
            .map(|place| found.item(place).unwrap().unchecked_into())
            .collect()
    }

    pub(crate) fn one(&self, selector: &str) -> HtmlElement {
        let mut found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector} in {}", self.page.inner_html());
        found.remove(0)
    }

    pub(crate) fn field(&self) -> HtmlInputElement {
        self.one("input").unchecked_into()
    }

    pub(crate) fn heading(&self) -> String {
        self.one("h2").text_content().unwrap()
    }

    /// The names of the buttons.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.shown("button").iter().map(text_of).collect()
    }

    fn shown(&self, selector: &str) -> Vec<HtmlElement> {
        let all = self.all(selector).into_iter();
        all.filter(|element| element.closest("[hidden]").unwrap().is_none())
            .collect()
    }

    pub(crate) fn button(&self, name: &str) -> HtmlElement {
        let found = self.shown("button").into_iter().find(|button| text_of(button) == name);
        found.unwrap_or_else(|| panic!("no button {name} among {:?}", self.buttons()))
    }

    /// The text of the visible notice.
    pub(crate) fn notice(&self) -> String {
        let notices = self.shown("[role=status] [part~=notice] p");
        notices.iter().map(text_of).collect::<Vec<_>>().join(" ")
    }

    /// Everything in the live region.
    pub(crate) fn announced(&self) -> String {
        let paragraphs = self.shown("[role=status] p");
        let texts: Vec<String> = paragraphs.iter().map(text_of).filter(|text| !text.is_empty()).collect();
        texts.join(" ")
    }

    /// The painted places of the field: a digit, a bullet for a hidden one, or a blank.
    pub(crate) fn slots(&self) -> String {
        let slots = self.all("[part~=slot]");
        let painted = slots
            .iter()
            .map(|slot| match slot.get_attribute("data-filled").as_deref() {
                Some("hidden") => "•".to_owned(),
                Some(_) => text_of(slot),
                None => " ".to_owned(),
            });
        painted.collect()
    }

    pub(crate) fn has_focus(&self, element: &Element) -> bool {
        document().active_element().as_ref() == Some(element)
    }

    // What the customer does

    pub(crate) async fn press(&self, name: &str) {
        let button = self.button(name);
        button.focus().unwrap();
        button.click();
        self.settle().await;
    }

    /// Presses keys as a browser does: fires `beforeinput`, and changes the field unless that is cancelled.
    pub(crate) fn keys(&self, text: &str) {
        for character in text.chars() {
            self.insert("insertText", &character.to_string());
        }
    }

    pub(crate) fn paste(&self, text: &str) {
        self.insert("insertFromPaste", text);
    }

    pub(crate) fn insert(&self, kind: &str, text: &str) {
        if self.ask(kind, Some(text), true) {
            let field = self.field();
            field.set_value(&(field.value() + text));
            self.tell_input();
        }
    }

    pub(crate) fn delete(&self, kind: &str) {
        if self.ask(kind, None, true) {
            let mut value = self.field().value();
            value.pop();
            self.field().set_value(&value);
            self.tell_input();
        }
    }

    /// Changes the field like a keyboard that composes without composition events: nothing can be cancelled.
    pub(crate) fn compose(&self, value: &str) {
        self.ask("insertCompositionText", Some(value), false);
        self.fill(value);
    }

    /// Fills the field like a password manager that fires no event.
    pub(crate) fn fill_silently(&self, value: &str) {
        self.field().set_value(value);
    }

    /// Fires a plain event at the field.
    pub(crate) fn tell(&self, name: &str) {
        let init = EventInit::new();
        init.set_bubbles(name != "blur");
        let event = web_sys::Event::new_with_event_init_dict(name, &init).unwrap();
        self.field().dispatch_event(&event).unwrap();
    }

    /// Fills the field like a password manager or a phone's autofill: sets the value and fires an event.
    pub(crate) fn fill(&self, value: &str) {
        self.field().set_value(value);
        self.tell_input();
    }

    /// Submits the form, as Return or the button does.
    pub(crate) fn submit(&self) {
        let form: HtmlFormElement = self.one("form").unchecked_into();
        form.request_submit().unwrap();
    }

    /// Fires `beforeinput`. False if the widget cancelled it.
    pub(crate) fn asks(&self, kind: &str, text: &str) -> bool {
        self.ask(kind, Some(text), true)
    }

    fn ask(&self, kind: &str, text: Option<&str>, cancelable: bool) -> bool {
        let init = InputEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(cancelable);
        init.set_input_type(kind);
        init.set_data(text);
        self.dispatch("beforeinput", &init)
    }

    fn tell_input(&self) {
        let init = InputEventInit::new();
        init.set_bubbles(true);
        self.dispatch("input", &init);
    }

    /// Fires an input event. False if it was cancelled.
    pub(super) fn dispatch(&self, name: &str, init: &InputEventInit) -> bool {
        let event = InputEvent::new_with_event_init_dict(name, init).unwrap();
        self.field().dispatch_event(&event).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.mounted = None;
        self.page.remove();
    }
}

pub(crate) fn text_of(element: &HtmlElement) -> String {
    element.text_content().unwrap()
}

pub(crate) fn screen(view: View) -> Screen {
    Screen {
        action: None,
        position: None,
        expires_at: None,
        receipt: None,
        view,
        notice: None,
        last_entry: false,
        can_cancel: true,
    }
}

pub(crate) fn pin() -> Screen {
    screen(View::Pin {
        digits: 4,
        submitting: false,
        not_before: None,
        other_factor: false,
    })
}

pub(crate) fn code() -> Screen {
    screen(View::Code {
        factor: Factor::Sms,
        destination: Some("*********8888".to_owned()),
        digits: 6,
        submitting: false,
        resend_at: Some(NOW),
        expires_at: None,
        resending: false,
        not_before: None,
        other_factor: true,
    })
}

/// The same screen while the digits are being submitted.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test that asks for anything else has failed"
)]
pub(crate) fn submitting(mut screen: Screen) -> Screen {
    match &mut screen.view {
        View::Pin { submitting, .. } | View::Code { submitting, .. } => *submitting = true,
        other => panic!("{other:?} submits nothing"),
    }
    screen
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other events are no wishes")]
fn wish(event: Event) -> Wish {
    match event {
        Event::FactorChosen(factor) => Wish::Chosen(factor),
        Event::OtherFactorWanted => Wish::OtherWay,
        Event::PinEntered(digits) => Wish::Pin(String::from_utf8(digits.expose().to_vec()).unwrap()),
        Event::CodeEntered(digits) => Wish::Code(String::from_utf8(digits.expose().to_vec()).unwrap()),
        Event::ResendWanted => Wish::Resend,
        Event::FrameWanted => Wish::FaceHere,
        Event::TabWanted => Wish::TabWanted,
        Event::RetryWanted => Wish::Retry,
        Event::CancelWanted => Wish::Cancel,
        Event::DenyWanted => Wish::Deny,
        other => panic!("a customer cannot cause {other:?}"),
    }
}

/// Records what happens to frames, and inserts iframe elements without a page.
struct TestFrames(Rc<RefCell<Vec<String>>>);

struct TestFrame {
    element: Element,
    log: Rc<RefCell<Vec<String>>>,
}

impl Frames for TestFrames {
    type Container = Container;

    fn open(
        &self,
        container: &Container,
        url: &SessionUrl,
        name: &str,
        _: Rc<dyn Fn(Event)>,
        _: HostedChallenges,
    ) -> Option<Box<dyn Frame>> {
        let element = document().create_element("iframe").unwrap();
        container.append_child(&element).unwrap();
        self.0.borrow_mut().push(format!("{name} opens {}", url.as_str()));
        Some(Box::new(TestFrame {
            element,
            log: Rc::clone(&self.0),
        }))
    }

    fn holds_focus(&self, container: &Container) -> bool {
        BrowserFrames.holds_focus(container)
    }
}

impl Frame for TestFrame {
    fn rename(&self, name: &str) {
        self.log.borrow_mut().push(format!("is called {name}"));
    }
}

impl Drop for TestFrame {
    fn drop(&mut self) {
        self.log.borrow_mut().push("closes".to_owned());
        self.element.remove();
    }
}

/// A language as the page's scripts pass it.
pub(crate) fn language(tag: &str) -> Language {
    let phrases = if tag.starts_with("ar") {
        include_str!("../../../src/ui/text/ar.txt")
    } else {
        include_str!("../../../src/ui/text/en.txt")
    };
    Language::new(tag, source::strip_keys(phrases).unwrap())
}

/// Formats that show the value and the language tag.
struct PlainFormats;

impl Formats for PlainFormats {
    fn money(&self, tag: &str, amount: &Money) -> String {
        format!("{} {} ({tag})", amount.currency().as_str(), amount.to_decimal())
    }

    fn day(&self, tag: &str, date: &str) -> String {
        format!("{date} ({tag})")
    }

    fn moment(&self, tag: &str, time: Timestamp) -> String {
        format!("{} ms ({tag})", time.0)
    }

    fn number(&self, _tag: &str, number: u64) -> String {
        number.to_string()
    }

    fn plural_category(&self, tag: &str, number: u64) -> String {
        IntlFormats.plural_category(tag, number)
    }
}
