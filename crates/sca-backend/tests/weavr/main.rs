//! The client for Weavr, against a stub with arbitrary responses and against the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../support/control.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod control;
mod error_codes;
mod faults;
mod fixture;
mod requests;
mod sandboxed;
#[path = "../support/stub.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod stub;
#[path = "../support/weavr_payments.rs"]
#[allow(unreachable_pub, reason = "every test binary uses a part of it")]
mod weavr_payments;
mod webhooks;

use std::time::Duration;

use sca_core::secret::Secret;
use sca_runtime::metrics::Metrics;
use sca_weavr::{
    ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
    config::WeavrConfig,
    resource::{ResourceId, ResourceType},
};
use stub::{Stub, StubResponse};

pub(crate) const KEY: &str = "canary_api_key";
pub(crate) const TOKEN: &str = "canary-token";
pub(crate) const CODE: &str = "987654";
pub(crate) const IDEMPOTENCY_REF: &str = "attempt-0123456789";

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text.into())
}

pub(crate) fn token() -> Secret {
    secret(TOKEN)
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::new(text).unwrap()
}

pub(crate) fn wires(ids: &[&str]) -> ChallengeTarget {
    ChallengeTarget::Resources {
        kind: ResourceType::OutgoingWireTransfers,
        ids: ids.iter().map(|text| id(text)).collect(),
    }
}

/// A stub, and a client that calls it.
pub(crate) async fn stubbed() -> (Stub, Weavr) {
    stubbed_with(|_| {}).await
}

pub(crate) async fn stubbed_with(adjust: impl FnOnce(&mut WeavrConfig)) -> (Stub, Weavr) {
    let stub = Stub::start().await;
    let mut config = WeavrConfig::new(format!("{}/multi", stub.base), secret(KEY));
    // Longer than a busy machine takes.
    config.timeout = Duration::from_secs(30);
    adjust(&mut config);
    let weavr = config.provider(Metrics::default()).unwrap();
    // Weavr knows the API key, so a refusal is about the customer.
    stub.respond(
        "POST /multi/login_with_password",
        StubResponse::json(400, r#"{"message":"Bad Request"}"#),
    );
    (stub, weavr)
}

/// A conflict with this error code.
pub(crate) fn conflict(code: &str) -> StubResponse {
    StubResponse::json(409, format!(r#"{{"errorCode":"{code}"}}"#))
}

pub(crate) async fn issue(weavr: &Weavr, target: &ChallengeTarget, channel: Channel) -> IssueResult {
    weavr.issue(&token(), target, channel, IDEMPOTENCY_REF).await.unwrap()
}

pub(crate) async fn verify_step_up(weavr: &Weavr) -> VerifyResult {
    let code = secret(CODE);
    weavr
        .verify(&token(), &ChallengeTarget::StepUp, Channel::Sms, None, &code)
        .await
        .unwrap()
}
