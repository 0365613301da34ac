//! Translates problem documents into failures of the flow.

use sca_protocol::{
    api::{Problem, ProblemCode},
    flow::Failure,
};

/// How long to wait when the server gives no time, in milliseconds.
const DEFAULT_RETRY_AFTER_MS: u64 = 5_000;

/// The failure for an answer other than success. `problem` is its body if that could be read, `header` the wait in its
/// `Retry-After` header, in milliseconds.
pub(super) fn failure(status: u16, problem: Option<Problem>, header: Option<u64>) -> Failure {
    let not_yet = |time: Option<u64>| Failure::NotYet {
        retry_after: time.or(header).unwrap_or(DEFAULT_RETRY_AFTER_MS),
    };
    let Some(problem) = problem else {
        // A proxy answered instead of the backend, or the body was cut off.
        return if status == 429 {
            not_yet(None)
        } else {
            Failure::OutcomeUnknown
        };
    };
    match problem.code {
        ProblemCode::TooManyRequests => {
            not_yet(problem.retry_after_seconds.map(|seconds| seconds.saturating_mul(1_000)))
        }
        // Only a new enrolment helps.
        ProblemCode::Unauthorized | ProblemCode::EnrolmentLimitReached => Failure::AccessEnded,
        ProblemCode::ProviderSessionEnded => Failure::SessionEnded,
        ProblemCode::ShownMismatch => Failure::ShownMismatch,
        ProblemCode::ApprovalSettled
        | ProblemCode::FactorNotAvailable
        | ProblemCode::FactorCoolingOff
        | ProblemCode::RequestInProgress
        | ProblemCode::NoPendingPayment
        | ProblemCode::FactorNotSetUp
        | ProblemCode::TransferChanged
        | ProblemCode::StepUpRequired => Failure::OutOfDate,
        // The call may have been executed, or the versions of the widget and the backend do not match: the flow reads the approval
        // before anything else.
        ProblemCode::InvalidRequest
        | ProblemCode::IdempotencyKeyMissing
        | ProblemCode::OriginNotAllowed
        | ProblemCode::NotFound
        | ProblemCode::MethodNotAllowed
        | ProblemCode::RequestTimeout
        | ProblemCode::PayloadTooLarge
        | ProblemCode::UnsupportedMediaType
        | ProblemCode::IdempotencyKeyReused
        | ProblemCode::Internal
        | ProblemCode::ProviderError
        | ProblemCode::ServiceUnavailable
        | ProblemCode::ProviderTimeout
        | ProblemCode::Other(_) => Failure::OutcomeUnknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str, retry_after_seconds: Option<u64>) -> Option<Problem> {
        Some(Problem {
            code: ProblemCode::from_name(code),
            retry_after_seconds,
        })
    }

    #[test]
    fn each_problem_code_becomes_a_failure() {
        for (status, code, expected) in [
            (400, "invalid-request", Failure::OutcomeUnknown),
            (401, "unauthorized", Failure::AccessEnded),
            (409, "approval-settled", Failure::OutOfDate),
            (409, "request-in-progress", Failure::OutOfDate),
            (409, "shown-mismatch", Failure::ShownMismatch),
            (422, "factor-not-available", Failure::OutOfDate),
            (500, "internal", Failure::OutcomeUnknown),
            (409, "provider-session-ended", Failure::SessionEnded),
            (504, "provider-timeout", Failure::OutcomeUnknown),
            (418, "added-next-year", Failure::OutcomeUnknown),
        ] {
            assert_eq!(failure(status, problem(code, None), None), expected, "{code}");
        }
    }

    #[test]
    fn the_retry_after_of_the_server_counts() {
        let wait = |retry_after| Failure::NotYet { retry_after };
        assert_eq!(
            failure(429, problem("too-many-requests", Some(7)), Some(9)),
            wait(7_000)
        );
        assert_eq!(failure(429, problem("too-many-requests", None), Some(9)), wait(9));
        assert_eq!(failure(429, None, Some(9)), wait(9));
        assert_eq!(failure(429, None, None), wait(DEFAULT_RETRY_AFTER_MS));
    }

    #[test]
    fn an_answer_from_a_proxy_settles_nothing() {
        for status in [301, 401, 403, 404, 502, 503] {
            assert_eq!(failure(status, None, None), Failure::OutcomeUnknown, "{status}");
        }
    }
}
