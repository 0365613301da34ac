//! An enrolment, for the widget. Every request carries the enrolment's client secret as a bearer token, and its path names the same
//! enrolment.

use axum::{
    Json,
    extract::{Path, State},
};
use sca_protocol::{
    api::{EncryptionKey, ProblemCode},
    enrolment_api::{
        EncryptedPin, Enrolled, Enrolment, FaceEnrolled, MAX_DEVICE_NAME, NewDevice, NewFace, NewPhone, PhoneCode,
    },
    face_scan::FaceSessionToken,
};

use super::{
    caller::EnrolmentWidget,
    input::{IdempotencyKey, JsonBody, NoBody, ScanBody},
    openapi::{EnrolmentProblems, ProviderProblems},
};
use crate::{
    problem::{AppError, ProblemDocument},
    service::{Backend, IdempotentRequest, IdempotentResponse, RawBody},
};

/// The enrolment's current state.
///
/// It lists the factors that can be enrolled, and those that the customer has.
#[utoipa::path(
    get,
    path = "/v1/enrolment/{id}",
    operation_id = "read_enrolment_snapshot",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id")),
    responses(
        (status = 200, description = "The enrolment", body = Enrolment),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enrolment(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
) -> Result<Json<Enrolment>, AppError> {
    Ok(Json(backend.enrolment_view(&record).await?))
}

/// The provider's public key for the encryption of PINs and device fingerprints.
///
/// After the verdict `key-stale`, read it again.
#[utoipa::path(
    get,
    path = "/v1/enrolment/{id}/encryption-key",
    operation_id = "read_enrolment_encryption_key",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id")),
    responses(
        ProviderProblems,
        (status = 200, description = "The key", body = EncryptionKey),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn encryption_key(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
) -> Result<Json<EncryptionKey>, AppError> {
    Ok(Json(backend.enrolment_key(&record).await?))
}

/// Sets a PIN, encrypted for the provider.
///
/// A customer who has a PIN keeps it, and the verdict is `already-enrolled`.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/pin",
    operation_id = "set_pin",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = EncryptedPin,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_pin(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<EncryptedPin>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "set-pin", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.set_pin(&record, &body.value.jwe).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Replaces the PIN.
///
/// If the old one is gone and the new one is not set, the verdict says so: `replacement-failed`, or `replacement-unknown`.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/pin/change",
    operation_id = "change_pin",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = EncryptedPin,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_pin(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<EncryptedPin>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "change-pin", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.replace_pin(&record, &body.value.jwe).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Removes the PIN.
///
/// The verdict is `not-enrolled` where the customer has none.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/pin/remove",
    operation_id = "remove_pin",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_pin(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "remove-pin", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { backend.remove_pin(&record).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Enrols a device by its fingerprint, encrypted for the provider.
///
/// The name has at most 60 characters.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/devices",
    operation_id = "enrol_device",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = NewDevice,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enrol_device(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<NewDevice>,
) -> Result<IdempotentResponse, AppError> {
    if body.value.name.as_str().chars().count() > MAX_DEVICE_NAME {
        return Err(AppError::new(ProblemCode::InvalidRequest).with_source("`name` is too long"));
    }
    let once = IdempotentRequest::of_enrolment(&record.id, "enrol-device", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move {
            backend
                .enrol_device(&record, &body.value.jwe, body.value.name.clone())
                .await
        }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Records the id of the device that was just enrolled, where the provider named it to the widget alone.
///
/// The widget has to name it within two minutes of the enrolment.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/devices/{device}/record",
    operation_id = "record_device",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), ("device" = String, Path, description = "The provider's id of the device"), IdempotencyKey),
    responses(
        (status = 200, description = "The enrolment with the device", body = Enrolment),
        (status = 404, description = "`not-found`: the id does not have the provider's form or is known already, or no device waits for one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn record_device(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    Path((_enrolment, device)): Path<(String, String)>,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "record-device", key, RawBody::of(&device));
    let work = {
        let backend = backend.clone();
        async move { backend.record_device(&record, &device).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Removes a device.
///
/// The id is that of a device in the enrolment's list.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/devices/{device}/remove",
    operation_id = "remove_device",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), ("device" = String, Path, description = "The provider's id of the device"), IdempotencyKey),
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 404, description = "`not-found`: the customer has no such device", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_device(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    Path((_enrolment, device)): Path<(String, String)>,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "remove-device", key, RawBody::of(&device));
    let work = {
        let backend = backend.clone();
        async move { backend.remove_device(&record, &device).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Checks a phone number, and has your server send a code to it.
///
/// The number has at most 40 characters, as the customer typed it.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/phone",
    operation_id = "send_phone_code",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = NewPhone,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn send_phone_code(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<NewPhone>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "send-phone-code", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.send_phone_code(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Checks the code with your server, and registers the phone number at the provider.
///
/// The number is repeated, because the backend does not store it.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/phone/verify",
    operation_id = "register_phone",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = PhoneCode,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn register_phone(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<PhoneCode>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "register-phone", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.register_phone(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Checks the code with your server, and replaces the phone number at the provider.
///
/// If the old one is gone and the new one is not registered, the verdict says so: `replacement-failed`, or `replacement-unknown`.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/phone/change",
    operation_id = "replace_phone",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = PhoneCode,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 404, description = "`not-found`: no number is known", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replace_phone(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    body: JsonBody<PhoneCode>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "replace-phone", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.replace_phone(&record, &body.value).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Removes the phone number.
///
/// The verdict is `not-enrolled` where the customer has none.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/phone/remove",
    operation_id = "remove_phone",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 404, description = "`not-found`: no number is known", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_phone(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "remove-phone", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { backend.remove_phone(&record).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// A token of your face server for one scan.
///
/// The capture's SDK needs one to enrol a face.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/face/session",
    operation_id = "open_enrolment_face_session",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    responses(
        ProviderProblems,
        (status = 200, description = "The token", body = FaceSessionToken),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn face_session(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "face-session", key, RawBody::default()).read_only();
    let work = {
        let backend = backend.clone();
        async move { backend.enrolment_face_session(&record).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Enrols a face by a scan of the capture's SDK.
///
/// The body has at most 3 MiB.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/face",
    operation_id = "enrol_face",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    request_body = NewFace,
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = FaceEnrolled),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn enrol_face(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    ScanBody(body): ScanBody<NewFace>,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "enrol-face", key, body.bytes);
    let work = {
        let backend = backend.clone();
        async move { backend.enrol_face(&record, &body.value.scan).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Removes the face, at the provider and at your face server.
///
/// The verdict is `not-enrolled` where the customer has none.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/face/remove",
    operation_id = "remove_face",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    responses(
        EnrolmentProblems,
        (status = 200, description = "The verdict, and the enrolment after it", body = Enrolled),
        (status = 422, description = "`factor-not-available`: the challenge or factor cannot be used now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove_face(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "remove-face", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { backend.remove_face(&record).await }
    };
    backend.run_idempotent(&once, 200, work).await
}

/// Ends the enrolment.
///
/// The client secret is worth nothing afterwards.
#[utoipa::path(
    post,
    path = "/v1/enrolment/{id}/end",
    operation_id = "end_enrolment",
    tag = "enrolment",
    security(("client-secret" = [])),
    params(("id" = String, Path, description = "The enrolment's id"), IdempotencyKey),
    responses(
        (status = 200, description = "The enrolment, ended", body = Enrolment),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(
    State(backend): State<Backend>,
    EnrolmentWidget(record): EnrolmentWidget,
    IdempotencyKey(key): IdempotencyKey,
    _: NoBody,
) -> Result<IdempotentResponse, AppError> {
    let once = IdempotentRequest::of_enrolment(&record.id, "end", key, RawBody::default());
    let work = {
        let backend = backend.clone();
        async move { backend.end_enrolment(&record.id).await }
    };
    backend.run_idempotent(&once, 200, work).await
}
