//! What providers tell by themselves.

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

/// The most bytes of an event. They have a few hundred.
const MOST_BYTES: usize = 64 * 1024;

/// Takes an event of FaceSign's, signed in `X-FaceSign-Signature`.
#[utoipa::path(
    post,
    path = "/webhooks/facesign",
    tag = "provider",
    request_body(content = String, content_type = "application/json", description = "An event, as FaceSign sends it"),
    responses(
        (status = 200, description = "It is kept, or was before"),
        (status = 401, description = "It is not FaceSign's", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "Its session is not known yet: send it again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: send it again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn facesign(State(backend): State<Backend>, request: Request) -> Result<StatusCode, AppError> {
    let headers = request.headers().clone();
    // The signature is over the bytes as they came. Without one they are not even read.
    let body = if headers.contains_key(SIGNATURE) {
        read(request, MOST_BYTES).await?
    } else {
        Bytes::new()
    };
    backend.receive_facesign_webhook(&headers, &body).await?;
    Ok(StatusCode::OK)
}

/// Takes an event of Weavr's, signed in `signature-v2`. Weavr puts a path for each kind of event behind the address that it is given:
/// `outgoing_wire_transfers/watch`.
#[utoipa::path(
    post,
    path = "/webhooks/weavr/{*path}",
    tag = "provider",
    params(("path" = String, Path, description = "What the event is about, as Weavr says it")),
    request_body(content = String, content_type = "application/json", description = "An event, as Weavr sends it"),
    responses(
        (status = 204, description = "It is kept, or was before, or nothing here depends on it"),
        (status = 400, description = "It is not what its path promises", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "It is not Weavr's", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: send it again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn weavr(
    State(backend): State<Backend>,
    Path(path): Path<String>,
    request: Request,
) -> Result<StatusCode, AppError> {
    let headers = request.headers().clone();
    // As above.
    let body = if headers.contains_key(signature::SIGNATURE) {
        read(request, MOST_BYTES).await?
    } else {
        Bytes::new()
    };
    backend.receive_weavr_webhook(&path, &headers, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}
