//! The server's operations.
//!
//! What cannot be done although the request is well formed, such as a match with an unknown reference, is 200 with `error`; a
//! request that is not well formed is 400 with `error`. A scan that fails a check is processed, without an error and without
//! success.

use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::{ApiCall, Endpoint};
use super::export::{ExportError, export as export_face_map};
use super::response::{failed, processed, server_info};
use super::scan::{Scan, SecurityChecks};
use super::state::FaceTecState;
use crate::kit::json::set;
use crate::kit::response::ApiResponse;

/// The match level that a scan needs to succeed, which is the highest that there is.
const REQUIRED_MATCH_LEVEL: u32 = 15;

/// What the browser's SDK captured. The images are not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScanRequest {
    #[serde(rename = "externalDatabaseRefID")]
    reference: String,
    face_scan: String,
    audit_trail_image: String,
    low_quality_audit_trail_image: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportRequest {
    #[serde(rename = "externalDatabaseRefID")]
    reference: String,
    /// PEM.
    public_key: String,
}

/// Performs a call. `Err` is a refusal.
pub(super) fn perform(state: &mut FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    match call.route {
        Endpoint::Status | Endpoint::Any => Ok(status()),
        Endpoint::SessionToken => Ok(session_token(state, call)),
        Endpoint::Enroll => enroll(state, call),
        Endpoint::ReadEnrollment => read_enrollment(state, call),
        Endpoint::DeleteEnrollment => delete_enrollment(state, call),
        Endpoint::Match => match_enrollment(state, call),
        Endpoint::Export => export(state, call),
    }
}

fn status() -> ApiResponse {
    ApiResponse::ok(&json!({
        "running": true,
        "success": true,
        "wasProcessed": true,
        "error": false,
        "serverInfo": server_info(),
    }))
}

fn session_token(state: &mut FaceTecState, call: &ApiCall) -> ApiResponse {
    let token = state.issue_session_token();
    processed(call, state.now(), true, &json!({"sessionToken": token}))
}

fn enroll(state: &mut FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let (reference, scan) = sent_scan(call)?;
    if state.enrollments.contains_key(&reference) {
        let message = "Enrollment already exists for this externalDatabaseRefID";
        return Err(failed(StatusCode::OK, message));
    }
    let checks = check(state, &reference, &scan);
    if checks.succeeded() {
        state.enroll(&reference, &scan.person);
    }
    Ok(scanned(state, call, &reference, checks, checks.succeeded(), None))
}

fn match_enrollment(state: &mut FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let (reference, scan) = sent_scan(call)?;
    let enrolled = state.enrollments.get(&reference).ok_or_else(no_such_enrollment)?;
    let is_same_person = enrolled.person == scan.person;
    let checks = check(state, &reference, &scan);
    let level = if checks.succeeded() && is_same_person {
        state.behaviour_for(&reference).match_level
    } else {
        0
    };
    let success = level >= REQUIRED_MATCH_LEVEL;
    if success && let Some(enrolled) = state.enrollments.get_mut(&reference) {
        enrolled.matches = enrolled.matches.saturating_add(1);
    }
    Ok(scanned(state, call, &reference, checks, success, Some(level)))
}

/// FaceTec's guide names the operation, but its path, its parameters and its response are not public. The path is that of the
/// guide's heading; `faceMapBase64` is the name that `GET /enrollment-3d/{externalDatabaseRefID}` has for a FaceMap.
fn export(state: &mut FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let ExportRequest { reference, public_key } = serde_json::from_value(call.context.clone())
        .map_err(|_| bad_request("externalDatabaseRefID and publicKey are required"))?;
    let now = state.now();
    let enrolled = state.enrollments.get_mut(&reference).ok_or_else(no_such_enrollment)?;
    let face_map = export_face_map(&enrolled.person, &public_key).map_err(|error| match error {
        ExportError::Key(cause) => {
            tracing::debug!(%cause, "a public key was refused");
            bad_request("The publicKey is no RSA key of at least 2048 bits in PEM")
        }
        ExportError::Encryption(cause) => {
            tracing::error!(%cause, "a face map was not encrypted");
            failed(StatusCode::INTERNAL_SERVER_ERROR, "The FaceMap was not exported")
        }
    })?;
    enrolled.exports = enrolled.exports.saturating_add(1);
    let more = json!({"externalDatabaseRefID": reference, "faceMapBase64": face_map});
    Ok(processed(call, now, true, &more))
}

/// The real response has the FaceMap and the audit trail as well.
fn read_enrollment(state: &FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let reference = call.parameter("reference");
    state.enrollments.get(reference).ok_or_else(no_such_enrollment)?;
    let more = json!({"externalDatabaseRefID": reference});
    Ok(processed(call, state.now(), true, &more))
}

fn delete_enrollment(state: &mut FaceTecState, call: &ApiCall) -> Result<ApiResponse, ApiResponse> {
    let reference = call.parameter("reference");
    state.enrollments.remove(reference).ok_or_else(no_such_enrollment)?;
    let more = json!({"externalDatabaseRefID": reference});
    Ok(processed(call, state.now(), true, &more))
}

fn no_such_enrollment() -> ApiResponse {
    failed(StatusCode::OK, "No entry found for this externalDatabaseRefID")
}

fn bad_request(message: &str) -> ApiResponse {
    failed(StatusCode::BAD_REQUEST, message)
}

/// The reference and the scan in the body.
fn sent_scan(call: &ApiCall) -> Result<(String, Scan), ApiResponse> {
    let request: ScanRequest = serde_json::from_value(call.context.clone()).map_err(|_| {
        bad_request("externalDatabaseRefID, faceScan, auditTrailImage and lowQualityAuditTrailImage are required")
    })?;
    let images = [&request.audit_trail_image, &request.low_quality_audit_trail_image];
    if request.reference.is_empty() || images.into_iter().any(String::is_empty) {
        return Err(bad_request("A required parameter is empty"));
    }
    let scan = Scan::parse(&request.face_scan).ok_or_else(|| bad_request("The faceScan cannot be read"))?;
    Ok((request.reference, scan))
}

/// Checks a scan, which uses its session token.
fn check(state: &mut FaceTecState, reference: &str, scan: &Scan) -> SecurityChecks {
    let token = state.use_session_token(scan.session_token.as_deref());
    SecurityChecks::of(scan, token, state.behaviour_for(reference))
}

/// The response to a call with a scan.
fn scanned(
    state: &FaceTecState,
    call: &ApiCall,
    reference: &str,
    checks: SecurityChecks,
    success: bool,
    match_level: Option<u32>,
) -> ApiResponse {
    let mut more = json!({
        "externalDatabaseRefID": reference,
        "faceScanSecurityChecks": checks.to_json(),
        "ageEstimateGroupEnumInt": -1,
        "retryScreenEnumInt": 0,
    });
    if let Some(level) = match_level {
        set(&mut more, "matchLevel", level);
    }
    if state.behaviour_for(reference).scan_result_blob {
        set(&mut more, "scanResultBlob", scan_result_blob(success));
    }
    processed(call, state.now(), success, &more)
}

/// What the browser's SDK needs to continue: opaque text in Base64.
fn scan_result_blob(success: bool) -> Value {
    let result = json!({"simulated": true, "success": success}).to_string();
    Value::from(Base64::encode_string(result.as_bytes()))
}
