use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use sca_core::{
    FaceExportKey, FaceMap, FaceReference, FaceServer, ProviderError, ScanResult, Secret, provider::Answer,
};
use sca_protocol::face_scan::FaceScan;
use sca_provider_http::{Call, ProviderHttp, sensitive};
use zeroize::{Zeroize, Zeroizing};

use super::response;

/// The header with the key that the server knows its clients by.
const DEVICE_KEY: HeaderName = HeaderName::from_static("x-device-key");
/// The header with what the capture's SDK says about itself.
const USER_AGENT: HeaderName = HeaderName::from_static("x-user-agent");

/// The client of the partner's FaceTec server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FaceTec {
    http: ProviderHttp,
    /// What stands before every path.
    prefix: String,
    device_key: Secret,
    match_level: u32,
}

impl FaceTec {
    pub(crate) fn new(http: ProviderHttp, prefix: String, device_key: Secret, match_level: u32) -> Self {
        Self {
            http,
            prefix,
            device_key,
            match_level,
        }
    }

    async fn send(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Option<Zeroizing<Vec<u8>>>,
        user_agent: Option<&str>,
    ) -> Result<sca_provider_http::Answer, ProviderError> {
        let key = sensitive(self.device_key.expose()).ok_or(ProviderError::ClientRefused(403))?;
        let mut call = Call::new(operation, method, format!("{}{path}", self.prefix)).header(DEVICE_KEY, key);
        if let Some(agent) = user_agent.and_then(|agent| HeaderValue::from_str(agent).ok()) {
            call = call.header(USER_AGENT, agent);
        }
        if let Some(body) = body {
            call = call.body("application/json", body);
        }
        // A 401 is about the device key.
        self.http.call(call).await.map_err(ProviderError::of_own_credentials)
    }

    async fn scan(
        &self,
        operation: &'static str,
        path: &str,
        reference: &FaceReference,
        scan: &FaceScan,
        required_level: Option<u32>,
    ) -> Result<ScanResult, ProviderError> {
        let body = scan_body(reference, scan).ok_or(ProviderError::Malformed)?;
        let agent = scan.user_agent.as_deref();
        let answer = self.send(operation, Method::POST, path, Some(body), agent).await?;
        response::scan(answer.status, &answer.body, reference, required_level)
    }
}

impl FaceServer for FaceTec {
    fn call_timeout(&self) -> Duration {
        self.http.total()
    }

    fn session_token(&self) -> Answer<'_, Secret> {
        Box::pin(async move {
            let mut answer = self
                .send("session-token", Method::GET, "/session-token", None, None)
                .await?;
            let token = response::session_token(answer.status, &answer.body);
            answer.body.zeroize();
            token
        })
    }

    fn enrol<'a>(&'a self, reference: &'a FaceReference, scan: &'a FaceScan) -> Answer<'a, ScanResult> {
        Box::pin(self.scan("enrol", "/enrollment-3d", reference, scan, None))
    }

    fn compare<'a>(&'a self, reference: &'a FaceReference, scan: &'a FaceScan) -> Answer<'a, ScanResult> {
        Box::pin(self.scan("match", "/match-3d-3d", reference, scan, Some(self.match_level)))
    }

    fn export<'a>(&'a self, reference: &'a FaceReference, key: &'a FaceExportKey) -> Answer<'a, FaceMap> {
        Box::pin(async move {
            if !is_plain(reference) {
                return Err(ProviderError::Malformed);
            }
            let body = serde_json::json!({"externalDatabaseRefID": reference.as_str(), "publicKey": key.pem()});
            let body = Zeroizing::new(body.to_string().into_bytes());
            let mut answer = self
                .send("export", Method::POST, "/export-3d-facemap", Some(body), None)
                .await?;
            let exported = response::face_map(answer.status, &answer.body, reference);
            answer.body.zeroize();
            exported
        })
    }

    fn remove<'a>(&'a self, reference: &'a FaceReference) -> Answer<'a, ()> {
        Box::pin(async move {
            if !is_plain(reference) {
                return Err(ProviderError::Malformed);
            }
            let path = format!("/enrollment-3d/{}", reference.as_str());
            let answer = self.send("remove", Method::DELETE, &path, None, None).await?;
            response::removal(answer.status, &answer.body)
        })
    }
}

/// Whether a reference is safe in a path and needs no JSON escapes.
fn is_plain(reference: &FaceReference) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    reference.as_str().bytes().all(is_plain)
}

/// The body of a call with a scan, in one buffer that does not grow and is wiped. `None` unless every part has its form.
fn scan_body(reference: &FaceReference, scan: &FaceScan) -> Option<Zeroizing<Vec<u8>>> {
    if !scan.has_form() || !is_plain(reference) {
        return None;
    }
    let members = [
        ("externalDatabaseRefID", reference.as_str()),
        ("faceScan", scan.face_scan.as_str()),
        ("auditTrailImage", scan.audit_trail_image.as_str()),
        ("lowQualityAuditTrailImage", scan.low_quality_audit_trail_image.as_str()),
    ];
    let length: usize = members.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
    let mut body = Zeroizing::new(Vec::with_capacity(length + 2));
    for (place, (name, value)) in members.into_iter().enumerate() {
        body.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\":\"");
        body.extend_from_slice(value.as_bytes());
        body.push(b'"');
    }
    body.push(b'}');
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sca_protocol::face_scan::Blob;

    fn scan(part: &str) -> FaceScan {
        FaceScan {
            face_scan: Blob::new(part.into()),
            audit_trail_image: Blob::new("YWI=".into()),
            low_quality_audit_trail_image: Blob::new("YQ==".into()),
            user_agent: None,
        }
    }

    #[test]
    fn a_body_is_json_in_a_buffer_that_did_not_grow() {
        let reference = FaceReference::new("face_1").unwrap();
        let body = scan_body(&reference, &scan("YWJj")).unwrap();
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            parsed,
            serde_json::json!({
                "externalDatabaseRefID": "face_1", "faceScan": "YWJj", "auditTrailImage": "YWI=", "lowQualityAuditTrailImage": "YQ==",
            })
        );
        assert!(scan_body(&reference, &scan("\"")).is_none());
        assert!(scan_body(&FaceReference::new("a\"b").unwrap(), &scan("YWJj")).is_none());
        let long = "YWJj".repeat(1000);
        let body = scan_body(&reference, &scan(&long)).unwrap();
        let spare = body.capacity() - body.len();
        assert!(spare < 16, "{spare}");
    }
}
