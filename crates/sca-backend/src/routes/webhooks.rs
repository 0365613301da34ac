//! What providers tell by themselves.

use axum::{
    body::Bytes,
    extract::{Request, State},
    http::StatusCode,
};

use super::input::read;
use crate::{
    problem::{AppError, ProblemDocument},
    provider::facesign::signature::SIGNATURE,
    service::Backend,
};

/// The most bytes of an event. FaceSign's have a few hundred.
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
    backend.hear(&headers, &body).await?;
    Ok(StatusCode::OK)
}
