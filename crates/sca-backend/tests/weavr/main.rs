//! The client for Weavr: against a stub that says anything at all, and against the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod error_codes;
mod faults;
mod fixture;
mod requests;
mod sandboxed;
#[path = "../support/stub.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod stub;
mod webhooks;

use std::time::Duration;

use sca_backend::{
    metrics::Metrics,
    providers::weavr::{
        ChallengeTarget, Channel, IssueResult, VerifyResult, Weavr,
        config::WeavrConfig,
        resource::{ResourceId, ResourceType},
    },
    secret::Secret,
};
use stub::{Says, Stub};

pub(crate) const KEY: &str = "canary_api_key";
pub(crate) const TOKEN: &str = "canary-token";
pub(crate) const CODE: &str = "987654";

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

/// A stub, and a client of it.
pub(crate) async fn stubbed() -> (Stub, Weavr) {
    stubbed_with(|_| {}).await
}

pub(crate) async fn stubbed_with(adjust: impl FnOnce(&mut WeavrConfig)) -> (Stub, Weavr) {
    let stub = Stub::start().await;
    let mut config = WeavrConfig::new(format!("{}/multi", stub.base), secret(KEY));
    // Longer than any machine takes that is not broken.
    config.timeout = Duration::from_millis(30_000);
    adjust(&mut config);
    let weavr = config.weavr(Metrics::default()).unwrap();
    // The key is known: whatever is refused, it is not that.
    stub.says(
        "POST /multi/login_with_password",
        Says::json(400, r#"{"message":"Bad Request"}"#),
    );
    (stub, weavr)
}

pub(crate) async fn issue(weavr: &Weavr, target: &ChallengeTarget, channel: Channel) -> IssueResult {
    weavr
        .issue(&token(), target, channel, "attempt-0123456789")
        .await
        .unwrap()
}

pub(crate) async fn verify_step_up(weavr: &Weavr) -> VerifyResult {
    let code = secret(CODE);
    weavr
        .verify(&token(), &ChallengeTarget::StepUp, Channel::Sms, None, &code)
        .await
        .unwrap()
}
