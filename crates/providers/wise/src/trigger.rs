//! Sending a one-time code: <https://docs.wise.com/api-reference/sca-otp>.

use http::{Method, StatusCode};
use serde_json::Value;

use sca_core::provider::TokenSession;

use super::{ONE_TIME_TOKEN, Wise, paths::Channel, refusal, verify::error_codes};
use sca_core::{InvalidResponse, OtpSendResult, ProviderError};
use sca_provider_http::{Call, sensitive};

impl Wise {
    /// Asks Wise to send a code.
    ///
    /// # Errors
    /// [`ProviderError::TokenRefused`] when Wise no longer accepts the token; or when there is no usable response.
    pub async fn send_code(&self, session: &TokenSession, channel: Channel) -> Result<OtpSendResult, ProviderError> {
        let token = sensitive(session.one_time_token.expose()).ok_or(ProviderError::TokenRefused(400))?;
        let call = Call::new("trigger", Method::POST, self.paths.code_trigger(channel))
            .bearer(&session.access_token)?
            .header(ONE_TIME_TOKEN, token);
        let answer = self.http.call(call).await?;
        match answer.status {
            status if status.is_success() => Ok(OtpSendResult::Sent {
                destination: destination(&answer.body),
            }),
            status if refusal::one_time_token(status, &answer.headers).is_some() => {
                Err(ProviderError::TokenRefused(status.as_u16()))
            }
            status if status.is_client_error() => {
                let codes = error_codes(&answer.body);
                if codes.iter().any(|code| code.starts_with("ott.")) {
                    Err(ProviderError::TokenRefused(status.as_u16()))
                } else if codes.iter().any(|code| code.contains("blocked")) {
                    Ok(OtpSendResult::Blocked)
                } else if status == StatusCode::NOT_FOUND || codes.iter().any(|code| code.contains("not.setup")) {
                    Ok(OtpSendResult::NotSetUp)
                } else {
                    Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16())))
                }
            }
            status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
    }
}

/// The masked phone number. `None` when it has other characters than digits and masks, so that no other text can be shown in its place.
fn destination(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let number = document.get("obfuscatedPhoneNo")?.as_str()?.trim();
    let is_masked_number = (1..=32).contains(&number.len())
        && number
            .chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '*' | '+' | ' ' | '-' | 'x' | 'X'));
    is_masked_number.then(|| number.into())
}

#[cfg(test)]
mod tests {
    use super::destination;

    #[test]
    fn only_a_masked_number_is_shown() {
        let body = |text: &str| serde_json::json!({ "obfuscatedPhoneNo": text }).to_string();
        assert_eq!(
            destination(body("*********8888").as_bytes()).as_deref(),
            Some("*********8888")
        );
        for text in ["", "call 0900 1234", "<b>1</b>", "\u{202E}8888", &"1".repeat(33)] {
            assert_eq!(destination(body(text).as_bytes()), None, "{text}");
        }
        assert_eq!(destination(b"<html>"), None);
    }
}
