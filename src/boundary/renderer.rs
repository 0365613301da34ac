//! Passes the driver's screens to the views as signals, and its result to the page.

use std::cell::RefCell;

use gloo_timers::callback::Interval;
use js_sys::Function;
use leptos::prelude::{ArcRwSignal, Set};
use sca_protocol::{
    Timestamp,
    flow::{Flow, Screen},
};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::{
    browser::BrowserClock,
    driver::{End, Observer, ports::Clock},
};

/// How often the clock signal ticks while a screen has a deadline, in milliseconds.
const TICK_MS: u32 = 1_000;

/// The result of an approval, as reported to the page: `ScaResult` in `pkg/index.d.ts`.
///
/// An array for `pkg/widget.js`, which names the members: serde-wasm-bindgen keeps the names of fields in a hash map.
#[derive(Serialize)]
struct WidgetResult<'a>(
    /// `outcome`
    &'static str,
    /// `approvalId`
    Option<&'a str>,
    /// `reason`
    Option<&'a str>,
);

/// Connects a driver to the views and to the page.
pub(super) struct RendererBridge {
    pub(super) screen: ArcRwSignal<Screen>,
    pub(super) now: ArcRwSignal<Timestamp>,
    ticking: RefCell<Option<Interval>>,
    on_end: Function,
}

impl RendererBridge {
    pub(super) fn new(on_end: Function) -> Self {
        Self {
            screen: ArcRwSignal::new(Flow::new(String::new(), Vec::new()).screen()),
            now: ArcRwSignal::new(BrowserClock.now()),
            ticking: RefCell::default(),
            on_end,
        }
    }
}

impl Observer for RendererBridge {
    fn show(&self, screen: Screen) {
        self.now.set(BrowserClock.now());
        let mut ticking = self.ticking.borrow_mut();
        match (screen.expires_at, &*ticking) {
            (Some(_), None) => {
                let now = self.now.clone();
                *ticking = Some(Interval::new(TICK_MS, move || now.set(BrowserClock.now())));
            }
            (None, Some(_)) => *ticking = None,
            (Some(_), Some(_)) | (None, None) => {}
        }
        self.screen.set(screen);
    }

    fn settled(&self, end: End) {
        let result = WidgetResult(
            end.outcome.as_str(),
            end.approval_id.as_deref(),
            end.outcome.reason().map(|reason| reason.as_str()),
        );
        let serializer = Serializer::new().serialize_missing_as_null(true);
        let result = result.serialize(&serializer).unwrap_or(JsValue::NULL);
        // An exception of the page's function is the page's to handle.
        let _ = self.on_end.call1(&JsValue::UNDEFINED, &result);
    }
}
