//! Passes the driver's screens to the views as signals, and its result to the page.

use js_sys::Function;
use leptos::prelude::{ArcRwSignal, Set};
use sca_protocol::flow::{Flow, Screen};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::ticker::Ticker;
use crate::driver::{End, Observer};

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
    pub(super) ticker: Ticker,
    on_end: Function,
    may_hand_over: bool,
}

impl RendererBridge {
    pub(super) fn new(on_end: Function, may_hand_over: bool) -> Self {
        Self {
            screen: ArcRwSignal::new(Flow::new(String::new(), Vec::new()).screen()),
            ticker: Ticker::new(),
            on_end,
            may_hand_over,
        }
    }
}

impl Observer for RendererBridge {
    fn hands_over(&self) -> bool {
        if self.may_hand_over {
            // An exception of the page's function is the page's to handle.
            let _ = self.on_end.call0(&JsValue::UNDEFINED);
        }
        self.may_hand_over
    }

    fn show(&self, screen: Screen) {
        self.ticker.set(screen.expires_at);
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
