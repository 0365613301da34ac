//! The clock that the views see.

use std::cell::RefCell;

use gloo_timers::callback::Interval;
use leptos::prelude::{ArcRwSignal, Set};
use sca_protocol::Timestamp;

use crate::{browser::BrowserClock, driver::ports::Clock};

/// How often the clock ticks, in milliseconds.
const TICK_MS: u32 = 1_000;

/// The browser's clock as a signal. It ticks only while a screen has a deadline.
pub(super) struct Ticker {
    pub(super) now: ArcRwSignal<Timestamp>,
    ticking: RefCell<Option<Interval>>,
}

impl Ticker {
    pub(super) fn new() -> Self {
        Self {
            now: ArcRwSignal::new(BrowserClock.now()),
            ticking: RefCell::default(),
        }
    }

    /// Sets the clock, before a screen is shown with this deadline.
    pub(super) fn set(&self, deadline: Option<Timestamp>) {
        self.now.set(BrowserClock.now());
        let mut ticking = self.ticking.borrow_mut();
        match (deadline, &*ticking) {
            (Some(_), None) => {
                let now = self.now.clone();
                *ticking = Some(Interval::new(TICK_MS, move || now.set(BrowserClock.now())));
            }
            (None, Some(_)) => *ticking = None,
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}
