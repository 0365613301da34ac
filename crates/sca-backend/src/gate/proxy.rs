//! The gate over HTTP, for servers in any language: `/gate/{provider}/…` forwards to the provider.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName},
    response::{IntoResponse, Response},
    routing::any,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use sca_protocol::{Action, api::ProblemCode};

use super::{Gate, GateRequest};
use crate::{
    problem::AppError,
    routes::{GatePartner, bearer, read_body},
    service::Backend,
};

/// The header with the id of the approval, on the repeated call.
const APPROVAL: HeaderName = HeaderName::from_static("x-sca-approval");
/// The header with the description of a call that the provider cannot describe: a JSON `Action` in base64url.
const ACTION: HeaderName = HeaderName::from_static("x-sca-action");
const PREFIX: &str = "/gate/";
const MOST_BYTES: usize = 1024 * 1024;

pub(crate) fn routes() -> Router<Backend> {
    Router::new().route("/gate/{provider}/{*path}", any(forward))
}

/// The API key is in `X-Api-Key`, because `Authorization` carries the customer's token.
async fn forward(
    State(backend): State<Backend>,
    Path((provider, _)): Path<(String, String)>,
    GatePartner(owner): GatePartner,
    request: Request,
) -> Response {
    match read(request, &provider).await {
        Ok(request) => Gate::new(backend, owner)
            .to(provider)
            .send(request)
            .await
            .map_or_else(IntoResponse::into_response, IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}

async fn read(request: Request, provider: &str) -> Result<GateRequest, AppError> {
    let malformed = |what: &'static str| AppError::new(ProblemCode::InvalidRequest).with_source(what);
    let access_token = bearer(request.headers())
        .ok_or_else(|| malformed("`Authorization` carries no bearer token of the customer"))?;
    let uri = request.uri();
    if uri.authority().is_some() {
        return Err(malformed("the request target names a host"));
    }
    // As it arrived: the router's own parameter is decoded.
    let path = uri.path().split_once(PREFIX);
    let path = path
        .and_then(|(_, path)| path.strip_prefix(provider))
        .unwrap_or_default();
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let approval = text(request.headers(), &APPROVAL)?;
    let action = text(request.headers(), &ACTION)?
        .map(|encoded| action(&encoded).ok_or_else(|| malformed("`x-sca-action` is not an action in base64url")))
        .transpose()?;
    Ok(GateRequest {
        method: request.method().clone(),
        path_and_query,
        headers: request.headers().clone(),
        access_token,
        approval,
        action,
        body: read_body(request, MOST_BYTES).await?,
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, AppError> {
    let value = headers
        .get(name)
        .map(|value| value.to_str().map(str::to_owned))
        .transpose();
    value.map_err(|_| AppError::new(ProblemCode::InvalidRequest))
}

fn action(encoded: &str) -> Option<Action> {
    let json = Base64UrlUnpadded::decode_vec(encoded.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&json).ok()
}
