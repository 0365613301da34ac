//! The style of the widget's shadow root.

use std::cell::OnceCell;

use js_sys::Array;
use web_sys::{CssStyleSheet, ShadowRoot};

thread_local! {
    /// One sheet for all widgets of the page.
    static SHEET: OnceCell<Option<CssStyleSheet>> = const { OnceCell::new() };
}

/// Adds the widget's style to a shadow root. It needs no permission of a content security policy: a constructed sheet is neither a
/// `<style>` element nor an attribute. If that fails, the widget works without style.
pub fn adopt_stylesheet(root: &ShadowRoot, style: &str) {
    SHEET.with(|sheet| {
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
