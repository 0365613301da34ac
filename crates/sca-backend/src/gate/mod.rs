//! The gate stands between a partner's server and the provider. It lets a call through; when the provider refuses for want of
//! approval it makes an approval out of the refusal; and when the same call comes again with an approval that is cleared, it
//! repeats the call with the one-time token, once.
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

/// The most bytes of the provider's answer that the gate passes on.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// The gate of one partner's server.
#[derive(Clone, Debug)]
pub struct Gate {
    backend: Backend,
    owner: String,
}

impl Gate {
    /// A gate. The approvals that it makes belong to the owner, and only the owner's gate can use them.
    #[must_use]
    pub fn new(backend: Backend, owner: impl Into<String>) -> Self {
        Self {
            backend,
            owner: owner.into(),
        }
    }

    /// Sends a call to the provider, with the approval that it names if it names one. It is carried out to its end even
    /// when the caller stops waiting.
    ///
    /// # Errors
    /// When the approval does not carry the call, or the provider gave no answer. Only
    /// [`GateError::OutcomeUnknown`] leaves open whether the call was carried out.
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
        self.pass_on(request, answer).await
    }

    /// The same call again, with an approval.
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
            // Turned away at the door: the token was not looked at.
            self.backend.release(approval).await.map_err(GateError::Failed)?;
        } else if let Err(error) = self.backend.wipe_one_time_token(approval).await {
            // The provider's answer matters more; the token is swept away later.
            tracing::error!(approval, ?error, "the one-time token could not be wiped");
        }
        self.pass_on(request, answer).await
    }

    /// What the customer approved must still be what the call would do.
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
            // Which statement is read stands in the request itself, and that is compared byte for byte.
            Some(Describable::Statement { .. }) | None => Ok(()),
        }
    }

    async fn forward(&self, request: &GateRequest, token: Option<&Secret>) -> Result<Answer, ProviderError> {
        // `send` has seen that there is one.
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

    /// The provider's answer, unless it is a refusal for want of approval that an approval can be made of.
    async fn pass_on(&self, request: &GateRequest, answer: Answer) -> Result<GateAnswer, GateError> {
        let Some(one_time_token) = refusal::one_time_token(answer.status, &answer.headers) else {
            return Ok(passed(answer));
        };
        let Some((action, described)) = self.describe(request).await else {
            tracing::warn!("a refusal could not be described and is passed on as it is");
            return Ok(passed(answer));
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

    /// What the call would do: as the provider tells it, or else as the partner's server does.
    async fn describe(&self, request: &GateRequest) -> Option<(Action, bool)> {
        if let Some(call) = Describable::recognise(&request.method, &request.path_and_query) {
            match self.backend.wise()?.describe(&call, &request.access_token).await {
                Ok(action) => return Some((action, true)),
                Err(error) => tracing::warn!(%error, "a call could not be described"),
            }
        }
        request.action.clone().map(|action| (action, false))
    }
}

fn passed(answer: Answer) -> GateAnswer {
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
