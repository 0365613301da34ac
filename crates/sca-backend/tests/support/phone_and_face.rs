//! Phone numbers that the sandbox's bank verifies, and faces that its FaceTec server compares.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use base64ct::{Base64, Encoding};
use sca_backend::config::{Config, FaceTecConfig, PhoneConfig};
use sca_core::secret::Secret;
use sca_runtime::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use super::{ContractJson, Reply, TestCustomer, TestEnv, Widget, enrolment::EnrolmentWidget};

pub const PHONE_SECRET: &str = "sandbox-phone-verification-secret";
pub const DEVICE_KEY: &str = "sandbox-device-key";

/// Configures the bank's verification of phone numbers.
pub fn use_phones(config: &mut Config) {
    let base = config.wise.as_ref().unwrap().base.clone();
    let mut phone = PhoneConfig::new(
        format!("{base}/bank/phone-codes"),
        format!("{base}/bank/phone-codes/check"),
        Secret::new(PHONE_SECRET.into()),
    );
    phone.timeout = Duration::from_secs(1);
    config.phone = Some(phone);
}

/// Configures the FaceTec server.
pub fn use_faces(config: &mut Config) {
    let base = config.wise.as_ref().unwrap().base.clone();
    let mut facetec = FaceTecConfig::new(format!("{base}/facetec"), Secret::new(DEVICE_KEY.into()));
    facetec.timeout = Duration::from_secs(1);
    config.facetec = Some(facetec);
}

/// A backend with both, where the partner steps up.
pub async fn env(paths: &str) -> TestEnv {
    env_with(paths, Arc::new(SystemClock), |_| {}).await
}

pub async fn env_with(paths: &str, clock: Arc<dyn Clock>, adjust: impl FnOnce(&mut Config)) -> TestEnv {
    TestEnv::with(paths, clock, |config| {
        config.enrolment.partner_step_up = true;
        use_phones(config);
        use_faces(config);
        adjust(config);
    })
    .await
}

impl EnrolmentWidget {
    pub async fn send_phone_code(&self, country: &str, number: &str) -> Reply {
        self.post("/phone", &json!({"number": number, "country": country}))
            .await
    }

    pub async fn phone_code(&self, path: &str, country: &str, number: &str, code: &str) -> Reply {
        let body = json!({"number": number, "country": country, "code": code});
        self.post(&format!("/phone/{path}"), &body).await
    }

    /// A new token for a scan, from the FaceTec server.
    pub async fn face_token(&self) -> String {
        let session = self.post("/face/session", &json!({})).await.ok();
        session.text("sessionToken").into()
    }

    pub async fn enrol_face(&self, scan: &Value) -> Reply {
        self.post("/face", &json!({"scan": scan})).await
    }

    /// Enrols the face of a person who is in front of the camera.
    pub async fn enrol_person(&self, person: &str) -> Reply {
        self.enrol_face(&scan_of(person, true, &self.face_token().await)).await
    }
}

impl Widget {
    pub async fn face_token(&self) -> String {
        let session = self.post("/face/session", &json!({})).await.ok();
        session.text("sessionToken").into()
    }

    pub async fn face(&self, challenge: &str, scan: &Value) -> Reply {
        self.post("/face", &json!({"challenge": challenge, "scan": scan})).await
    }

    /// Submits a scan of a person who is in front of the camera.
    pub async fn person(&self, challenge: &str, person: &str) -> Reply {
        self.face(challenge, &scan_of(person, true, &self.face_token().await))
            .await
    }
}

/// A simulated scan, as large as a small real one.
pub fn scan_of(person: &str, live: bool, token: &str) -> Value {
    let scan = json!({"person": person, "live": live, "sessionToken": token, "padding": "x".repeat(60_000)});
    json!({
        "faceScan": Base64::encode_string(scan.to_string().as_bytes()),
        "auditTrailImage": Base64::encode_string(&[7; 30_000]),
        "lowQualityAuditTrailImage": Base64::encode_string(&[7; 3_000]),
        "userAgent": "facetec|sdk|simulated",
    })
}

impl TestEnv {
    /// The code that the bank sent to a number last.
    pub async fn phone_code(&self, number: &str) -> String {
        let path = format!("/bank/phone-codes?number={}", number.replace('+', "%2B"));
        let codes = self.control(Method::GET, &path, json!({})).await;
        codes.as_array().unwrap().last().unwrap().text("code").into()
    }

    /// How many codes the bank sent.
    pub async fn codes_sent(&self) -> usize {
        let codes = self.control(Method::GET, "/bank/phone-codes", json!({})).await;
        codes.as_array().unwrap().len()
    }

    pub async fn bank_fault(&self, endpoint: &str, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "when": when, "fault": fault});
        self.control(Method::POST, "/bank/faults", body).await;
    }

    pub async fn facetec_fault(&self, endpoint: &str, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "when": when, "fault": fault});
        self.control(Method::POST, "/facetec/faults", body).await;
    }

    pub async fn wise_fault(&self, endpoint: &str, when: &str, fault: Value) {
        let body = json!({"endpoint": endpoint, "when": when, "fault": fault});
        self.control(Method::POST, "/faults", body).await;
    }

    /// The faces that the FaceTec server has.
    pub async fn faces(&self) -> Vec<Value> {
        let faces = self.control(Method::GET, "/facetec/enrollments", json!({})).await;
        faces.as_array().unwrap().clone()
    }

    /// The number that Wise has.
    pub async fn phone_at_wise(&self, customer: &TestCustomer) -> Value {
        self.state_of(customer).await["phone"]["phoneNumber"].clone()
    }
}
