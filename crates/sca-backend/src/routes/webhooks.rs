//! Webhooks of providers.

use axum::{
    body::Bytes,
    extract::{Path, Request, State},
    http::StatusCode,
};

use super::input::read;
use crate::{
    problem::{AppError, ProblemDocument},
    providers::{facesign::signature::SIGNATURE, weavr::signature},
    service::Backend,
};

/// The maximum length of an event, in bytes. They have a few hundred.
const MOST_BYTES: usize = 64 * 1024;

/// Receives an event of FaceSign's, signed in `X-FaceSign-Signature`.
#[utoipa::path(
    post,
    path = "/webhooks/facesign",
    tag = "provider",
    request_body(content = String, content_type = "application/json", description = "An event, as FaceSign sends it"),
    responses(
        (status = 200, description = "Stored, or a duplicate"),
        (status = 401, description = "The signature is invalid", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "The session is unknown: deliver the event again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: deliver the event again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn facesign(State(backend): State<Backend>, request: Request) -> Result<StatusCode, AppError> {
    let headers = request.headers().clone();
    // The signature covers the raw bytes. Without a signature the body is not read.
    let body = if headers.contains_key(SIGNATURE) {
        read(request, MOST_BYTES).await?
    } else {
        Bytes::new()
    };
    backend.receive_facesign_webhook(&headers, &body).await?;
    Ok(StatusCode::OK)
}

/// Receives an event of Weavr's, signed in `signature-v2`. Weavr appends a path for each event type to the configured URL:
/// `outgoing_wire_transfers/watch`.
#[utoipa::path(
    post,
    path = "/webhooks/weavr/{*path}",
    tag = "provider",
    params(("path" = String, Path, description = "The event type's path, such as `outgoing_wire_transfers/watch`")),
    request_body(content = String, content_type = "application/json", description = "An event, as Weavr sends it"),
    responses(
        (status = 204, description = "Stored, a duplicate, or not relevant"),
        (status = 400, description = "The body does not match the event type of its path", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "The signature is invalid", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: deliver the event again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn weavr(
    State(backend): State<Backend>,
    Path(path): Path<String>,
    request: Request,
) -> Result<StatusCode, AppError> {
    let headers = request.headers().clone();
    // As for FaceSign.
    let body = if headers.contains_key(signature::SIGNATURE) {
        read(request, MOST_BYTES).await?
    } else {
        Bytes::new()
    };
    backend.receive_weavr_webhook(&path, &headers, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
