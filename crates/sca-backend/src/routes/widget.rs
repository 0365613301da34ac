//! The widget's routes. Every request carries the client secret as a bearer token, and its path names the same approval.

use axum::{Json, extract::State};
use sca_protocol::{
    Approval,
    api::{EncryptionKey, Start, Verified, Verify},
    face_scan::{FaceSessionToken, FaceVerified, VerifyFace},
};

use super::{
    caller::Widget,
    input::{IdempotencyKey, JsonBody, NoBody, ScanBody},
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse, RawBody},
};

/// The approval's current state.
#[utoipa::path(
    get,
    path = "/v1/approval/{id}",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The approval", body = Approval),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn approval(
    State(backend): State<Backend>,
    Widget(record): Widget,
) -> Result<Json<Approval>, AppError> {
    let record = backend.refresh(record).await?;
    Ok(Json(backend.widget_view(&record).await?))
}

/// Starts a challenge: sends a one-time code or a push request, or opens a face session.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/start",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), ("idempotency-key" = String, Header, description = "The idempotency key: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = Start,
    responses(
        (status = 200, description = "The approval, with the delivery or the session", body = Approval),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn start(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<Start>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "start", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.start(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Submits a verification attempt: a PIN, encrypted for the provider, or a one-time code.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/verify",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), ("idempotency-key" = String, Header, description = "The idempotency key: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = Verify,
    responses(
        (status = 200, description = "The result of the attempt, and the approval after it", body = Verified),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<Verify>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "verify", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.verify(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// A token of your face server for one scan.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/face/session",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), ("idempotency-key" = String, Header, description = "The idempotency key: 16 to 64 letters, digits, hyphens or underscores")),
    responses(
        (status = 200, description = "The token", body = FaceSessionToken),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn face_session(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "face-session", key, RawBody::default()).read_only();
    let work = {
        let backend = backend.clone();
        async move { backend.face_session(&record).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Submits a scan of the capture's SDK for a challenge with the factor `face-scan`. The body has at most 3 MiB.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/face",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), ("idempotency-key" = String, Header, description = "The idempotency key: 16 to 64 letters, digits, hyphens or underscores")),
    request_body = VerifyFace,
    responses(
        (status = 200, description = "The result of the attempt, and the approval after it", body = FaceVerified),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify_face(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    ScanBody(body): ScanBody<VerifyFace>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "verify-face", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.verify_face(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Cancels the approval.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/cancel",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), ("idempotency-key" = String, Header, description = "The idempotency key: 16 to 64 letters, digits, hyphens or underscores")),
    responses(
        (status = 200, description = "The approval, cancelled", body = Approval),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "cancel", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { Ok(backend.snapshot(&backend.cancel(&record.id).await?)) }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// The provider's public key for the encryption of PINs.
#[utoipa::path(
    get,
    path = "/v1/approval/{id}/encryption-key",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        (status = 200, description = "The key", body = EncryptionKey),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn encryption_key(
    State(backend): State<Backend>,
    Widget(record): Widget,
) -> Result<Json<EncryptionKey>, AppError> {
    Ok(Json(backend.encryption_key(&record).await?))
}
