//! `/control/facetec`: what the FaceTec server does, and whom it has enrolled.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::state::FaceTec;
use crate::kit::control::{calls, faults};
use crate::kit::json::merge;

/// All routes under `/control/facetec`.
pub(crate) fn router() -> Router<FaceTec> {
    Router::new()
        .route("/control/facetec/behaviour", put(set_behaviour))
        .route("/control/facetec/enrollments", get(list).post(enroll).delete(remove))
        .merge(faults::router("/control/facetec/faults"))
        .merge(calls::router("/control/facetec/calls"))
}

/// Selects references with a text; left out: all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceFilter {
    #[serde(rename = "for")]
    text: Option<String>,
}

impl ReferenceFilter {
    fn selects(&self, reference: &str) -> bool {
        self.text.as_deref().is_none_or(|text| reference.contains(text))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEnrollment {
    #[serde(rename = "externalDatabaseRefID")]
    reference: String,
    person: String,
}

async fn set_behaviour(
    State(facetec): State<FaceTec>,
    Query(filter): Query<ReferenceFilter>,
    Json(behaviour): Json<Behaviour>,
) -> StatusCode {
    facetec.lock().set_behaviour(filter.text, behaviour);
    StatusCode::NO_CONTENT
}

async fn list(State(facetec): State<FaceTec>, Query(filter): Query<ReferenceFilter>) -> Json<Vec<Value>> {
    let state = facetec.lock();
    let selected = state
        .enrollments
        .iter()
        .filter(|(reference, _)| filter.selects(reference));
    let shown = selected.map(|(reference, enrollment)| {
        let mut shown = json!({"externalDatabaseRefID": reference});
        merge(&mut shown, &json!(enrollment));
        shown
    });
    Json(shown.collect())
}

async fn enroll(State(facetec): State<FaceTec>, Json(new): Json<NewEnrollment>) -> StatusCode {
    facetec.lock().enroll(&new.reference, &new.person);
    StatusCode::NO_CONTENT
}

async fn remove(State(facetec): State<FaceTec>, Query(filter): Query<ReferenceFilter>) -> StatusCode {
    let mut state = facetec.lock();
    state.enrollments.retain(|reference, _| !filter.selects(reference));
    StatusCode::NO_CONTENT
}
