//! Opening an SCA session. Once its one-time token is cleared, calls of low risk need no approval for five minutes:
//! <https://docs.wise.com/api-reference/sca-sessions>.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Wise, paths::ProfileId, refusal};
use sca_core::{InvalidResponse, ProviderError, secret::Secret};
use sca_provider_http::Call;

/// How long Wise lets calls of low risk through after the customer has approved anything: five minutes, by its own clock.
pub(super) const SESSION_LIFETIME: Duration = Duration::from_secs(300);

impl Wise {
    /// Opens an SCA session, and returns the one-time token to clear.
    ///
    /// # Errors
    /// [`ProviderError::Malformed`] without a profile, which the path contains; or when there is no usable response.
    pub async fn open_sca_session(&self, token: &Secret, profile: Option<&str>) -> Result<Secret, ProviderError> {
        let profile = profile.and_then(ProfileId::new);
        let path = self
            .paths
            .sca_session(profile.as_ref())
            .ok_or(ProviderError::Malformed)?;
        let answer = self
            .http
            .call(Call::new("sca-session", Method::POST, path).bearer(token)?)
            .await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => {
                one_time_token(&answer.body).ok_or(ProviderError::Unusable(InvalidResponse::Body))
            }
            StatusCode::FORBIDDEN => Err(ProviderError::Forbidden),
            status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
    }
}

/// The token of a response, wrapped in `oneTimeTokenProperties` or flat.
fn one_time_token(body: &[u8]) -> Option<Secret> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let token = document.get("oneTimeTokenProperties").unwrap_or(&document);
    let token = token.get("oneTimeToken")?.as_str()?;
    refusal::is_token(token).then(|| Secret::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::one_time_token;

    #[test]
    fn a_token_is_read_from_both_envelopes() {
        const TOKEN: &str = "bb676aeb-7c4d-4930-bb55-ab949fd3fd87";
        let flat = format!(r#"{{"oneTimeToken":"{TOKEN}","challenges":[],"validity":3600}}"#);
        for text in [&flat, &format!(r#"{{"oneTimeTokenProperties":{flat}}}"#)] {
            assert_eq!(one_time_token(text.as_bytes()).unwrap().expose(), TOKEN);
        }
        for text in [
            "",
            "{}",
            r#"{"oneTimeToken":null}"#,
            r#"{"oneTimeToken":"a b"}"#,
            "<html>",
        ] {
            assert!(one_time_token(text.as_bytes()).is_none(), "{text}");
        }
    }
}
