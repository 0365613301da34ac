//! The problems that the shop itself answers with.

use sca_backend::problem::AppError;
use sca_protocol::api::ProblemCode;

/// The request is not valid.
pub(crate) fn malformed() -> AppError {
    AppError::new(ProblemCode::InvalidRequest)
}

/// A server that the shop calls gave no usable response.
pub(crate) fn unreachable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AppError {
    AppError::new(ProblemCode::ProviderError).with_source(error)
}
