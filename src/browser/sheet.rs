//! The style of an element's shadow root.

use std::{cell::OnceCell, thread::LocalKey};

use js_sys::Array;
use web_sys::{CssStyleSheet, ShadowRoot};

type Sheet = OnceCell<Option<CssStyleSheet>>;

thread_local! {
    /// One sheet for all widgets of the page.
    static SHEET: Sheet = const { OnceCell::new() };
    /// And one for all elements for enrolments, which share their module with the widget.
    #[cfg(feature = "enrolment")]
    static ENROLMENT_SHEET: Sheet = const { OnceCell::new() };
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

fn adopt(root: &ShadowRoot, sheet: &'static LocalKey<Sheet>, style: &str) {
    sheet.with(|sheet| {
        if let Some(sheet) = sheet.get_or_init(|| filled(style)) {
            root.set_adopted_style_sheets(&Array::of1(sheet));
        }
    });
}

fn filled(style: &str) -> Option<CssStyleSheet> {
    let sheet = CssStyleSheet::new().ok()?;
    sheet.replace_sync(style).ok()?;
    Some(sheet)
}
