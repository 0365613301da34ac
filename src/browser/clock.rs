//! The browser's clock and timers.

use gloo_timers::future::TimeoutFuture;
use js_sys::Date;
use sca_protocol::Timestamp;

use super::json::whole;
use crate::driver::ports::Clock;

/// The longest wait that a browser's timer supports, in milliseconds: 24 days.
const MAX_TIMER_MS: u32 = 0x7FFF_FFFF;

/// The browser's clock and its timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserClock;

impl Clock for BrowserClock {
    fn now(&self) -> Timestamp {
        Timestamp(whole(Date::now()).unwrap_or_default())
    }

    fn read_http_date(&self, text: &str) -> Option<Timestamp> {
        whole(Date::parse(text)).map(Timestamp)
    }

    async fn sleep(&self, milliseconds: u64) {
        let timer = u32::try_from(milliseconds).map_or(MAX_TIMER_MS, |time| time.min(MAX_TIMER_MS));
        TimeoutFuture::new(timer).await;
    }
}
