//! The log of diagnostics for developers.

use crate::driver::ports::{Diagnostic, DiagnosticLog};

/// Logs to the console in a debug build, and does nothing in the shipped one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console;

impl DiagnosticLog for Console {
    #[cfg(debug_assertions)]
    fn record(&self, diagnostic: Diagnostic) {
        web_sys::console::debug_1(&format!("sca-widget: {diagnostic:?}").into());
    }

    #[cfg(not(debug_assertions))]
    fn record(&self, _: Diagnostic) {}
}
