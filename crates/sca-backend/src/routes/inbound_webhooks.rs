//! Inbound webhooks of every provider.

use axum::{
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
};
use sca_core::provider::Webhook;

use super::input::read;
use crate::{
    problem::{AppError, ProblemDocument},
    service::Backend,
};

/// The maximum size of a webhook, in bytes. They have a few hundred.
const MAX_BYTES: usize = 64 * 1024;

/// Receives a webhook of a provider, signed as the provider does.
///
/// Without the provider's signature header, the body is not read.
#[utoipa::path(
    post,
    path = "/webhooks/{provider}",
    operation_id = "receive_webhook",
    tag = "webhooks",
    security(),
    params(("provider" = String, Path, description = "The provider's name in the configuration")),
    request_body(content = std::collections::BTreeMap<String, serde_json::Value>, content_type = "application/json", description = "An event, as the provider sends it"),
    responses(
        (status = 204, description = "The event is stored, or was before, or nothing depends on it"),
        (status = 400, description = "`invalid-request`: the body is not what the event type promises", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`: the signature is invalid", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: the provider is not configured, or the session is not known yet and the event is to be sent again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "`request-timeout`: the body did not arrive in time", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "`payload-too-large`: the body is larger than 64 KiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: send the event again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn receive(
    State(backend): State<Backend>,
    Path(provider): Path<String>,
    request: Request,
) -> Result<StatusCode, AppError> {
    take(&backend, &provider, "", request).await
}

/// Receives a webhook of a provider that sends each kind of event to a path of its own.
///
/// The path is below the registered address: `send/watch`.
#[utoipa::path(
    post,
    path = "/webhooks/{provider}/{*path}",
    operation_id = "receive_webhook_at_path",
    tag = "webhooks",
    security(),
    params(
        ("provider" = String, Path, description = "The provider's name in the configuration"),
        ("path" = String, Path, description = "The provider's path of the kind of event"),
    ),
    request_body(content = std::collections::BTreeMap<String, serde_json::Value>, content_type = "application/json", description = "An event, as the provider sends it"),
    responses(
        (status = 204, description = "The event is stored, or was before, or nothing depends on it"),
        (status = 400, description = "`invalid-request`: the body is not what its path promises", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`: the signature is invalid", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`: the provider is not configured, or the session is not known yet and the event is to be sent again", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 408, description = "`request-timeout`: the body did not arrive in time", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "`payload-too-large`: the body is larger than 64 KiB", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem: send the event again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn receive_at_path(
    State(backend): State<Backend>,
    Path((provider, path)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, AppError> {
    take(&backend, &provider, &path, request).await
}

async fn take(backend: &Backend, provider: &str, path: &str, request: Request) -> Result<StatusCode, AppError> {
    let signature = backend.webhook_signature_header(provider)?;
    let headers = request.headers().clone();
    // The signature covers the bytes as they arrived. Without one the body is not even read.
    let body = if headers.contains_key(signature) {
        read(request, MAX_BYTES).await?
    } else {
        Bytes::new()
    };
    receive_webhook(backend, provider, path, &headers, &body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Passes a provider's webhook to the backend, for a program with a route of its own. `path` is what follows the registered address:
/// `send/watch`, or nothing.
///
/// # Errors
/// As [`Backend::receive_webhook`].
pub async fn receive_webhook(
    backend: &Backend,
    provider: &str,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), AppError> {
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let webhook = Webhook {
        path: path.trim_matches('/'),
        headers: &headers,
        body,
    };
    backend.receive_webhook(provider, &webhook).await
}
