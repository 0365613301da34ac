//! Events and their deliveries.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, not_in_time, refuse, ten};
use crate::deliveries::{Delivery, Order, wait_for};
use crate::outgoing::is_loopback;
use crate::state::SandboxState;
use crate::weavr::behaviour::Events;
use crate::weavr::event::Event;
use crate::weavr::sender;
use crate::weavr::webhook::{Signature, Webhook};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    /// A payment, a batch, a challenge or a user.
    resource: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MadeUp {
    path: String,
    body: Value,
}

/// A field left out is as the webhook is registered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Copies {
    #[serde(default = "one")]
    copies: u16,
    signature: Option<Signature>,
    timestamp_shift: Option<i64>,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    resource: Option<String>,
    #[serde(default)]
    order: Order,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Patience {
    #[serde(default = "ten")]
    seconds: u64,
}

pub(super) async fn webhook(State(state): State<SandboxState>) -> Json<Webhook> {
    Json(state.weavr().webhook.clone())
}

pub(super) async fn register(
    State(state): State<SandboxState>,
    Json(webhook): Json<Webhook>,
) -> Result<StatusCode, Refusal> {
    if webhook.url.as_deref().is_some_and(|url| !is_loopback(url)) {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the simulator sends to http addresses of this machine only",
        ));
    }
    state.weavr().webhook = webhook;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list(
    State(state): State<SandboxState>,
    Query(filter): Query<Filter>,
) -> Json<Vec<Delivery<Event>>> {
    let wanted = |event: &&Delivery<Event>| filter.resource.as_ref().is_none_or(|id| event.message.subject == *id);
    Json(state.weavr().events.all().iter().filter(wanted).cloned().collect())
}

pub(super) async fn make_up(
    State(state): State<SandboxState>,
    Json(made_up): Json<MadeUp>,
) -> (StatusCode, Json<Value>) {
    let body = made_up.body.to_string();
    let call_ref = state.weavr().tell(&made_up.path, "", body, Events::default());
    (StatusCode::CREATED, Json(json!({"callRef": call_ref})))
}

pub(super) async fn deliver(
    State(state): State<SandboxState>,
    Path(call_ref): Path<String>,
    Json(wanted): Json<Copies>,
) -> Result<Json<Value>, Refusal> {
    let is_meant = |event: &Event| event.call_ref == call_ref;
    let (webhook, event, body) = {
        let weavr = state.weavr();
        let delivery = weavr
            .events
            .find(is_meant)
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("there is no event {call_ref}")))?;
        (weavr.webhook.clone(), delivery.message.clone(), delivery.body.clone())
    };
    let webhook = Webhook {
        signature: wanted.signature.unwrap_or(webhook.signature),
        timestamp_shift: wanted.timestamp_shift.unwrap_or(webhook.timestamp_shift),
        ..webhook
    };
    let now = Timestamp::now().as_millisecond();
    let attempts = sender::copies(&state, &webhook, &event, &body, now, wanted.copies).await;
    let statuses: Vec<Option<u16>> = attempts.iter().map(|attempt| attempt.status).collect();
    state.weavr().events.note(is_meant, attempts);
    Ok(Json(json!({"statuses": statuses})))
}

pub(super) async fn release(State(state): State<SandboxState>, Json(release): Json<Release>) -> Json<Value> {
    let wanted = |event: &Event| release.resource.as_ref().is_none_or(|id| event.subject == *id);
    let due = state.weavr().events.take_held(wanted, release.order);
    let mut statuses = Vec::new();
    for due in due {
        statuses.extend(sender::send(state.clone(), due).await);
    }
    Json(json!({"statuses": statuses}))
}

pub(super) async fn idle(
    State(state): State<SandboxState>,
    Json(Patience { seconds }): Json<Patience>,
) -> Result<Json<Value>, Refusal> {
    let idle = |state: &SandboxState| {
        let weavr = state.weavr();
        weavr.events.idle(weavr.now)
    };
    match wait_for(&state, Duration::from_secs(seconds), idle).await {
        Some(waiting) => Ok(Json(json!({"idle": true, "retriesWaiting": waiting}))),
        None => Err(not_in_time("events were not sent")),
    }
}
