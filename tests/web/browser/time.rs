use std::{future::Future, pin::pin, task::Poll};

use sca_protocol::Timestamp;
use sca_widget::{browser::BrowserClock, driver::ports::Clock};
use wasm_bindgen_test::wasm_bindgen_test;

use super::page;

#[wasm_bindgen_test]
async fn a_dropped_wait_leaves_no_timer() {
    page::start_counting();
    {
        let mut sleeping = pin!(BrowserClock.sleep(u64::MAX));
        std::future::poll_fn(|context| {
            assert!(sleeping.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(page::running_timers(), 1);
    }
    let left = page::running_timers();
    page::stop_counting();
    assert_eq!(left, 0);
}

#[wasm_bindgen_test]
async fn a_wait_ends_not_before_its_time() {
    let start = BrowserClock.now();
    BrowserClock.sleep(20).await;
    assert!(start.ms_until(BrowserClock.now()) >= 19);
}

#[wasm_bindgen_test]
fn http_dates_are_parsed() {
    let date = BrowserClock.read_http_date("Tue, 14 Nov 2023 22:13:20 GMT");
    assert_eq!(date, Some(Timestamp(1_700_000_000_000)));
    assert_eq!(BrowserClock.read_http_date("soon"), None);
}
