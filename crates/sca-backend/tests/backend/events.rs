use std::sync::Arc;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use futures_util::StreamExt;
use sca_backend::clock::SystemClock;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Widget, World, dynamic_linking::address, waiting::within};

/// A tab that listens.
pub(crate) struct Listening {
    stream: BodyDataStream,
    buffer: String,
}

impl Listening {
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
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Ok(Self {
            stream: response.into_body().into_data_stream(),
            buffer: String::new(),
        })
    }

    /// The next approval; `None` when the stream has ended.
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
async fn a_second_tab_sees_the_truth_and_the_stream_ends_with_the_approval() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let mut tab = Listening::open(&widget).await.unwrap();
    assert_eq!(tab.next().await.unwrap()["status"], "pending");
    widget.pin("1", "1234").await.ok();
    let mut version = 0;
    loop {
        let told = tab.next().await.unwrap();
        assert!(told["version"].as_u64().unwrap() > version);
        version = told["version"].as_u64().unwrap();
        if told["challenges"][0]["passed"] == json!(true) {
            break;
        }
    }
    widget.cancel().await.ok();
    let last = tab.next().await.unwrap();
    assert_eq!((&last["status"], &last["action"]), (&json!("cancelled"), &json!(null)));
    assert!(tab.next().await.is_none());
    // Whoever comes later learns the same, and no more.
    let mut late = Listening::open(&widget).await.unwrap();
    assert_eq!(late.next().await.unwrap()["status"], "cancelled");
    assert!(late.next().await.is_none());
}

#[tokio::test]
async fn the_end_of_the_time_is_told_by_itself() {
    let world = World::with("v1", Arc::new(SystemClock), |_| {}).await;
    let customer = world.customer(json!({"behaviour": {"oneTimeTokenSeconds": 2}})).await;
    let widget = world.refused(world.fund(&customer)).await;
    let mut tab = Listening::open(&widget).await.unwrap();
    assert_eq!(tab.next().await.unwrap()["status"], "pending");
    assert_eq!(tab.next().await.unwrap()["status"], "expired");
    assert!(tab.next().await.is_none());
}

#[tokio::test]
async fn streams_are_few_and_their_places_are_given_back() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(Listening::open(&widget).await.unwrap());
    }
    assert_eq!(
        Listening::open(&widget).await.err(),
        Some(StatusCode::TOO_MANY_REQUESTS)
    );
    open.pop();
    Listening::open(&widget).await.unwrap();
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let world = World::start().await;
    let (_, widget) = world.approval().await;
    let mut tab = Listening::open(&widget).await.unwrap();
    tab.next().await.unwrap();
    world.backend.stop().await;
    assert!(tab.next().await.is_none());
}
