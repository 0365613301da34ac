//! The registered webhook endpoint, and the events: listed, sent again, released.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{JsonResult, Refusal, not_found, refuse, ten_seconds, timed_out, timeout};
use crate::kit::simulator::Simulator;
use crate::kit::webhooks::client::is_loopback;
use crate::kit::webhooks::{
    Delivery, EventOf, ReleaseOrder, SendsWebhooks, WebhookEndpoint, WebhookEvent, resend, send,
};

/// `GET`, `PUT` and `POST` for the registered endpoint; `GET {events}`, and `POST {events}/release`, `/idle` and
/// `/{event}/deliver`.
pub(crate) fn router<S: SendsWebhooks>(endpoint: &str, events: &str) -> Router<Simulator<S>> {
    Router::new()
        .route(endpoint, get(registered::<S>).put(register::<S>).post(register::<S>))
        .route(events, get(list::<S>))
        .route(&format!("{events}/release"), post(release::<S>))
        .route(&format!("{events}/idle"), post(wait_until_idle::<S>))
        .route(&format!("{events}/{{event}}/deliver"), post(deliver::<S>))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    #[serde(default = "ten_seconds")]
    seconds: u64,
}

async fn registered<S: SendsWebhooks>(State(simulator): State<Simulator<S>>) -> Json<S::Endpoint> {
    Json(simulator.lock().webhooks().endpoint.clone())
}

async fn register<S: SendsWebhooks>(
    State(simulator): State<Simulator<S>>,
    Json(endpoint): Json<S::Endpoint>,
) -> Result<StatusCode, Refusal> {
    if endpoint.policy().url.is_some_and(|url| !is_loopback(url)) {
        return Err(unprocessable(
            "the simulator sends to http addresses of this machine only",
        ));
    }
    simulator.lock().webhooks().endpoint = endpoint;
    Ok(StatusCode::NO_CONTENT)
}

async fn list<S: SendsWebhooks>(
    State(simulator): State<Simulator<S>>,
    Query(filter): Query<<EventOf<S> as WebhookEvent>::Filter>,
) -> Json<Vec<Delivery<EventOf<S>>>> {
    Json(simulator.lock().webhooks().queue.selected(&filter))
}

/// Sends an event again now, all copies at once. The body has `copies` and the fields of the endpoint that are changed.
async fn deliver<S: SendsWebhooks>(
    State(simulator): State<Simulator<S>>,
    Path(id): Path<String>,
    Json(mut body): Json<Map<String, Value>>,
) -> JsonResult {
    let copies = take_field(&mut body, "copies")?.unwrap_or(1);
    let overrides: <S::Endpoint as WebhookEndpoint>::Overrides = rest(body)?;
    let statuses = resend(&simulator, &id, overrides, copies)
        .await
        .ok_or_else(|| not_found(format!("there is no event {id}")))?;
    Ok(Json(json!({"statuses": statuses})))
}

/// Sends held events one after another. The body has `order` and the fields of the filter.
async fn release<S: SendsWebhooks>(
    State(simulator): State<Simulator<S>>,
    Json(mut body): Json<Map<String, Value>>,
) -> JsonResult {
    let order: ReleaseOrder = take_field(&mut body, "order")?.unwrap_or_default();
    let filter: <EventOf<S> as WebhookEvent>::Filter = rest(body)?;
    let due = simulator.lock().webhooks().queue.take_held(&filter, order);
    let mut statuses = Vec::new();
    for webhook in due {
        statuses.extend(send(&simulator, webhook).await);
    }
    Ok(Json(json!({"statuses": statuses})))
}

async fn wait_until_idle<S: SendsWebhooks>(
    State(simulator): State<Simulator<S>>,
    Json(Wait { seconds }): Json<Wait>,
) -> JsonResult {
    let idle = |state: &mut S| {
        let now_ms = state.timeline().now_ms();
        state.webhooks().queue.idle(now_ms)
    };
    match simulator.wait_for(timeout(seconds), idle).await {
        Some(waiting) => Ok(Json(json!({"idle": true, "retriesWaiting": waiting}))),
        None => Err(timed_out("the events were not sent")),
    }
}

fn take_field<T: DeserializeOwned>(body: &mut Map<String, Value>, name: &str) -> Result<Option<T>, Refusal> {
    body.remove(name).map(parse).transpose()
}

fn rest<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, Refusal> {
    parse(Value::Object(body))
}

fn parse<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| unprocessable(error.to_string()))
}

fn unprocessable(message: impl Into<String>) -> Refusal {
    refuse(StatusCode::UNPROCESSABLE_ENTITY, message)
}
