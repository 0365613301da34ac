//! Health checks and metrics.

use axum::{extract::State, http::header, response::IntoResponse};

use crate::{
    problem::{AppError, ProblemDocument},
    service::Backend,
};

/// Liveness: the process answers.
///
/// It says nothing about the database or the providers.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "check_liveness",
    tag = "health",
    security(),
    responses((status = 200, description = "Alive", body = String))
)]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Readiness: the database accepts writes, and the server is not stopping.
///
/// A load balancer sends requests only to an instance that is ready.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "check_readiness",
    tag = "health",
    security(),
    responses(
        (status = 200, description = "Ready", body = String),
        (status = 503, description = "Not ready", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(State(backend): State<Backend>) -> Result<&'static str, AppError> {
    backend.ready().await?;
    Ok("ready\n")
}

/// Metrics in the OpenMetrics text format.
///
/// Those of this instance alone.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "read_metrics",
    tag = "health",
    security(),
    responses((status = 200, description = "The metrics", body = String, content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"))
)]
pub(super) async fn metrics(State(backend): State<Backend>) -> impl IntoResponse {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], backend.metrics().render())
}
