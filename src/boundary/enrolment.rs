//! One enrolment element in a page.

use std::{any::Any, fmt, rc::Rc};

use gloo_events::EventListener;
use js_sys::{Array, Function};
use leptos::{
    mount::mount_to,
    prelude::{ArcRwSignal, Set},
};
use sca_protocol::enrolment_flow::{EnrolmentFlow, Screen};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::ShadowRoot;

use super::{
    container::container,
    options::{Member, access, member, text},
    ticker::Ticker,
};
use crate::{
    browser::{Browser, BrowserDeviceKeys, IntlFormats, countries, day_of, on_resume},
    driver::ClientSecret,
    enrolment::{
        driver::{Driver, End, Observer},
        text::EnrolmentLanguage,
        ui::{self, Inputs},
    },
};

/// One element. Freeing it removes it from the page and cancels all its work.
#[wasm_bindgen]
pub struct EnrolmentElement {
    // In the order of their drops: first the events and the work end, then the view is removed.
    _resumes: Vec<EventListener>,
    _driver: Rc<Driver<Browser, BrowserDeviceKeys>>,
    _view: Box<dyn Any>,
    language: ArcRwSignal<EnrolmentLanguage>,
}

impl fmt::Debug for EnrolmentElement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EnrolmentElement")
    }
}

#[wasm_bindgen]
impl EnrolmentElement {
    /// Mounts the element's view in a shadow root and starts its flow. `on_end` is called once, with the end and the enrolment's id, unless
    /// the element is freed before.
    ///
    /// # Errors
    /// The code of an [`OptionsError`](super::OptionsError), as a string. The root is unchanged then.
    pub fn open(root: &ShadowRoot, options: &JsValue, on_end: Function) -> Result<EnrolmentElement, JsValue> {
        let access = access(options, ClientSecret::of_enrolment).map_err(|error| JsValue::from_str(error.code()))?;
        let script = |name: &str| match member(options, name) {
            Member::Other(script) => script,
            Member::Missing | Member::Text(_) => JsValue::NULL,
        };
        let (keys, country_list) = (script("deviceKeys"), script("countries"));
        let container = container(root).ok_or_else(|| JsValue::from_str("root-unusable"))?;

        let bridge = Bridge::new(on_end);
        let (screen, now) = (bridge.screen.clone(), bridge.ticker.now.clone());
        let browser = Browser::new(script);
        let keys = BrowserDeviceKeys::new(keys);
        let driver = Rc::new(Driver::new(browser, keys, access, Box::new(bridge)));
        let events = driver.events();
        let language = ArcRwSignal::new(language(options));
        let shown_language = language.clone();
        let device_name = text(options, "deviceName");
        let view = mount_to(container, move || {
            ui::view(Inputs {
                screen: screen.read_only().into(),
                now: now.read_only().into(),
                language: shown_language.read_only().into(),
                formats: Rc::new(IntlFormats),
                format_day: day_of,
                countries: Rc::new(move |tag| countries(&country_list, tag)),
                device_name,
                on_event: Rc::new(move |event| events.send(event)),
            })
        });
        let weak = Rc::downgrade(&driver);
        let resumes = on_resume(move || {
            if let Some(driver) = weak.upgrade() {
                driver.resume();
            }
        });
        driver.open();
        Ok(EnrolmentElement {
            _resumes: resumes,
            _driver: driver,
            _view: Box::new(view),
            language,
        })
    }

    /// Applies the `locale` and the phrases of new options.
    pub fn update(&self, options: &JsValue) {
        self.language.set(language(options));
    }
}

/// The language that the page's scripts selected, with its phrases.
fn language(options: &JsValue) -> EnrolmentLanguage {
    EnrolmentLanguage::new(
        &text(options, "locale"),
        text(options, "phrases"),
        text(options, "enrolmentPhrases"),
    )
}

/// Passes the driver's screens to the views as signals, and its end to the page.
struct Bridge {
    screen: ArcRwSignal<Screen>,
    ticker: Ticker,
    on_end: Function,
}

impl Bridge {
    fn new(on_end: Function) -> Self {
        Self {
            screen: ArcRwSignal::new(EnrolmentFlow::new(String::new()).screen()),
            ticker: Ticker::new(),
            on_end,
        }
    }
}

impl Observer for Bridge {
    fn show(&self, screen: Screen) {
        self.ticker.set(screen.expires_at);
        self.screen.set(screen);
    }

    fn settled(&self, end: End) {
        let id = end.enrolment_id.as_deref().map_or(JsValue::NULL, JsValue::from_str);
        let result = Array::of2(&JsValue::from_str(end.end.as_str()), &id);
        // An exception of the page's function is the page's to handle.
        let _ = self.on_end.call1(&JsValue::UNDEFINED, &result);
    }
}
