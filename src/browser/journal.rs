//! Notes for developers.

use crate::driver::ports::{Journal, Oddity};

/// The console in a debug build, and nothing at all in the one that ships.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl Journal for Console {
    #[cfg(debug_assertions)]
    fn note(&self, oddity: Oddity) {
        web_sys::console::debug_1(&format!("sca-widget: {oddity:?}").into());
    }

    #[cfg(not(debug_assertions))]
    fn note(&self, _: Oddity) {}
}
