use std::future::Future;

use axum::body::Bytes;
use sca_protocol::api::ProblemCode;
use serde::Serialize;
use zeroize::Zeroize;

use super::Backend;
use crate::{
    problem::AppError,
    store::{Attempt, StoredAnswer},
};
use sca_core::secret::Fingerprint;

/// What makes two calls the same: whose they are, their key, and what they ask for.
#[derive(Debug)]
pub struct IdempotentRequest {
    /// Whose call it is: keys of different callers never meet.
    scope: String,
    key: String,
    /// What is called.
    route: &'static str,
    /// It may hold a code: only a keyed digest of it is kept.
    body: RawBody,
    only_asks: bool,
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

    /// The call only asks the provider, and changes nothing there: where it fails nothing was done, and it can be made again.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self {
            only_asks: true,
            ..self
        }
    }

    fn scoped(scope: String, route: &'static str, key: String, body: RawBody) -> Self {
        Self {
            scope,
            key,
            route,
            body,
            only_asks: false,
        }
    }
}

/// A body as it came: not shown, and wiped when dropped where nobody else holds its bytes.
#[derive(Default)]
pub struct RawBody(pub(crate) Bytes);

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

/// The answer to a call, given now or before.
#[derive(Debug)]
pub enum IdempotentResponse {
    /// The status and the JSON body.
    Body(StoredAnswer),
    /// A problem.
    Problem(AppError),
}

impl Backend {
    /// Carries a call out once: the same key and body give the same answer again. A call that was refused before anything
    /// was carried out leaves its key free.
    ///
    /// # Errors
    /// When the key was used for another body, its call is under way, or the store fails.
    pub async fn run_idempotent<T: Serialize + Send + 'static>(
        &self,
        once: &IdempotentRequest,
        success: u16,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<IdempotentResponse, AppError> {
        let work = async move { Ok((success, work.await?)) };
        self.run_idempotent_with_status(once, work).await
    }

    /// As [`once`](Self::once), for work that says itself with which status it succeeded.
    ///
    /// # Errors
    /// As [`once`](Self::once).
    pub async fn run_idempotent_with_status<T: Serialize + Send + 'static>(
        &self,
        once: &IdempotentRequest,
        work: impl Future<Output = Result<(u16, T), AppError>> + Send + 'static,
    ) -> Result<IdempotentResponse, AppError> {
        let key = Fingerprint::of(&[once.key.as_bytes()]);
        let body = self.0.store.sealer().digest(&[once.route.as_bytes(), &once.body.0]);
        let backend = self.clone();
        let scope = once.scope.clone();
        let only_asks = once.only_asks;
        // What is begun is carried out: a caller who hangs up and comes again finds its outcome.
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
                Err(error) if !only_asks && may_have_executed(error.code()) => (
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

/// Whether a problem may have come up after the provider was called.
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
        | ProblemCode::TooManyRequests
        | ProblemCode::ServiceUnavailable
        | ProblemCode::TransferChanged
        | ProblemCode::StepUpRequired
        | ProblemCode::Other(_) => false,
    }
}
