//! The style of an element's shadow root.

use std::{cell::RefCell, thread::LocalKey};

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{CssStyleSheet, Document, ShadowRoot};

use super::object::member;

/// A sheet, and the document that it is of.
type Sheet = RefCell<Option<(Document, CssStyleSheet)>>;

thread_local! {
    /// One sheet for all widgets of the page.
    static SHEET: Sheet = const { RefCell::new(None) };
    /// And one for all elements for enrolments, which share their module with the widget.
    #[cfg(feature = "enrolment")]
    static ENROLMENT_SHEET: Sheet = const { RefCell::new(None) };
}

/// Adds the widget's style to a shadow root. It needs no permission of a content security policy: a constructed sheet is neither a
/// `<style>` element nor an attribute. If that fails, the widget works without style.
pub fn adopt_stylesheet(root: &ShadowRoot, style: &str) {
    adopt(root, &SHEET, style);
}

/// The same for an element for enrolments.
#[cfg(feature = "enrolment")]
pub fn adopt_enrolment_stylesheet(root: &ShadowRoot, style: &str) {
    adopt(root, &ENROLMENT_SHEET, style);
}

fn adopt(root: &ShadowRoot, known: &'static LocalKey<Sheet>, style: &str) {
    let Some(document) = root.owner_document() else {
        return;
    };
    let known_sheet = known.with_borrow(|known| {
        let same = known.as_ref().filter(|(owner, _)| *owner == document);
        same.map(|(_, sheet)| sheet.clone())
    });
    if let Some(sheet) = known_sheet.or_else(|| filled(&document, style)) {
        root.set_adopted_style_sheets(&Array::of1(&sheet));
        known.set(Some((document, sheet)));
    }
}

/// A sheet that the document's own window constructs: no other can be used in it. The document may be that of a frame.
fn filled(document: &Document, style: &str) -> Option<CssStyleSheet> {
    let window = document.default_view()?;
    let constructor: Function = member(window.as_ref(), "CSSStyleSheet")?.dyn_into().ok()?;
    let sheet: CssStyleSheet = Reflect::construct(&constructor, &Array::new()).ok()?.unchecked_into();
    sheet.replace_sync(style).ok()?;
    Some(sheet)
}
