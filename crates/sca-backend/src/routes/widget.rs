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
    openapi::ProviderProblems,
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse, RawBody},
};

/// The approval's current state.
///
/// Where the outcome of a call is not known, the backend asks the provider first.
#[utoipa::path(
    get,
    path = "/v1/approval/{id}",
    operation_id = "read_approval_snapshot",
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
///
/// A code or request that is still open is not sent again, and an open session is returned again.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/start",
    operation_id = "start_challenge",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    request_body = Start,
    responses(
        ProviderProblems,
        (status = 200, description = "The approval, with the delivery or the session", body = Approval),
        (status = 409, description = "`approval-settled`: the approval has ended; `shown-mismatch`: the payer was shown something other than what is approved", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now; `factor-cooling-off`: the customer has set the factor up too recently", body = ProblemDocument, content_type = "application/problem+json"),
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
///
/// The backend refuses a digest of the shown text that differs from its own before it calls the provider.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/verify",
    operation_id = "verify_challenge",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    request_body = Verify,
    responses(
        ProviderProblems,
        (status = 200, description = "The result of the attempt, and the approval after it", body = Verified),
        (status = 409, description = "`approval-settled`: the approval has ended; `shown-mismatch`: the payer was shown something other than what is approved", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now; `factor-cooling-off`: the customer has set the factor up too recently", body = ProblemDocument, content_type = "application/problem+json"),
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
///
/// The capture's SDK needs one for the factor `face-scan`.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/face/session",
    operation_id = "open_approval_face_session",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    responses(
        ProviderProblems,
        (status = 200, description = "The token", body = FaceSessionToken),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Submits a scan of the capture's SDK for a challenge with the factor `face-scan`.
///
/// The body has at most 3 MiB.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/face",
    operation_id = "verify_face",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    request_body = VerifyFace,
    responses(
        ProviderProblems,
        (status = 200, description = "The result of the attempt, and the approval after it", body = FaceVerified),
        (status = 409, description = "`approval-settled`: the approval has ended; `shown-mismatch`: the payer was shown something other than what is approved", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now; `factor-cooling-off`: the customer has set the factor up too recently", body = ProblemDocument, content_type = "application/problem+json"),
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
///
/// One that has ended, or whose code the provider has accepted, is not cancelled.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/cancel",
    operation_id = "cancel_approval",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    responses(
        (status = 200, description = "The approval, cancelled", body = Approval),
        (status = 409, description = "`approval-settled`: the approval has ended; `request-in-progress`: a call for it is in flight, or the provider has accepted a code", body = ProblemDocument, content_type = "application/problem+json"),
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

/// Declines the approval, because the customer says that the action is not theirs.
///
/// The approval is `declined` with the reason `denied`, and the webhook `approval.settled` says so. Otherwise as `cancel`.
#[utoipa::path(
    post,
    path = "/v1/approval/{id}/deny",
    operation_id = "deny_approval",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id"), IdempotencyKey),
    responses(
        (status = 200, description = "The approval, declined", body = Approval),
        (status = 409, description = "`approval-settled`: the approval has ended; `request-in-progress`: a call for it is in flight, or the provider has accepted a code", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn deny(
    State(backend): State<Backend>,
    Widget(record): Widget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_approval(&record.id, "deny", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { Ok(backend.snapshot(&backend.deny(&record.id).await?)) }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// The provider's public key for the encryption of PINs.
///
/// It also encrypts the fingerprint of a device, for the factor `device`.
#[utoipa::path(
    get,
    path = "/v1/approval/{id}/encryption-key",
    operation_id = "read_approval_encryption_key",
    tag = "widget",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The approval's id")),
    responses(
        ProviderProblems,
        (status = 200, description = "The key", body = EncryptionKey),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn encryption_key(
    State(backend): State<Backend>,
    Widget(record): Widget,
) -> Result<Json<EncryptionKey>, AppError> {
    Ok(Json(backend.encryption_key(&record).await?))
}
