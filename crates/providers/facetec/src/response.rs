//! What a response means. Only a response that says everything that has to be true is a success.

use http::StatusCode;
use sca_core::{FaceMap, FaceReference, InvalidResponse, ProviderError, ScanOutcome, ScanResult, Secret};
use serde::Deserialize;
use zeroize::Zeroize;

/// The members of every response.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    success: bool,
    was_processed: bool,
    error: bool,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default, rename = "externalDatabaseRefID")]
    reference: Option<String>,
    #[serde(default)]
    match_level: Option<u32>,
    #[serde(default)]
    face_scan_security_checks: Option<SecurityChecks>,
    #[serde(default)]
    scan_result_blob: Option<String>,
    #[serde(default)]
    session_token: Option<Secret>,
    #[serde(default, rename = "faceMapBase64")]
    face_map: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityChecks {
    session_token_check_succeeded: bool,
    audit_trail_verification_check_succeeded: bool,
    face_scan_liveness_check_succeeded: bool,
    replay_check_succeeded: bool,
}

impl SecurityChecks {
    fn all_succeeded(self) -> bool {
        self.session_token_check_succeeded
            && self.audit_trail_verification_check_succeeded
            && self.face_scan_liveness_check_succeeded
            && self.replay_check_succeeded
    }
}

impl Response {
    /// Whether the call was processed, about this reference where it is about one.
    fn is_processed(&self, reference: Option<&FaceReference>) -> bool {
        let is_of = reference.is_none_or(|sent| {
            let named = self.reference.as_deref();
            named.is_none_or(|named| named == sent.as_str())
        });
        self.was_processed && !self.error && is_of
    }

    /// The text of FaceTec's errors is not public: this is the text of its public samples.
    fn says_unknown_reference(&self) -> bool {
        let message = self.error_message.as_deref().unwrap_or_default().to_ascii_lowercase();
        self.error && message.contains("no entry found")
    }
}

/// The result of a scan. `required_level` is the match level that a comparison needs.
pub(super) fn scan(
    status: StatusCode,
    body: &[u8],
    reference: &FaceReference,
    required_level: Option<u32>,
) -> Result<ScanResult, ProviderError> {
    let result = |outcome, for_capture| Ok(ScanResult { outcome, for_capture });
    if status == StatusCode::BAD_REQUEST && is_refusal(body) {
        return result(ScanOutcome::Rejected, None);
    }
    let response = read(status, body)?;
    if response.says_unknown_reference() {
        return result(ScanOutcome::NotEnrolled, None);
    }
    let checks = response.face_scan_security_checks;
    let Some(checks) = checks.filter(|_| response.is_processed(Some(reference))) else {
        return Err(ProviderError::Unusable(InvalidResponse::Body));
    };
    let is_match = required_level.is_none_or(|required| response.match_level.is_some_and(|level| level >= required));
    let outcome = if !checks.all_succeeded() {
        ScanOutcome::Rejected
    } else if response.success && is_match {
        ScanOutcome::Passed
    } else if required_level.is_some() {
        ScanOutcome::NoMatch
    } else {
        ScanOutcome::Rejected
    };
    result(outcome, response.scan_result_blob)
}

/// The token of a session.
pub(super) fn session_token(status: StatusCode, body: &[u8]) -> Result<Secret, ProviderError> {
    let response = read(status, body)?;
    let is_token = |token: &Secret| {
        let token = token.expose();
        (1..=2048).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let is_issued = response.is_processed(None) && response.success;
    let token = response.session_token.filter(|token| is_issued && is_token(token));
    token.ok_or(ProviderError::Unusable(InvalidResponse::Body))
}

/// An exported face map.
pub(super) fn face_map(status: StatusCode, body: &[u8], reference: &FaceReference) -> Result<FaceMap, ProviderError> {
    let mut response = read(status, body)?;
    let is_exported = response.is_processed(Some(reference)) && response.success;
    let mut exported = response.face_map.take().unwrap_or_default();
    if is_exported {
        FaceMap::new(exported).ok_or(ProviderError::Unusable(InvalidResponse::Body))
    } else {
        exported.zeroize();
        Err(ProviderError::Unusable(InvalidResponse::Body))
    }
}

/// Whether an enrolled face was removed, or there is none.
pub(super) fn removal(status: StatusCode, body: &[u8]) -> Result<(), ProviderError> {
    let response = read(status, body)?;
    let is_removed = response.is_processed(None) && response.success;
    if is_removed || response.says_unknown_reference() {
        Ok(())
    } else {
        Err(ProviderError::Unusable(InvalidResponse::Body))
    }
}

/// Whether a body is the server's own answer to a request that it could not read.
fn is_refusal(body: &[u8]) -> bool {
    let response: Option<Response> = serde_json::from_slice(body).ok();
    response.is_some_and(|response| response.error && !response.success)
}

fn read(status: StatusCode, body: &[u8]) -> Result<Response, ProviderError> {
    match status {
        StatusCode::OK => serde_json::from_slice(body).map_err(|_| ProviderError::Unusable(InvalidResponse::Body)),
        // The device key is not accepted.
        StatusCode::FORBIDDEN => Err(ProviderError::ClientRefused(403)),
        status => Err(ProviderError::Unusable(InvalidResponse::Status(status.as_u16()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn reference() -> FaceReference {
        FaceReference::new("face_1").unwrap()
    }

    fn scanned(change: &Value) -> Value {
        let mut body = json!({
            "success": true, "wasProcessed": true, "error": false, "externalDatabaseRefID": "face_1", "matchLevel": 15,
            "scanResultBlob": "blob",
            "faceScanSecurityChecks": {
                "sessionTokenCheckSucceeded": true, "auditTrailVerificationCheckSucceeded": true,
                "faceScanLivenessCheckSucceeded": true, "replayCheckSucceeded": true,
            },
        });
        let members = body.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        body
    }

    fn checks(liveness: bool, replay: bool) -> Value {
        json!({"success": false, "faceScanSecurityChecks": {
            "sessionTokenCheckSucceeded": true, "auditTrailVerificationCheckSucceeded": true,
            "faceScanLivenessCheckSucceeded": liveness, "replayCheckSucceeded": replay,
        }})
    }

    #[test]
    fn only_a_scan_that_passes_everything_passes() {
        let unusable = Err(ProviderError::Unusable(InvalidResponse::Body));
        for (change, enrolment, comparison) in [
            (json!({}), Ok(ScanOutcome::Passed), Ok(ScanOutcome::Passed)),
            (
                json!({"matchLevel": 14}),
                Ok(ScanOutcome::Passed),
                Ok(ScanOutcome::NoMatch),
            ),
            (
                json!({"matchLevel": null}),
                Ok(ScanOutcome::Passed),
                Ok(ScanOutcome::NoMatch),
            ),
            (
                json!({"success": false}),
                Ok(ScanOutcome::Rejected),
                Ok(ScanOutcome::NoMatch),
            ),
            (
                checks(false, true),
                Ok(ScanOutcome::Rejected),
                Ok(ScanOutcome::Rejected),
            ),
            (
                checks(true, false),
                Ok(ScanOutcome::Rejected),
                Ok(ScanOutcome::Rejected),
            ),
            (
                json!({"faceScanSecurityChecks": null}),
                unusable.clone(),
                unusable.clone(),
            ),
            (
                json!({"externalDatabaseRefID": "face_2"}),
                unusable.clone(),
                unusable.clone(),
            ),
            (json!({"wasProcessed": false}), unusable.clone(), unusable.clone()),
            (json!({"error": true}), unusable.clone(), unusable.clone()),
            (json!({"success": "true"}), unusable.clone(), unusable.clone()),
            (
                json!({"error": true, "wasProcessed": false, "errorMessage": "No entry found for this externalDatabaseRefID"}),
                Ok(ScanOutcome::NotEnrolled),
                Ok(ScanOutcome::NotEnrolled),
            ),
        ] {
            let body = scanned(&change).to_string();
            for (level, expected) in [(None, enrolment), (Some(15), comparison)] {
                let scanned = scan(StatusCode::OK, body.as_bytes(), &reference(), level);
                assert_eq!(scanned.map(|result| result.outcome), expected, "{change} {level:?}");
            }
        }
    }

    /// Other things than a reference can be missing, so that only the text of the samples says that there is no face.
    #[test]
    fn a_removal_succeeds_only_if_the_server_says_that_nothing_is_left() {
        let failed =
            |message: &str| json!({"success": false, "wasProcessed": false, "error": true, "errorMessage": message});
        for (body, is_gone) in [
            (scanned(&json!({})), true),
            (failed("No entry found for this externalDatabaseRefID"), true),
            (failed("The session does not exist"), false),
            (failed(""), false),
            (scanned(&json!({"success": false})), false),
            (
                scanned(&json!({"errorMessage": "No entry found", "success": false})),
                false,
            ),
        ] {
            let removed = removal(StatusCode::OK, body.to_string().as_bytes());
            assert_eq!(removed.is_ok(), is_gone, "{body}");
        }
    }

    #[test]
    fn a_status_decides_before_the_body() {
        let refusal = json!({"success": false, "wasProcessed": false, "error": true, "errorMessage": "unreadable"});
        for (body, expected) in [
            (refusal.to_string(), Ok(ScanOutcome::Rejected)),
            // A proxy's, or a success.
            (
                "<html>".to_owned(),
                Err(ProviderError::Unusable(InvalidResponse::Status(400))),
            ),
            (
                String::new(),
                Err(ProviderError::Unusable(InvalidResponse::Status(400))),
            ),
            (
                scanned(&json!({})).to_string(),
                Err(ProviderError::Unusable(InvalidResponse::Status(400))),
            ),
        ] {
            let scanned = scan(StatusCode::BAD_REQUEST, body.as_bytes(), &reference(), None);
            assert_eq!(scanned.map(|result| result.outcome), expected, "{body}");
        }
        for (status, expected) in [
            (403, Err(ProviderError::ClientRefused(403))),
            (404, Err(ProviderError::Unusable(InvalidResponse::Status(404)))),
            (500, Err(ProviderError::Unusable(InvalidResponse::Status(500)))),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let body = scanned(&json!({})).to_string();
            let scanned = scan(status, body.as_bytes(), &reference(), Some(15));
            assert_eq!(scanned.map(|result| result.outcome), expected, "{status}");
        }
    }

    #[test]
    fn an_export_is_base64_of_the_face_that_was_asked_for() {
        for (change, is_map) in [
            (json!({"faceMapBase64": "YWJj"}), true),
            (json!({"faceMapBase64": ""}), false),
            (json!({"faceMapBase64": "<html>"}), false),
            (json!({}), false),
            (json!({"faceMapBase64": "YWJj", "success": false}), false),
            (json!({"faceMapBase64": "YWJj", "error": true}), false),
            (
                json!({"faceMapBase64": "YWJj", "externalDatabaseRefID": "face_2"}),
                false,
            ),
        ] {
            let body = scanned(&change).to_string();
            let exported = face_map(StatusCode::OK, body.as_bytes(), &reference());
            assert_eq!(exported.is_ok(), is_map, "{change}");
        }
    }
}
