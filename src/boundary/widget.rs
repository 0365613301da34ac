//! One widget in a page.

use std::{any::Any, fmt, rc::Rc};

use gloo_events::EventListener;
use js_sys::Function;
use leptos::{
    mount::mount_to,
    prelude::{ArcRwSignal, Set},
};
use sca_protocol::flow::{Screen, View};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use web_sys::ShadowRoot;

use super::{
    container::container,
    renderer::RendererBridge,
    widget_options::{self, Options},
};
use crate::{
    browser::{Browser, BrowserFrames, IntlFormats, member, on_resume},
    driver::Driver,
    ui::{self, Inputs, text::Language},
};

/// One widget. Freeing it removes it from the page and cancels all its work.
#[wasm_bindgen]
pub struct Widget {
    // In the order of their drops: first the events and the work end, then the view is removed.
    _resumes: Vec<EventListener>,
    driver: Rc<Driver<Browser>>,
    _view: Box<dyn Any>,
    language: ArcRwSignal<Language>,
}

impl fmt::Debug for Widget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Widget")
    }
}

#[wasm_bindgen]
impl Widget {
    /// Mounts a widget in a shadow root and starts its flow, or with the option `warmUp` only shows a question. `on_end` is called once, with
    /// the result, unless the widget is freed before. It is called without a result, perhaps more than once, if only a module with hosted
    /// challenges can go on, and the page has not named the origins of frames: then the page's scripts open the approval in that one.
    ///
    /// # Errors
    /// The code of an [`OptionsError`](super::OptionsError), as a string. The root is unchanged then.
    pub fn open(root: &ShadowRoot, options: &JsValue, on_end: Function) -> Result<Widget, JsValue> {
        let Options {
            access,
            language,
            frame_origins,
            hosted_link,
            may_hand_over,
        } = Options::read(options).map_err(|error| JsValue::from_str(error.code()))?;
        let container = container(root).ok_or_else(|| JsValue::from_str("root-unusable"))?;

        let bridge = RendererBridge::new(on_end, may_hand_over);
        let (screen, now) = (bridge.screen.clone(), bridge.ticker.now.clone());
        let shown = screen.clone();
        let browser = Browser::new(|name| member(options, name).unwrap_or_default());
        let driver = Rc::new(Driver::new(browser, access, frame_origins, Box::new(bridge)));
        let events = driver.events();
        let language = ArcRwSignal::new(language);
        let shown_language = language.clone();
        let view = mount_to(container, move || {
            ui::view(Inputs {
                screen: screen.read_only().into(),
                now: now.read_only().into(),
                language: shown_language.read_only().into(),
                formats: Rc::new(IntlFormats),
                frames: Rc::new(BrowserFrames),
                hosted_link,
                on_event: Rc::new(move |event| events.send(event)),
            })
        });
        let weak = Rc::downgrade(&driver);
        let resumes = on_resume(move || {
            if let Some(driver) = weak.upgrade() {
                driver.resume();
            }
        });
        match member(options, "warmUp") {
            // Browsers compile a function when it is called first: after this, the first question of a widget is there sooner.
            Some(_) => shown.set(Screen {
                action: None,
                position: None,
                expires_at: None,
                receipt: None,
                view: View::Pin {
                    digits: 1,
                    submitting: false,
                    not_before: None,
                    other_factor: false,
                },
                notice: None,
                last_entry: false,
                can_cancel: false,
            }),
            None => driver.open(),
        }
        Ok(Widget {
            _resumes: resumes,
            driver,
            _view: Box::new(view),
            language,
        })
    }

    /// Applies the `locale` and the `phrases` of new options.
    pub fn update(&self, options: &JsValue) {
        self.language.set(widget_options::language(options));
    }

    /// The approval's id, once it is known.
    #[wasm_bindgen(getter, js_name = approvalId)]
    #[must_use]
    pub fn approval_id(&self) -> Option<String> {
        self.driver.approval_id()
    }
}
