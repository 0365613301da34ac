//! Payments: looked at, and changed behind everybody's back.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, no_such_resource, not_in_time, ten};
use crate::deliveries::wait_for;
use crate::state::SandboxState;
use crate::weavr::resource::{RejectedBy, Resource, State as ResourceState};
use crate::weavr::world::Weavr;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    user: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Forced {
    state: String,
    rejected_info: Option<RejectedBy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tampering {
    /// `null`: none from now on.
    patch: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Awaited {
    id: String,
    state: String,
    #[serde(default = "ten")]
    seconds: u64,
}

fn to_json(weavr: &Weavr, resource: &Resource) -> Value {
    let amounts = weavr.behaviour_of(&resource.owner).amounts;
    json!({
        "id": resource.id,
        "resourceType": resource.kind,
        "owner": resource.owner,
        "state": resource.state.name(),
        "rejectedInfo": resource.rejected,
        "body": resource.to_json(amounts),
    })
}

pub(super) async fn list(State(state): State<SandboxState>, Query(filter): Query<Filter>) -> Json<Vec<Value>> {
    let weavr = state.weavr();
    let wanted = weavr
        .resources
        .values()
        .filter(|resource| filter.user.as_deref().is_none_or(|user| resource.owner == user))
        .map(|resource| to_json(&weavr, resource));
    Json(wanted.collect())
}

pub(super) async fn show(State(state): State<SandboxState>, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    shown(&state.weavr(), &id)
}

pub(super) async fn force(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(forced): Json<Forced>,
) -> Result<Json<Value>, Refusal> {
    let mut weavr = state.weavr();
    weavr.change_resource(&id, |resource, _| {
        resource.state = ResourceState::named(forced.state);
        resource.rejected = forced.rejected_info;
        resource.completes_at = None;
    });
    shown(&weavr, &id)
}

pub(super) async fn tamper(
    State(state): State<SandboxState>,
    Path(id): Path<String>,
    Json(tampering): Json<Tampering>,
) -> Result<StatusCode, Refusal> {
    let mut weavr = state.weavr();
    let resource = weavr.resources.get_mut(&id).ok_or_else(|| no_such_resource(&id))?;
    resource.patch = Some(tampering.patch).filter(|patch| !patch.is_null());
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn wait(
    State(state): State<SandboxState>,
    Json(awaited): Json<Awaited>,
) -> Result<Json<Value>, Refusal> {
    let look = |state: &SandboxState| {
        let weavr = state.weavr();
        weavr
            .resources
            .get(&awaited.id)
            .filter(|resource| resource.state.name() == awaited.state)
            .map(|resource| to_json(&weavr, resource))
    };
    wait_for(&state, Duration::from_secs(awaited.seconds), look)
        .await
        .map(Json)
        .ok_or_else(|| not_in_time("the payment did not come to this state"))
}

fn shown(weavr: &Weavr, id: &str) -> Result<Json<Value>, Refusal> {
    let resource = weavr.resources.get(id).ok_or_else(|| no_such_resource(id))?;
    Ok(Json(to_json(weavr, resource)))
}
