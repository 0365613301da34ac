//! Whether the server is alive and ready, and its figures.

use axum::{extract::State, http::header, response::IntoResponse};

use crate::{
    problem::{AppError, ProblemDocument},
    service::Backend,
};

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It does", body = String)))]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether calls can be taken: the store answers and the server is not stopping.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, description = "They can", body = String),
        (status = 503, description = "They cannot", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(State(backend): State<Backend>) -> Result<&'static str, AppError> {
    backend.ready().await?;
    Ok("ready\n")
}

/// Figures, in the OpenMetrics text format.
#[utoipa::path(get, path = "/metrics", tag = "health", responses((status = 200, description = "The figures", body = String)))]
pub(super) async fn metrics(State(backend): State<Backend>) -> impl IntoResponse {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], backend.metrics().render())
}
