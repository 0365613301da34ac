//! Translates problem documents into failures of the flow.

use sca_protocol::flow::Failure;

use crate::json::ReceivedProblem;

/// How long to wait when the server gives no time, in milliseconds.
const DEFAULT_RETRY_AFTER_MS: u64 = 5_000;

/// The failure for an answer other than success. `problem` is its body if that could be read, `header` the wait in its
/// `Retry-After` header, in milliseconds.
pub(super) fn failure(status: u16, problem: Option<ReceivedProblem>, header: Option<u64>) -> Failure {
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
    match &*problem.code {
        "too-many-requests" => not_yet(problem.retry_after_seconds.map(|seconds| seconds.saturating_mul(1_000))),
        // Only a new enrolment helps.
        "unauthorized" | "enrolment-limit-reached" => Failure::AccessEnded,
        "provider-session-ended" => Failure::SessionEnded,
        "shown-mismatch" => Failure::ShownMismatch,
        "approval-settled"
        | "factor-not-available"
        | "factor-cooling-off"
        | "request-in-progress"
        | "no-pending-payment"
        | "factor-not-set-up"
        | "transfer-changed"
        | "step-up-required" => Failure::OutOfDate,
        // The call may have been executed, or the versions of the widget and the backend do not match: the flow reads the approval
        // before anything else.
        _ => Failure::OutcomeUnknown,
    }
}

#[cfg(test)]
mod tests {
    use sca_protocol::api::ProblemCode;

    use super::*;

    fn problem(code: &str, retry_after_seconds: Option<u64>) -> Option<ReceivedProblem> {
        Some(ReceivedProblem {
            code: code.to_owned(),
            retry_after_seconds,
        })
    }

    /// What becomes of each code. A new code does not compile until it is decided here.
    fn expected(code: &ProblemCode) -> Failure {
        match code {
            ProblemCode::TooManyRequests => Failure::NotYet {
                retry_after: DEFAULT_RETRY_AFTER_MS,
            },
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

    #[test]
    fn each_problem_code_becomes_a_failure() {
        let unknown = ProblemCode::from_name("added-next-year");
        for code in ProblemCode::ALL.iter().chain([&unknown]) {
            assert_eq!(
                failure(418, problem(code.as_str(), None), None),
                expected(code),
                "{code:?}"
            );
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
