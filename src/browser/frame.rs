//! The provider's page, in a frame.

use std::{cell::Cell, rc::Rc};

use gloo_events::EventListener;
use js_sys::{JSON, JsString};
use sca_protocol::{HostedChallenges, Origin, SessionUrl, face::origin_of, flow::Event};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, EventTarget, Node, ResizeObserver};

use super::object::member;
use crate::driver::ports::{Frame, Frames};

/// The longest message that is read, in UTF-16 units. The expected one has about thirty.
const MAX_MESSAGE_LENGTH: u32 = 4_096;
/// The message that FaceSign's page sends when the customer is done. Case-insensitive.
const FINISHED_MESSAGE: &str = "SESSION_FINISHED";
/// What the page in the frame may do. `allow-same-origin` lets it keep its own origin, which gives it no access to ours. It may not
/// navigate the top window.
const SANDBOX: &str = "allow-scripts allow-same-origin allow-forms allow-popups";

/// Frames in this document.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserFrames;

impl Frames for BrowserFrames {
    type Container = Element;

    fn open(
        &self,
        container: &Element,
        url: &SessionUrl,
        name: &str,
        on_event: Rc<dyn Fn(Event)>,
        _: HostedChallenges,
    ) -> Option<Box<dyn Frame>> {
        let frame = BrowserFrame::open(container, url, name, on_event)?;
        Some(Box::new(frame))
    }

    /// `:focus-within` does not match while a cross-origin page has the focus.
    fn holds_focus(&self, container: &Element) -> bool {
        let focused = member(&container.get_root_node(), "activeElement").and_then(|element| element.dyn_into().ok());
        focused.is_some_and(|focused: Node| container.contains(Some(&focused)))
    }
}

/// A frame in the page. Dropping it unloads its page, which ends the use of the camera.
#[derive(Debug)]
pub struct BrowserFrame {
    element: Element,
    observer: Option<ResizeObserver>,
    _on_resize: Closure<dyn FnMut(JsValue)>,
    listeners: Vec<EventListener>,
}

impl BrowserFrame {
    /// Puts a frame into a container and loads the page. It reports:
    ///
    /// - [`Event::FrameLoaded`] when something has loaded, even an error page;
    /// - [`Event::FrameFinished`] once, when the page in the frame reports that the customer is done;
    /// - [`Event::FrameLost`] when the frame was removed from the document, or the document's policy forbids it.
    ///
    /// `None` when the URL is invalid, or the document cannot create a frame.
    pub fn open(container: &Element, url: &SessionUrl, name: &str, on_event: Rc<dyn Fn(Event)>) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let origin = origin_of(url.as_str())?;
        let element = unattached(origin.as_str())?;
        for (name, value) in [
            ("class", "sca-frame"),
            ("part", "frame"),
            ("title", name),
            ("referrerpolicy", "no-referrer"),
            ("sandbox", SANDBOX),
            ("src", url.as_str()),
        ] {
            element.set_attribute(name, value).ok()?;
        }
        let watch = Rc::new(Watch {
            element: element.clone(),
            origin,
            is_forbidden: Cell::default(),
            has_finished: Cell::default(),
            on_event,
        });
        let targets: [(&EventTarget, &'static str, _); 3] = [
            (&element, "load", FrameSignal::Load),
            (&window, "message", FrameSignal::Message),
            (&document, "securitypolicyviolation", FrameSignal::Violation),
        ];
        let listeners = targets
            .into_iter()
            .map(|(target, event, signal)| {
                let mut handle = watch.handler(signal);
                EventListener::new(target, event, move |event| handle(event.into()))
            })
            .collect();
        container.append_child(&element).ok()?;
        let on_resize = Closure::new(watch.handler(FrameSignal::Size));
        let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&element);
        }
        Some(Self {
            element,
            observer,
            _on_resize: on_resize,
            listeners,
        })
    }
}

impl Frame for BrowserFrame {
    fn rename(&self, name: &str) {
        // On failure the frame keeps its earlier name.
        let _ = self.element.set_attribute("title", name);
    }
}

impl Drop for BrowserFrame {
    fn drop(&mut self) {
        self.listeners.clear();
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
        let _ = self.element.set_attribute("src", "about:blank");
        self.element.remove();
    }
}

/// A frame outside the document, which may use the camera for that origin.
pub(super) fn unattached(origin: &str) -> Option<Element> {
    let element = web_sys::window()?.document()?.create_element("iframe").ok()?;
    let allow = ["camera ", origin, "; microphone ", origin, "; autoplay ", origin].concat();
    element.set_attribute("allow", &allow).ok()?;
    Some(element)
}

/// The signals that are observed.
#[derive(Clone, Copy)]
enum FrameSignal {
    Load,
    Message,
    Violation,
    Size,
}

struct Watch {
    element: Element,
    origin: Origin,
    /// Whether the document's policy forbids the frame. The browser's error page then causes a load event, too.
    is_forbidden: Cell<bool>,
    has_finished: Cell<bool>,
    on_event: Rc<dyn Fn(Event)>,
}

impl Watch {
    fn handler(self: &Rc<Self>, signal: FrameSignal) -> impl FnMut(JsValue) + 'static {
        let watch = Rc::clone(self);
        move |event| {
            if let Some(event) = watch.handle(signal, &event) {
                (watch.on_event)(event);
            }
        }
    }

    fn handle(&self, signal: FrameSignal, event: &JsValue) -> Option<Event> {
        match signal {
            FrameSignal::Load if !self.is_forbidden.get() => {
                // The style then hides the spinner. If this fails, the spinner stays behind the page.
                let _ = self.element.set_attribute("data-loaded", "");
                Some(Event::FrameLoaded)
            }
            FrameSignal::Message
                if !self.has_finished.get() && self.is_from_page(event) && is_finished_message(event) =>
            {
                self.has_finished.set(true);
                Some(Event::FrameFinished)
            }
            FrameSignal::Violation if blocks_frame(event, &self.origin) => {
                self.is_forbidden.set(true);
                Some(Event::FrameLost)
            }
            // An element that is removed from the document, by itself or with an ancestor, loses its size.
            FrameSignal::Size if !self.element.is_connected() => Some(Event::FrameLost),
            FrameSignal::Load | FrameSignal::Message | FrameSignal::Violation | FrameSignal::Size => None,
        }
    }

    /// Whether a message comes from the page that was opened: both its full origin and its window have to match.
    fn is_from_page(&self, event: &JsValue) -> bool {
        // A frame outside the document has no window, and some messages have no source: two nulls are no match.
        let window = member(&self.element, "contentWindow").filter(|window| !window.is_null());
        window.is_some()
            && member(event, "source") == window
            && member(event, "origin").is_some_and(|origin| origin == self.origin.as_str())
    }
}

fn is_finished_message(event: &JsValue) -> bool {
    let Some(mut data) = member(event, "data") else {
        return false;
    };
    if let Some(text) = data.dyn_ref::<JsString>() {
        if text.length() > MAX_MESSAGE_LENGTH {
            return false;
        }
        data = JSON::parse(&String::from(text)).unwrap_or_default();
    }
    ["message", "type"].into_iter().any(|name| {
        member(&data, name)
            .and_then(|word| word.dyn_into::<JsString>().ok())
            .filter(|word| word.length() <= MAX_MESSAGE_LENGTH)
            .is_some_and(|word| String::from(word).eq_ignore_ascii_case(FINISHED_MESSAGE))
    })
}

/// Whether a violation report is about a frame of that origin.
fn blocks_frame(report: &JsValue, origin: &Origin) -> bool {
    let text = |name| member(report, name).and_then(|value| value.as_string());
    text("effectiveDirective").as_deref() == Some("frame-src")
        && text("disposition").as_deref() == Some("enforce")
        && text("blockedURI").is_some_and(|blocked| {
            blocked
                .strip_prefix(origin.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })
}
