//! The gate: a reverse proxy between a partner's server and Wise. It forwards a call. If Wise refuses it because strong customer
//! authentication is required, the gate creates an approval from the refusal. When the partner repeats the same call with that approval,
//! and the customer has granted it, the gate sends the call with the one-time token, once. Wise's protocol:
//! <https://docs.wise.com/api-docs/features/strong-customer-authentication-2fa>.
//!
//! A Rust server calls [`Gate::send`], or uses the gate as a [`tower::Service`]. A server in any other language sends its
//! calls to `/gate/wise/…` with its API key.

mod answer;
mod headers;
mod proxy;
mod request;

use axum::http::{HeaderMap, StatusCode};
use sca_protocol::{Action, Status, api::ProblemCode};

pub use answer::{ApprovalRequired, GateAnswer, GateError, GateProblem};
pub(crate) use proxy::routes;
pub use request::GateRequest;

use crate::{
    problem::AppError,
    providers::{
        ProviderError,
        http::{Answer, Call},
        sensitive,
        wise::{describe::Describable, paths::ProfileId, refusal},
    },
    service::{Backend, NewApproval},
};
use sca_core::secret::Secret;

/// The maximum body of a forwarded response, in bytes.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// The gate of one partner's server.
#[derive(Clone, Debug)]
pub struct Gate {
    backend: Backend,
    owner: String,
}

impl Gate {
    /// A gate. Its approvals belong to the owner, and only the owner's gate can consume them.
    #[must_use]
    pub fn new(backend: Backend, owner: impl Into<String>) -> Self {
        Self {
            backend,
            owner: owner.into(),
        }
    }

    /// Sends a call to the provider, with the approval that it names, if any. The call runs to its end even if the caller stops waiting.
    ///
    /// # Errors
    /// When the approval does not cover the call, or the provider gave no response. Only [`GateError::OutcomeUnknown`] leaves it unknown
    /// whether the call was executed.
    pub async fn send(&self, request: GateRequest) -> Result<GateAnswer, GateError> {
        self.backend.require_wise()?;
        let gate = self.clone();
        let work = async move {
            Ok(match request.approval.clone() {
                Some(approval) => gate.repeat(&request, &approval).await,
                None => gate.first(&request).await,
            })
        };
        self.backend.run_detached(work).await.map_err(GateError::Failed)?
    }

    /// A call without an approval.
    async fn first(&self, request: &GateRequest) -> Result<GateAnswer, GateError> {
        let answer = self.forward(request, None).await;
        let answer = answer.map_err(|error| {
            if request.method.is_safe() || error.is_not_executed() {
                GateError::Failed(error.into())
            } else {
                GateError::OutcomeUnknown(error)
            }
        })?;
        self.respond(request, answer).await
    }

    /// The repeated call, with an approval.
    async fn repeat(&self, request: &GateRequest, approval: &str) -> Result<GateAnswer, GateError> {
        let fingerprint = request.fingerprint();
        let record = self.backend.find(&self.owner, approval).await;
        let record = record.map_err(|error| {
            if *error.code() == ProblemCode::NotFound {
                GateError::Mismatch
            } else {
                GateError::Failed(error)
            }
        })?;
        if record.request != Some(fingerprint) {
            return Err(GateError::Mismatch);
        }
        if record.status == Status::Approved && record.consumed_at.is_none() && record.progress.described {
            self.compare(request, &record.action).await?;
        }
        let token = self.backend.consume(&self.owner, approval, &fingerprint).await?;
        let answer = match self.forward(request, Some(&token)).await {
            Ok(answer) => answer,
            Err(error) if error.is_not_executed() => {
                self.backend.release(approval).await.map_err(GateError::Failed)?;
                return Err(GateError::Failed(error.into()));
            }
            Err(error) => return Err(GateError::OutcomeUnknown(error)),
        };
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            // The rate limit refused the call before the token was used.
            self.backend.release(approval).await.map_err(GateError::Failed)?;
        } else if let Err(error) = self.backend.wipe_one_time_token(approval).await {
            // The response matters more. Retention wipes the token later.
            tracing::error!(approval, ?error, "wiping the one-time token failed");
        }
        self.respond(request, answer).await
    }

    /// Checks that the call would still do what the customer approved (dynamic linking, RTS article 5).
    async fn compare(&self, request: &GateRequest, approved: &Action) -> Result<(), GateError> {
        match Describable::recognise(&request.method, &request.path_and_query) {
            Some(call @ Describable::Transfer { .. }) => {
                let now = self
                    .backend
                    .require_wise()?
                    .describe(&call, &request.access_token)
                    .await;
                if now.map_err(|error| GateError::Failed(error.into()))? == *approved {
                    Ok(())
                } else {
                    Err(GateError::Mismatch)
                }
            }
            // The request itself names the statement, and its fingerprint was compared.
            Some(Describable::Statement { .. }) | None => Ok(()),
        }
    }

    async fn forward(&self, request: &GateRequest, token: Option<&Secret>) -> Result<Answer, ProviderError> {
        // `send` has checked this.
        let Some(wise) = self.backend.wise() else {
            return Err(ProviderError::Unreachable);
        };
        let mut call = Call::new("gate", request.method.clone(), request.path_and_query.clone());
        call.headers = headers::to_provider(&request.headers);
        call.body = request.body.to_vec().into();
        call.cap = Some(MOST_BYTES);
        call.through_gate = true;
        let mut call = call.bearer(&request.access_token)?;
        if let Some(token) = token {
            let value = sensitive(token.expose()).ok_or(ProviderError::TokenRefused(400))?;
            call = call.header(refusal::APPROVAL, value);
        }
        wise.http().call_any(call).await
    }

    /// The provider's response, or an approval that is required, if the response is a refusal that can be described.
    async fn respond(&self, request: &GateRequest, answer: Answer) -> Result<GateAnswer, GateError> {
        let Some(one_time_token) = refusal::one_time_token(answer.status, &answer.headers) else {
            return Ok(forwarded(answer));
        };
        let Some((action, described)) = self.describe(request).await else {
            tracing::warn!("no approval created: the refused call has no description; response forwarded");
            return Ok(forwarded(answer));
        };
        let created = self
            .backend
            .create(NewApproval {
                owner: self.owner.clone(),
                one_time_token,
                access_token: request.access_token.clone(),
                profile: ProfileId::in_path(&request.path_and_query),
                action,
                described,
                request: Some(request.fingerprint()),
            })
            .await
            .map_err(GateError::Failed)?;
        Ok(GateAnswer::ApprovalRequired(ApprovalRequired {
            id: created.record.id,
            client_secret: created.client_secret,
            expires_at: created.record.expires_at,
        }))
    }

    /// What the call would do: described by the provider, or else by the partner's server.
    async fn describe(&self, request: &GateRequest) -> Option<(Action, bool)> {
        if let Some(call) = Describable::recognise(&request.method, &request.path_and_query) {
            match self.backend.wise()?.describe(&call, &request.access_token).await {
                Ok(action) => return Some((action, true)),
                Err(error) => tracing::warn!(%error, "reading the description of a call failed"),
            }
        }
        request.action.clone().map(|action| (action, false))
    }
}

fn forwarded(answer: Answer) -> GateAnswer {
    let headers: HeaderMap = headers::from_provider(&answer.headers);
    GateAnswer::Provider {
        status: answer.status,
        headers,
        body: answer.body.into(),
    }
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
