//! Events and their deliveries.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, refuse};
use crate::deliveries::{Delivery, Order, wait_for};
use crate::facesign::event::Event;
use crate::facesign::sender;
use crate::facesign::webhook::{Signature, TimestampUnit, Webhook};
use crate::outgoing::is_loopback;
use crate::state::SandboxState;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    session_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MadeUp {
    #[serde(rename = "type")]
    kind: String,
    session_id: Option<String>,
}

/// A field left out is as the webhook is registered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Copies {
    #[serde(default = "one")]
    copies: u16,
    signature: Option<Signature>,
    timestamp: Option<TimestampUnit>,
    timestamp_shift: Option<i64>,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Release {
    session_id: Option<String>,
    #[serde(default)]
    order: Order,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Patience {
    #[serde(default = "ten")]
    seconds: u64,
}

fn ten() -> u64 {
    10
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
    state.facesign().webhook = webhook;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn list(
    State(state): State<SandboxState>,
    Query(filter): Query<Filter>,
) -> Json<Vec<Delivery<Event>>> {
    let wanted =
        |event: &&Delivery<Event>| filter.session_id.is_none() || event.message.session_id == filter.session_id;
    Json(state.facesign().events.all().iter().filter(wanted).cloned().collect())
}

pub(super) async fn make_up(
    State(state): State<SandboxState>,
    Json(made_up): Json<MadeUp>,
) -> (StatusCode, Json<Value>) {
    let id = state.facesign().make_up(&made_up.kind, made_up.session_id.as_deref());
    (StatusCode::CREATED, Json(json!({"id": id})))
}

pub(super) async fn deliver(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(wanted): Json<Copies>,
) -> Result<Json<Value>, Refusal> {
    let (webhook, body) = {
        let facesign = state.facesign();
        let event = facesign
            .events
            .find(|event| event.id == id)
            .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("there is no event {id}")))?;
        (facesign.webhook.clone(), event.body.clone())
    };
    let webhook = Webhook {
        signature: wanted.signature.unwrap_or(webhook.signature),
        timestamp: wanted.timestamp.unwrap_or(webhook.timestamp),
        timestamp_shift: wanted.timestamp_shift.unwrap_or(webhook.timestamp_shift),
        ..webhook
    };
    let attempts = sender::copies(&state, &webhook, &body, wanted.copies).await;
    let statuses: Vec<Option<u16>> = attempts.iter().map(|attempt| attempt.status).collect();
    state.facesign().events.note(|event| event.id == id, attempts);
    Ok(Json(json!({"statuses": statuses})))
}

pub(super) async fn release(State(state): State<SandboxState>, Json(release): Json<Release>) -> Json<Value> {
    let wanted = |event: &Event| release.session_id.is_none() || event.session_id == release.session_id;
    let due = state.facesign().events.take_held(wanted, release.order);
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
        let facesign = state.facesign();
        facesign.events.idle(facesign.now)
    };
    match wait_for(&state, Duration::from_secs(seconds), idle).await {
        Some(waiting) => Ok(Json(json!({"idle": true, "retriesWaiting": waiting}))),
        None => Err(refuse(StatusCode::REQUEST_TIMEOUT, "events are still being sent")),
    }
}
