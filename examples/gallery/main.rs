//! Every screen in every state, from canned data, for work on the style.
//!
//! `cargo xtask gallery --serve` or `trunk serve` shows it. The page's URL selects what is shown:
//! `?language=ar&theme=dark&width=320&only=pin`.
#![allow(
    clippy::unwrap_used,
    reason = "it runs on a developer's machine only, and its data is known"
)]

mod canned;

use std::rc::Rc;

use js_sys::Array;
use leptos::{html, mount::mount_to, prelude::*, wasm_bindgen::JsCast};
use sca_protocol::{HostedChallenges, SessionUrl, flow::Event};
use sca_widget::{
    browser::IntlFormats,
    driver::ports::{Frame, Frames},
    ui::{
        self, Container, HostedLink, Inputs,
        text::{Language, source},
    },
};
use web_sys::{CssStyleSheet, Element, ShadowRootInit, ShadowRootMode, UrlSearchParams};

use canned::{Canned, NOW};

const LANGUAGES: [&str; 5] = ["en", "en-US", "ar", "ar-EG", "de"];
const THEMES: [&str; 3] = ["auto", "light", "dark"];
const WIDTHS: [&str; 5] = ["390", "250", "320", "560", "full"];

fn main() {
    leptos::mount::mount_to_body(gallery);
}

fn gallery() -> impl IntoView {
    let address = UrlSearchParams::new_with_str(&window().location().search().unwrap()).unwrap();
    let chosen = |name: &str, usual: &str| RwSignal::new(address.get(name).unwrap_or_else(|| usual.to_owned()));
    let language = chosen("language", LANGUAGES[0]);
    let theme = chosen("theme", THEMES[0]);
    let width = chosen("width", WIDTHS[0]);
    let only = address.get("only");
    let spoken = RwSignal::new(speak(LANGUAGES[0]));
    Effect::new(move || spoken.set(speak(&language.read())));
    let frames: Vec<AnyView> = canned::all()
        .into_iter()
        .filter(|canned| only.as_deref().is_none_or(|only| only == canned.name))
        .map(|canned| frame(canned, spoken.read_only()))
        .collect();
    view! {
        <header>
            <h1>{"Every screen in every state"}</h1>
            {selection("Language", &LANGUAGES, language)}
            {selection("Theme", &THEMES, theme)}
            {selection("Width", &WIDTHS, width)}
        </header>
        <main data-width=width data-theme=theme>
            {frames}
        </main>
    }
}

/// A page fetches its language; here all are compiled in.
fn speak(tag: &str) -> Language {
    let phrases = if tag.starts_with("ar") {
        include_str!("../../src/ui/text/ar.txt")
    } else {
        include_str!("../../src/ui/text/en.txt")
    };
    Language::new(tag, source::strip_keys(phrases).unwrap())
}

fn selection(label: &'static str, values: &'static [&'static str], chosen: RwSignal<String>) -> impl IntoView {
    let options: Vec<_> = values
        .iter()
        .map(|value| {
            let selected = move || chosen.get() == *value;
            view! {
                <option value=*value selected=selected>
                    {*value}
                </option>
            }
        })
        .collect();
    view! {
        <label>
            {label}
            <select on:change=move |event| chosen.set(event_target_value(&event))>{options}</select>
        </label>
    }
}

/// One screen in a shadow root of its own, as in a partner's page.
fn frame(canned: Canned, language: ReadSignal<Language>) -> AnyView {
    let host = NodeRef::<html::Div>::new();
    let Canned { name, screen } = canned;
    host.on_load(move |host| {
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        let sheet = CssStyleSheet::new().unwrap();
        sheet.replace_sync(include_str!("../../src/ui/theme.css")).unwrap();
        root.set_adopted_style_sheets(&Array::of1(&sheet));
        let inside = document().create_element("div").unwrap();
        root.append_child(&inside).unwrap();
        let inputs = move || Inputs {
            screen: RwSignal::new(screen.clone()).read_only(),
            now: RwSignal::new(NOW).read_only(),
            language,
            formats: Rc::new(IntlFormats),
            frames: Rc::new(BlankFrames),
            hosted_link: HostedLink::NewTab,
            on_event: Rc::new(|event| leptos::logging::log!("{event:?}")),
        };
        mount_to(inside.unchecked_into(), move || ui::view(inputs())).forget();
    });
    view! {
        <figure>
            <figcaption>{name}</figcaption>
            <div class="host" node_ref=host></div>
        </figure>
    }
    .into_any()
}

/// Frames without a page: their content belongs to the provider.
struct BlankFrames;

struct BlankFrame(Element);

impl Frames for BlankFrames {
    type Container = Container;

    fn open(
        &self,
        container: &Container,
        _: &SessionUrl,
        name: &str,
        _: Rc<dyn Fn(Event)>,
        _: HostedChallenges,
    ) -> Option<Box<dyn Frame>> {
        let element = document().create_element("div").unwrap();
        element.set_class_name("sca-frame");
        container.append_child(&element).unwrap();
        let frame = BlankFrame(element);
        frame.rename(name);
        Some(Box::new(frame))
    }

    fn holds_focus(&self, container: &Container) -> bool {
        container.matches(":focus-within").unwrap()
    }
}

impl Frame for BlankFrame {
    fn rename(&self, name: &str) {
        self.0.set_attribute("title", name).unwrap();
    }
}

impl Drop for BlankFrame {
    fn drop(&mut self) {
        self.0.remove();
    }
}
