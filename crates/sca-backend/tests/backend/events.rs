//! The event stream of a widget (server-sent events).

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use futures_util::StreamExt;
use sca_protocol::Timestamp;
use sca_runtime::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt;

use crate::support::{ContractJson, TestEnv, Widget, assert_status, dynamic_linking::address, waiting::within};

/// The event stream of one tab.
pub(crate) struct EventStream {
    stream: BodyDataStream,
    buffer: String,
}

impl EventStream {
    pub(crate) async fn open(widget: &Widget) -> Result<Self, StatusCode> {
        let request = Request::get(address(&widget.secret, "/events"))
            .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
            .body(Body::empty())
            .unwrap();
        let response = widget.app.clone().oneshot(request).await.unwrap();
        if !response.status().is_success() {
            return Err(response.status());
        }
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store, no-transform");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Ok(Self {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
        })
    }

    /// The next approval, or `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let data = event
                    .lines()
                    .find_map(|line| line.strip_prefix("data: "))
                    .map(str::to_owned);
                assert!(event.contains("event: approval") || data.is_none(), "{event}");
                self.buffer = rest.to_owned();
                match data {
                    Some(data) => return Some(serde_json::from_str(&data).unwrap()),
                    None => continue,
                }
            }
            let chunk = within("the next event", self.stream.next()).await?.unwrap();
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn a_second_tab_sees_every_change_and_the_stream_ends_with_the_approval() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let mut tab = EventStream::open(&widget).await.unwrap();
    assert_status(&tab.next().await.unwrap(), "pending");
    widget.pin("1", "1234").await.ok();
    let mut version = 0;
    loop {
        let approval = tab.next().await.unwrap();
        assert!(approval.version() > version);
        version = approval.version();
        if approval.challenge(0).passed() {
            break;
        }
    }
    widget.cancel().await.ok();
    let last = tab.next().await.unwrap();
    assert_status(&last, "cancelled");
    assert!(last.get("action").is_none(), "{last}");
    assert!(tab.next().await.is_none());
    // A stream that is opened later delivers the same approval, and ends.
    let mut late = EventStream::open(&widget).await.unwrap();
    assert_status(&late.next().await.unwrap(), "cancelled");
    assert!(late.next().await.is_none());
}

/// A clock that can hold whoever asks it for the time next.
#[derive(Debug, Default)]
struct HoldingClock(Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>>);

impl HoldingClock {
    /// What says that somebody asks, and what lets them go on.
    fn hold_next(&self) -> (oneshot::Receiver<()>, mpsc::Sender<()>) {
        let ((asks, asked), (release, released)) = (oneshot::channel(), mpsc::channel());
        *self.0.lock().unwrap() = Some((asks, released));
        (asked, release)
    }
}

impl Clock for HoldingClock {
    fn now(&self) -> Timestamp {
        let held = self.0.lock().unwrap().take();
        if let Some((asks, released)) = held {
            asks.send(()).unwrap();
            released.recv_timeout(Duration::from_secs(20)).unwrap();
        }
        SystemClock.now()
    }
}

/// The time is asked for once the approval is read, before the stream subscribes to its changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_while_a_stream_opens_is_its_first_event() {
    let clock = Arc::new(HoldingClock::default());
    let env = TestEnv::with("v1", clock.clone(), |_| {}).await;
    let (_, widget) = env.approval().await;
    let (asked, release) = clock.hold_next();
    let opening = tokio::spawn({
        let widget = widget.clone();
        async move { EventStream::open(&widget).await }
    });
    within("the reading of the approval", asked).await.unwrap();
    widget.cancel().await.ok();
    release.send(()).unwrap();
    let mut stream = opening.await.unwrap().unwrap();
    assert_status(&stream.next().await.unwrap(), "cancelled");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_delivers_the_expiry_without_a_call() {
    let env = TestEnv::with("v1", Arc::new(SystemClock), |_| {}).await;
    let customer = env.customer(json!({"behaviour": {"oneTimeTokenSeconds": 2}})).await;
    let widget = env.approval_for(env.fund(&customer)).await;
    let mut tab = EventStream::open(&widget).await.unwrap();
    assert_status(&tab.next().await.unwrap(), "pending");
    assert_status(&tab.next().await.unwrap(), "expired");
    assert!(tab.next().await.is_none());
}

#[tokio::test]
async fn an_approval_has_at_most_eight_streams_and_a_closed_one_frees_its_slot() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(EventStream::open(&widget).await.unwrap());
    }
    assert_eq!(
        EventStream::open(&widget).await.err(),
        Some(StatusCode::TOO_MANY_REQUESTS)
    );
    open.pop();
    EventStream::open(&widget).await.unwrap();
}

#[tokio::test]
async fn streams_end_when_the_server_shuts_down() {
    let env = TestEnv::start().await;
    let (_, widget) = env.approval().await;
    let mut tab = EventStream::open(&widget).await.unwrap();
    tab.next().await.unwrap();
    env.backend.stop().await;
    assert!(tab.next().await.is_none());
}
