use std::future::Future;

use axum::body::Bytes;
use sca_protocol::api::ProblemCode;
use serde::Serialize;
use zeroize::Zeroize;

use super::Backend;
use crate::problem::AppError;
use sca_core::secret::Fingerprint;
use sca_store::{Attempt, StoredAnswer};

/// The identity of an idempotent call: caller, `Idempotency-Key`, route and body.
#[derive(Debug)]
pub struct IdempotentRequest {
    /// The caller. Keys of different callers are independent.
    scope: String,
    key: String,
    /// The route's name.
    route: &'static str,
    /// The body may contain a code, so the store keeps only its keyed digest.
    body: RawBody,
    is_read_only: bool,
}

impl IdempotentRequest {
    /// A partner's call of a route, with its key and its body.
    pub fn of_partner(owner: &str, route: &'static str, key: String, body: RawBody) -> Self {
        Self::scoped(format!("partner/{owner}"), route, key, body)
    }

    /// A widget's call for its approval, with its key and its body.
    pub fn of_approval(id: &str, route: &'static str, key: String, body: RawBody) -> Self {
        Self::scoped(format!("approval/{id}"), route, key, body)
    }

    /// A widget's call for its enrolment, with its key and its body.
    pub fn of_enrolment(id: &str, route: &'static str, key: String, body: RawBody) -> Self {
        Self::scoped(format!("enrolment/{id}"), route, key, body)
    }

    /// Marks a call that only reads from the provider. Its key is free again after a failure.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self {
            is_read_only: true,
            ..self
        }
    }

    fn scoped(scope: String, route: &'static str, key: String, body: RawBody) -> Self {
        Self {
            scope,
            key,
            route,
            body,
            is_read_only: false,
        }
    }
}

/// A request body, unparsed. `Debug` hides it. Drop wipes it, unless other handles share the bytes.
#[derive(Default)]
pub struct RawBody(pub(crate) Bytes);

impl RawBody {
    /// A text in place of a body, for a call whose path has a parameter. The same key with another one is another call.
    pub fn of(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl std::fmt::Debug for RawBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "RawBody({} bytes)", self.0.len())
    }
}

impl Drop for RawBody {
    fn drop(&mut self) {
        if let Ok(mut bytes) = std::mem::take(&mut self.0).try_into_mut() {
            bytes.zeroize();
        }
    }
}

/// The response to an idempotent call, new or stored.
#[derive(Debug)]
pub enum IdempotentResponse {
    /// The status and the JSON body.
    Body(StoredAnswer),
    /// A problem.
    Problem(AppError),
}

impl Backend {
    /// Executes a call once. The same key and body get the stored response. A call that fails before anything was executed frees its key.
    ///
    /// # Errors
    /// When the key was used with another body, the first call is in progress, or the store fails.
    pub async fn run_idempotent<T: Serialize + Send + 'static>(
        &self,
        request: &IdempotentRequest,
        success: u16,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<IdempotentResponse, AppError> {
        let work = async move { Ok((success, work.await?)) };
        self.run_idempotent_with_status(request, work).await
    }

    /// As [`run_idempotent`](Self::run_idempotent), for work that returns its own success status.
    ///
    /// # Errors
    /// As [`run_idempotent`](Self::run_idempotent).
    pub async fn run_idempotent_with_status<T: Serialize + Send + 'static>(
        &self,
        request: &IdempotentRequest,
        work: impl Future<Output = Result<(u16, T), AppError>> + Send + 'static,
    ) -> Result<IdempotentResponse, AppError> {
        let key = Fingerprint::of(&[request.key.as_bytes()]);
        let body = self
            .0
            .store
            .sealer()
            .digest(&[request.route.as_bytes(), &request.body.0]);
        let backend = self.clone();
        let scope = request.scope.clone();
        let is_read_only = request.is_read_only;
        // The call is completed even if the caller disconnects, so that a retry finds its response.
        self.run_detached(async move {
            match backend.0.store.begin_attempt(&scope, &key, &body).await? {
                Attempt::Ours => {}
                Attempt::UnderWay => return Err(AppError::new(ProblemCode::RequestInProgress)),
                Attempt::OtherBody => return Err(AppError::new(ProblemCode::IdempotencyKeyReused)),
                Attempt::Done(answer) => return Ok(IdempotentResponse::Body(answer)),
            }
            let (answer, problem) = match work.await {
                Ok((status, value)) => (
                    StoredAnswer {
                        status,
                        body: serde_json::to_vec(&value).map_err(AppError::internal)?.into(),
                    },
                    None,
                ),
                Err(error) if !is_read_only && may_have_executed(error.code()) => (
                    StoredAnswer {
                        status: error.status().as_u16(),
                        body: serde_json::to_vec(&error.document())
                            .map_err(AppError::internal)?
                            .into(),
                    },
                    Some(error),
                ),
                Err(error) => {
                    backend.0.store.forget_attempt(&scope, &key).await?;
                    return Ok(IdempotentResponse::Problem(error));
                }
            };
            backend.0.store.finish_attempt(&scope, &key, &answer).await?;
            Ok(problem.map_or(IdempotentResponse::Body(answer), IdempotentResponse::Problem))
        })
        .await
    }
}

/// Whether a problem may have occurred after the provider executed the call.
fn may_have_executed(code: &ProblemCode) -> bool {
    match code {
        ProblemCode::Internal
        | ProblemCode::ProviderError
        | ProblemCode::ProviderSessionEnded
        | ProblemCode::ProviderTimeout => true,
        ProblemCode::InvalidRequest
        | ProblemCode::IdempotencyKeyMissing
        | ProblemCode::Unauthorized
        | ProblemCode::OriginNotAllowed
        | ProblemCode::NotFound
        | ProblemCode::MethodNotAllowed
        | ProblemCode::RequestTimeout
        | ProblemCode::ApprovalSettled
        | ProblemCode::ShownMismatch
        | ProblemCode::RequestInProgress
        | ProblemCode::NoPendingPayment
        | ProblemCode::FactorNotSetUp
        | ProblemCode::PayloadTooLarge
        | ProblemCode::UnsupportedMediaType
        | ProblemCode::IdempotencyKeyReused
        | ProblemCode::FactorNotAvailable
        | ProblemCode::FactorCoolingOff
        | ProblemCode::EnrolmentLimitReached
        | ProblemCode::TooManyRequests
        | ProblemCode::ServiceUnavailable
        | ProblemCode::TransferChanged
        | ProblemCode::StepUpRequired
        | ProblemCode::Other(_) => false,
    }
}
