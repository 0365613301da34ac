//! `.../resources`: payments listed, shown and changed by a test.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::control::{JsonResult, Refusal, not_found, ten_seconds, timed_out, timeout};
use crate::weavr::behaviour::RejectedBy;
use crate::weavr::resource::{Resource, State as ResourceState};
use crate::weavr::state::{Weavr, WeavrState};

pub(super) fn router() -> Router<Weavr> {
    Router::new()
        .route("/control/weavr/resources", get(list))
        .route("/control/weavr/resources/wait", post(wait))
        .route("/control/weavr/resources/{id}", get(show))
        .route("/control/weavr/resources/{id}/state", post(force))
        .route("/control/weavr/resources/{id}/tamper", post(tamper))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    user: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Forced {
    state: String,
    rejected_info: Option<RejectedBy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tamper {
    /// A JSON merge patch on what the API returns; `null` ends it.
    patch: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    id: String,
    state: String,
    #[serde(default = "ten_seconds")]
    seconds: u64,
}

fn to_json(state: &WeavrState, resource: &Resource) -> Value {
    let amounts = state.behaviour_of(&resource.owner).amounts;
    json!({
        "id": resource.id,
        "resourceType": resource.kind,
        "owner": resource.owner,
        "state": resource.state.name(),
        "rejectedInfo": resource.rejected,
        "body": resource.to_json(amounts),
    })
}

async fn list(State(weavr): State<Weavr>, Query(filter): Query<Filter>) -> Json<Vec<Value>> {
    let state = weavr.lock();
    let selected = state
        .resources
        .values()
        .filter(|resource| filter.user.as_deref().is_none_or(|user| resource.owner == user))
        .map(|resource| to_json(&state, resource));
    Json(selected.collect())
}

async fn show(State(weavr): State<Weavr>, Path(id): Path<String>) -> JsonResult {
    shown(&weavr.lock(), &id)
}

async fn force(State(weavr): State<Weavr>, Path(id): Path<String>, Json(forced): Json<Forced>) -> JsonResult {
    let mut state = weavr.lock();
    state.change_resource(&id, |resource, _| {
        resource.state = ResourceState::named(forced.state);
        resource.rejected = forced.rejected_info;
        resource.completes_at = None;
    });
    shown(&state, &id)
}

async fn tamper(
    State(weavr): State<Weavr>,
    Path(id): Path<String>,
    Json(Tamper { patch }): Json<Tamper>,
) -> Result<StatusCode, Refusal> {
    let mut state = weavr.lock();
    let resource = state.resources.get_mut(&id).ok_or_else(|| no_such_resource(&id))?;
    resource.patch = Some(patch).filter(|patch| !patch.is_null());
    Ok(StatusCode::NO_CONTENT)
}

async fn wait(State(weavr): State<Weavr>, Json(wait): Json<Wait>) -> JsonResult {
    let find = |state: &mut WeavrState| {
        state
            .resources
            .get(&wait.id)
            .filter(|resource| resource.state.name() == wait.state)
            .map(|resource| to_json(state, resource))
    };
    weavr
        .wait_for(timeout(wait.seconds), find)
        .await
        .map(Json)
        .ok_or_else(|| timed_out("the payment did not reach this state"))
}

fn shown(state: &WeavrState, id: &str) -> JsonResult {
    let resource = state.resources.get(id).ok_or_else(|| no_such_resource(id))?;
    Ok(Json(to_json(state, resource)))
}

fn no_such_resource(id: &str) -> Refusal {
    not_found(format!("Weavr has no payment {id}"))
}
