//! The style of the widget's shadow root.

use js_sys::Array;
use web_sys::{CssStyleSheet, ShadowRoot};

thread_local! {
    /// One sheet for all widgets of the page.
    static SHEET: Option<CssStyleSheet> = CssStyleSheet::new().ok();
}

/// Puts a style into a shadow root, in a way that no content security policy has to allow: a constructed sheet is neither a
/// `<style>` element nor an attribute.
pub fn adopt_stylesheet(root: &ShadowRoot, style: &str) {
    SHEET.with(|sheet| {
        let Some(sheet) = sheet else {
            return;
        };
        // A sheet that cannot be filled leaves the widget plain and working.
        if sheet.css_rules().is_ok_and(|rules| rules.length() == 0) {
            let _ = sheet.replace_sync(style);
        }
        root.set_adopted_style_sheets(&Array::of1(sheet));
    });
}
