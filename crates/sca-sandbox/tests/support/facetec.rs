//! What the tests call the partner's FaceTec server with, as the partner's backend would.

use base64ct::{Base64, Encoding};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::sandbox::TestSandbox;

/// A simulated face scan.
pub(crate) fn scan(content: &Value) -> String {
    Base64::encode_string(content.to_string().as_bytes())
}

/// A call with the device key.
pub(crate) fn call(sandbox: &TestSandbox, method: Method, path: &str) -> RequestBuilder {
    sandbox
        .http
        .request(method, format!("{}{path}", sandbox.sandbox.facetec_url()))
        .header("X-Device-Key", "sandbox-device-key")
}

/// Submits a scan. Returns the response, which has to be 200.
pub(crate) async fn submit(sandbox: &TestSandbox, path: &str, reference: &str, content: &Value) -> Value {
    let body = json!({"externalDatabaseRefID": reference, "faceScan": scan(content), "auditTrailImage": "aW1hZ2U=",
                      "lowQualityAuditTrailImage": "aW1hZ2U="});
    let response = call(sandbox, Method::POST, path).json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

/// Exports an enrolled face map for a public key.
pub(crate) async fn export(sandbox: &TestSandbox, reference: &str, public_key: &str) -> Response {
    call(sandbox, Method::POST, "/export-3d-facemap")
        .json(&json!({"externalDatabaseRefID": reference, "publicKey": public_key}))
        .send()
        .await
        .unwrap()
}

/// The face map that was exported.
pub(crate) async fn exported(response: Response) -> String {
    assert_eq!(response.status(), StatusCode::OK);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["success"], true);
    body["faceMapBase64"].as_str().unwrap().to_owned()
}
