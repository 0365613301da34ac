//! A transfer that needs a face session before it is executed: as the partner posts it, and FaceSign's settings for it.

use std::time::Duration;

use sca_backend::config::FaceSignConfig;
use sca_core::secret::Secret;
use sca_facesign::config::Environment;
use serde_json::{Value, json};

/// The first version of a transfer, as the partner posts it.
pub fn transfer(id: &str) -> Value {
    json!({
        "transfer": id,
        "version": 1,
        "user": "user-4421",
        "email": "a@example.com",
        "amount": {"minor": 5_000_000, "currency": "USD"},
        "payee": "Acme Corp",
        "accountTail": "7890",
        "reference": "Invoice 7",
        "region": "US",
    })
}

/// Settings without video and deepfake analysis.
pub fn facesign_config(base: String, environment: Environment, api_key: &str, webhook_secret: &str) -> FaceSignConfig {
    FaceSignConfig {
        base,
        environment,
        api_key: Secret::new(api_key.into()),
        webhook_secrets: vec![Secret::new(webhook_secret.into())],
        frame_origins: Vec::new(),
        video_analysis: false,
        deepfake_analysis: false,
        analyses_wait: Duration::from_secs(300),
        poll_interval: Duration::from_secs(15),
        sessions: 3,
        connect_timeout: Duration::from_secs(1),
        timeout: Duration::from_secs(5),
    }
}
