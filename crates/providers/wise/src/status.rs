//! The status of a one-time token: <https://docs.wise.com/api-reference/one-time-token>.

use http::{Method, StatusCode};
use serde_json::Value;

use sca_core::provider::TokenSession;

use super::{ONE_TIME_TOKEN, Wise, factor_of};
use sca_core::{InvalidResponse, ProviderError, ReportedChallenge, TokenStatus};
use sca_provider_http::{Call, sensitive};

impl Wise {
    /// Reads the status of the one-time token.
    ///
    /// # Errors
    /// [`ProviderError::TokenRefused`] when Wise does not know the token or no longer accepts it; or when there is no usable response.
    pub async fn token_status(&self, session: &TokenSession) -> Result<TokenStatus, ProviderError> {
        let token = sensitive(session.one_time_token.expose()).ok_or(ProviderError::TokenRefused(400))?;
        let call = Call::new("status", Method::GET, self.paths.status())
            .bearer(&session.access_token)?
            .header(ONE_TIME_TOKEN, token);
        let answer = self.http.call(call).await?;
        match answer.status {
            StatusCode::OK => {
                read(&answer.body, self.scans_faces).ok_or(ProviderError::Unusable(InvalidResponse::Body))
            }
            StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(ProviderError::TokenRefused(answer.status.as_u16()))
            }
            status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
        }
    }
}

/// Parses a status, wrapped in `oneTimeTokenProperties` or flat. `None` without a list of challenges: a cleared token has an empty one.
fn read(body: &[u8], scans_faces: bool) -> Option<TokenStatus> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let token = document.get("oneTimeTokenProperties").unwrap_or(&document);
    let challenges = token.get("challenges")?.as_array()?;
    Some(TokenStatus {
        challenges: challenges
            .iter()
            .map(|value| challenge(value, scans_faces))
            .collect::<Option<Vec<_>>>()?,
        valid_seconds: token.get("validity").and_then(seconds),
        user: token.get("userId").and_then(Value::as_u64).map(|user| user.to_string()),
    })
}

fn challenge(value: &Value, scans_faces: bool) -> Option<ReportedChallenge> {
    let factor_of = |name: &str| factor_of(name, scans_faces);
    let primary = value.get("primaryChallenge").and_then(type_name)?;
    let alternatives = value.get("alternatives").and_then(Value::as_array);
    Some(ReportedChallenge {
        primary: factor_of(primary),
        alternatives: alternatives
            .map(|list| list.iter().filter_map(type_name).map(factor_of).collect())
            .unwrap_or_default(),
        required: value.get("required") != Some(&Value::Bool(false)),
        passed: value.get("passed") == Some(&Value::Bool(true)),
    })
}

/// The type of a challenge: `{"type": "SMS"}`, or in some responses just `"SMS"`.
fn type_name(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("type")?.as_str())
}

/// The remaining validity in seconds: zero when negative, `None` when unreadable.
fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(seconds), _, _) => Some(seconds),
            (None, Some(_), _) => Some(0),
            (None, None, Some(fraction)) if fraction <= 0.0 => Some(0),
            (None, None, Some(_) | None) => None,
        },
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sca_protocol::Factor;

    fn status(text: &str) -> Option<TokenStatus> {
        read(text.as_bytes(), false)
    }

    #[test]
    fn both_envelopes_and_missing_members_are_parsed() {
        let flat =
            r#"{"oneTimeToken":"t","challenges":[{"primaryChallenge":{"type":"PIN"},"passed":true}],"validity":10}"#;
        let wrapped = format!(r#"{{"oneTimeTokenProperties":{flat}}}"#);
        for text in [flat, &wrapped] {
            let status = status(text).unwrap();
            assert_eq!(status.valid_seconds, Some(10));
            assert!(status.is_cleared());
        }
    }

    #[test]
    fn only_a_plain_true_is_passed_and_only_a_plain_false_is_optional() {
        for (passed, required) in [
            ("false", "true"),
            ("null", "null"),
            ("\"true\"", "\"false\""),
            ("1", "0"),
        ] {
            let text = format!(
                r#"{{"challenges":[{{"primaryChallenge":{{"type":"PIN"}},"passed":{passed},"required":{required}}}]}}"#
            );
            assert!(!status(&text).unwrap().is_cleared(), "{text}");
        }
    }

    #[test]
    fn no_list_of_challenges_is_no_clearance() {
        for text in [
            "{}",
            "[]",
            "null",
            "\"\"",
            r#"{"challenges":null}"#,
            r#"{"challenges":{}}"#,
            r#"{"challenges":[{}]}"#,
            r#"{"challenges":[{"primaryChallenge":{"type":7}}]}"#,
            r#"{"oneTimeTokenProperties":null,"challenges":[]}"#,
            "<html></html>",
            r#"{"challenges":["#,
        ] {
            assert_eq!(status(text), None, "{text}");
        }
        assert!(status(r#"{"challenges":[]}"#).unwrap().is_cleared());
    }

    #[test]
    fn unknown_types_keep_their_name_and_alternatives_may_be_plain_text() {
        let text =
            r#"{"challenges":[{"primaryChallenge":{"type":"PASSKEY"},"alternatives":["SMS",{"type":"VOICE"},null]}]}"#;
        let status = status(text).unwrap();
        assert_eq!(status.challenges[0].primary, Factor::Other("PASSKEY".into()));
        assert_eq!(status.challenges[0].alternatives, [Factor::Sms, Factor::Voice]);
        assert!(!status.is_cleared());
    }

    #[test]
    fn the_user_is_read_where_there_is_one() {
        for (user, expected) in [
            ("6146956", Some("6146956")),
            ("null", None),
            ("\"x\"", None),
            ("-1", None),
        ] {
            let text = format!(r#"{{"challenges":[],"userId":{user}}}"#);
            assert_eq!(status(&text).unwrap().user.as_deref(), expected, "{user}");
        }
    }

    #[test]
    fn unusual_validities_are_clamped_or_unknown() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("-5", Some(0)),
            ("\"60\"", Some(60)),
            ("null", None),
            ("\"soon\"", None),
            ("1e30", None),
            ("18446744073709551615", Some(u64::MAX)),
        ] {
            let text = format!(r#"{{"challenges":[],"validity":{text}}}"#);
            assert_eq!(status(&text).unwrap().valid_seconds, seconds, "{text}");
        }
    }
}
