//! The gate: a reverse proxy between a partner's server and a provider that rejects calls with one-time tokens, such as Wise. It
//! forwards a call. If the provider rejects it because strong customer authentication is required, the gate creates an approval from the
//! rejection. When the partner repeats the same call with that approval, and the customer has granted it, the gate sends the call with
//! the one-time token, once.
//!
//! A Rust server calls [`Gate::send`], or uses the gate as a [`tower::Service`]. A server in any other language sends its
//! calls to `/gate/{provider}/…` with its API key.

mod answer;
mod headers;
mod proxy;
mod request;
mod session;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sca_core::{
    InvalidResponse, ProviderError, ProviderId, Secret,
    provider::{DescribedBy, ForwardedCall, ForwardedResponse, OneTimeTokens},
};
use sca_protocol::{Action, Status, api::ProblemCode};

use tracing::{Instrument as _, Span, field::Empty, info_span};

pub use answer::{ApprovalRequired, GateAnswer, GateError, GateProblem};
pub(crate) use proxy::routes;
pub use request::GateRequest;

use crate::{
    problem::AppError,
    service::{Backend, NewApproval},
    traces::TARGET,
};

/// The maximum body of a forwarded response, in bytes.
const MAX_RESPONSE_BYTES: usize = 10 * 1024 * 1024;

/// How many approvals of one call in a row the provider may refuse. A refusal may have a cause that passes, such as a one-time token that expired
/// before the repeated call; a customer is not asked without end.
const MOST_REFUSED_REPEATS: u8 = 3;

/// The gate of one partner's server.
#[derive(Clone, Debug)]
pub struct Gate {
    backend: Backend,
    owner: String,
    /// The provider's name. If absent, the first provider that has one-time tokens.
    provider: Option<String>,
}

/// The provider of a call, which may reject it.
struct Rejecting<'a> {
    id: ProviderId,
    tokens: &'a dyn OneTimeTokens,
}

impl Gate {
    /// A gate to the first configured provider that has one-time tokens. Its approvals belong to the owner, and only the owner's gate
    /// can consume them.
    #[must_use]
    pub fn new(backend: Backend, owner: impl Into<String>) -> Self {
        Self {
            backend,
            owner: owner.into(),
            provider: None,
        }
    }

    /// The gate to another provider: `wise`.
    #[must_use]
    pub fn to(self, provider: impl Into<String>) -> Self {
        Self {
            provider: Some(provider.into()),
            ..self
        }
    }

    /// What the customer is asked to approve if the provider rejects a call: described by the provider's data, which is read with the
    /// customer's token.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where no provider is configured, [`ProblemCode::InvalidRequest`] for a call that the provider's data
    /// does not describe; or when the provider gives no usable response.
    pub async fn describe(&self, request: &GateRequest) -> Result<Action, AppError> {
        let provider = self.provider()?;
        let tokens = self.backend.one_time_tokens(&provider)?;
        let described = tokens.describe(request.method.as_str(), &request.path_and_query, &request.access_token);
        Ok(described.await?)
    }

    fn provider(&self) -> Result<ProviderId, AppError> {
        self.backend.rejecting_provider(self.provider.as_deref())
    }

    /// Sends a call to the provider, with the approval that it names, if any. The call runs to its end even if the caller stops waiting.
    ///
    /// # Errors
    /// When the approval does not cover the call, or the provider gave no response. Only [`GateError::OutcomeUnknown`] leaves it unknown
    /// whether the call was executed.
    pub async fn send(&self, request: GateRequest) -> Result<GateAnswer, GateError> {
        let gate = self.clone();
        let span = info_span!(
            target: TARGET,
            "gate",
            otel.status_code = Empty,
            sca.provider = Empty,
            sca.approval.id = Empty,
            sca.gate.is_repeated = request.approval.is_some(),
            sca.gate.outcome = Empty,
        );
        let work = async move {
            let id = gate.provider()?;
            let tokens = gate.backend.one_time_tokens(&id)?;
            Span::current().record("sca.provider", id.as_str());
            let provider = Rejecting { id, tokens };
            let answer = match request.approval.clone() {
                Some(approval) => gate.repeat(&provider, &request, &approval).await,
                None => gate.first(&provider, &request).await,
            };
            record(&Span::current(), &answer);
            Ok(answer)
        };
        let work = self.backend.run_detached(work.instrument(span));
        work.await.map_err(GateError::Failed)?
    }

    /// A call without an approval, or within a session.
    async fn first(&self, provider: &Rejecting<'_>, request: &GateRequest) -> Result<GateAnswer, GateError> {
        let answer = self.try_first(provider, request).await?;
        self.respond(provider, request, answer, 0).await
    }

    /// Sends a call without a one-time token.
    async fn try_first(&self, provider: &Rejecting<'_>, request: &GateRequest) -> Result<ForwardedResponse, GateError> {
        let answer = forward(provider.tokens, request, None).await;
        answer.map_err(|error| {
            if request.method.is_safe() || error.is_not_executed() {
                GateError::Failed(error.into())
            } else {
                GateError::OutcomeUnknown(error)
            }
        })
    }

    /// The repeated call, with an approval.
    async fn repeat(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        approval: &str,
    ) -> Result<GateAnswer, GateError> {
        let fingerprint = request.fingerprint();
        let record = self.backend.find(&self.owner, approval).await;
        let record = record.map_err(|error| {
            if *error.code() == ProblemCode::NotFound {
                GateError::Mismatch
            } else {
                GateError::Failed(error)
            }
        })?;
        // The id of the record: the caller's text may be anything.
        Span::current().record("sca.approval.id", record.id.as_str());
        if self.names_session(provider, request, &record)? {
            // The session's own one-time token approves no single call.
            return self.first(provider, request).await;
        }
        // Another provider is given neither the token nor a call that was not approved there.
        if record.request != Some(fingerprint) || record.source.rejected_by() != Some(&provider.id) {
            return Err(GateError::Mismatch);
        }
        if record.status == Status::Approved && record.consumed_at.is_none() && record.progress.described {
            compare(provider.tokens, request, &record.action).await?;
        }
        let token = self.backend.consume(&self.owner, approval, &fingerprint).await?;
        let answer = match forward(provider.tokens, request, Some(&token)).await {
            Ok(answer) => answer,
            Err(error) if error.is_not_executed() => {
                self.backend.release(approval).await.map_err(GateError::Failed)?;
                return Err(GateError::Failed(error.into()));
            }
            Err(error) => return Err(GateError::OutcomeUnknown(error)),
        };
        if answer.status == StatusCode::TOO_MANY_REQUESTS.as_u16() {
            // The rate limit refused the call before the token was used.
            self.backend.release(approval).await.map_err(GateError::Failed)?;
        } else if let Err(error) = self.backend.wipe_one_time_token(approval).await {
            // The response matters more. Retention wipes the token later.
            tracing::error!(approval, ?error, "wiping the one-time token failed");
        }
        let refused_repeats = record.progress.refused_repeats.saturating_add(1);
        if answer.one_time_token.is_some() && refused_repeats >= MOST_REFUSED_REPEATS {
            tracing::error!(
                approval,
                refused_repeats,
                "no approval created: the provider refuses an approved call"
            );
            return Err(GateError::NotAccepted);
        }
        self.respond(provider, request, answer, refused_repeats).await
    }

    /// The provider's response, or an approval that is required, if the response is a rejection that can be described.
    async fn respond(
        &self,
        provider: &Rejecting<'_>,
        request: &GateRequest,
        response: ForwardedResponse,
        refused_repeats: u8,
    ) -> Result<GateAnswer, GateError> {
        let Some(one_time_token) = response.one_time_token.clone() else {
            return forwarded(response);
        };
        if let Some(opened) = self.open_session_for(provider, request).await? {
            return Ok(opened);
        }
        let Some((action, described)) = describe(provider.tokens, request).await else {
            tracing::warn!("no approval created: the rejected call has no description");
            let (status, headers) = head(&response)?;
            return Ok(GateAnswer::NotDescribed { status, headers });
        };
        let created = self
            .backend
            .create(NewApproval {
                provider: provider.id.clone(),
                owner: self.owner.clone(),
                one_time_token,
                access_token: request.access_token.clone(),
                profile: provider.tokens.profile_in(&request.path_and_query),
                action,
                described,
                request: Some(request.fingerprint()),
                refused_repeats,
            })
            .await
            .map_err(GateError::Failed)?;
        Ok(GateAnswer::ApprovalRequired(created.into()))
    }
}

/// Records in the gate's span how a call ended.
fn record(span: &Span, answer: &Result<GateAnswer, GateError>) {
    if let Ok(GateAnswer::ApprovalRequired(required)) = answer {
        span.record("sca.approval.id", required.id.as_str());
    }
    let (outcome, is_error) = match answer {
        Ok(GateAnswer::Provider { .. }) => ("forwarded", false),
        Ok(GateAnswer::ApprovalRequired(_)) => ("approval-required", false),
        Ok(GateAnswer::NotDescribed { .. }) => ("call-not-described", false),
        Err(GateError::Mismatch) => ("approval-mismatch", false),
        Err(GateError::Pending) => ("approval-pending", false),
        Err(GateError::Ended) => ("approval-ended", false),
        Err(GateError::Consumed) => ("approval-consumed", false),
        Err(GateError::NotAccepted) => ("approval-not-accepted", true),
        Err(GateError::OutcomeUnknown(_)) => ("outcome-unknown", true),
        Err(GateError::Failed(_)) => ("not-executed", true),
    };
    span.record("sca.gate.outcome", outcome);
    if is_error {
        span.record("otel.status_code", "ERROR");
    }
}

/// Checks that the call would still do what the customer approved (dynamic linking, RTS article 5).
async fn compare(tokens: &dyn OneTimeTokens, request: &GateRequest, approved: &Action) -> Result<(), GateError> {
    let (method, path) = (request.method.as_str(), request.path_and_query.as_str());
    match tokens.described_by(method, path) {
        Some(DescribedBy::ProviderData) => {
            let now = tokens.describe(method, path, &request.access_token).await;
            if now.map_err(|error| GateError::Failed(error.into()))? == *approved {
                Ok(())
            } else {
                Err(GateError::Mismatch)
            }
        }
        // The fingerprint of the request was compared.
        Some(DescribedBy::Request) | None => Ok(()),
    }
}

async fn forward(
    tokens: &dyn OneTimeTokens,
    request: &GateRequest,
    token: Option<&Secret>,
) -> Result<ForwardedResponse, ProviderError> {
    let headers = headers::to_provider(&request.headers);
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let call = ForwardedCall {
        method: request.method.as_str(),
        path_and_query: &request.path_and_query,
        headers: &headers,
        body: &request.body,
        access_token: &request.access_token,
        max_response_bytes: MAX_RESPONSE_BYTES,
    };
    tokens.forward(&call, token).await
}

/// What the call would do: described by the provider, or else by the partner's server.
async fn describe(tokens: &dyn OneTimeTokens, request: &GateRequest) -> Option<(Action, bool)> {
    let (method, path) = (request.method.as_str(), request.path_and_query.as_str());
    if tokens.described_by(method, path).is_some() {
        match tokens.describe(method, path, &request.access_token).await {
            Ok(action) => return Some((action, true)),
            Err(error) => tracing::warn!(%error, "reading the description of a call failed"),
        }
    }
    request.action.clone().map(|action| (action, false))
}

fn forwarded(response: ForwardedResponse) -> Result<GateAnswer, GateError> {
    let (status, headers) = head(&response)?;
    Ok(GateAnswer::Provider {
        status,
        headers,
        body: response.body.into(),
    })
}

/// The status, and the headers that cross the gate.
fn head(response: &ForwardedResponse) -> Result<(StatusCode, HeaderMap), GateError> {
    let invalid = || GateError::OutcomeUnknown(ProviderError::Unusable(InvalidResponse::Body));
    let mut headers = HeaderMap::new();
    for (name, value) in &response.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        headers.append(name, HeaderValue::from_bytes(value).map_err(|_| invalid())?);
    }
    let status = StatusCode::from_u16(response.status).map_err(|_| invalid())?;
    Ok((status, headers::from_provider(&headers)))
}

impl tower::Service<GateRequest> for Gate {
    type Response = GateAnswer;
    type Error = GateError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<GateAnswer, GateError>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), GateError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: GateRequest) -> Self::Future {
        let gate = self.clone();
        Box::pin(async move { gate.send(request).await })
    }
}

impl From<AppError> for GateError {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}
