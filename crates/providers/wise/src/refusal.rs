//! Wise's rejection of a call that needs the customer's approval:
//! <https://docs.wise.com/guides/developer/auth-and-security/one-time-token>.

use http::{HeaderMap, HeaderName, StatusCode};

use sca_core::secret::Secret;

/// The header with the one-time token, in Wise's rejection and in the repeated call.
pub const APPROVAL: HeaderName = HeaderName::from_static("x-2fa-approval");
/// The header with the result: `APPROVED` or `REJECTED`.
pub const APPROVAL_RESULT: HeaderName = HeaderName::from_static("x-2fa-approval-result");

/// The one-time token of a rejection: a response with status 400 or 403 and the header, of which the first word is the token. The bodies
/// of rejections are not uniform, so they are ignored. `None` for every other response, such as a 403 without the header.
#[must_use]
pub fn one_time_token(status: StatusCode, headers: &HeaderMap) -> Option<Secret> {
    if status != StatusCode::FORBIDDEN && status != StatusCode::BAD_REQUEST {
        return None;
    }
    let token = headers.get(APPROVAL)?.to_str().ok()?.split_whitespace().next()?;
    is_token(token).then(|| Secret::new(token.to_owned()))
}

/// Whether a text can be a one-time token: 8 to 128 characters that are safe in a header.
#[must_use]
pub fn is_token(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_rejection_is_recognised_by_its_header() {
        let mut headers = HeaderMap::new();
        assert!(one_time_token(StatusCode::FORBIDDEN, &headers).is_none());
        headers.insert(
            APPROVAL,
            HeaderValue::from_static("bb676aeb-7c4d-4930-bb55-ab949fd3fd87 SIGNATURE"),
        );
        for status in [StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST] {
            let token = one_time_token(status, &headers).unwrap();
            assert_eq!(token.expose(), "bb676aeb-7c4d-4930-bb55-ab949fd3fd87");
        }
        for status in [StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND] {
            assert!(one_time_token(status, &headers).is_none());
        }
        headers.insert(APPROVAL, HeaderValue::from_static("short"));
        assert!(one_time_token(StatusCode::FORBIDDEN, &headers).is_none());
    }
}
