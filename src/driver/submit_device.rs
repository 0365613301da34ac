//! Submits the fingerprint of this browser.

use std::rc::Rc;

use sca_protocol::{
    Factor,
    flow::{DeviceSubmission, Event, Failure, OnScreen},
};

use super::{
    READ_DEADLINE_MS,
    backend::Backend,
    ports::{KnownDeviceKeys, Ports},
    provider_key::ProviderKey,
    submit_encrypted::{fingerprint_document, submit_encrypted},
};

/// Derives the fingerprint from the customer's key and submits it. Submits nothing if this browser keeps no such key, or cannot tell.
pub(super) async fn submit_device<P: Ports>(
    backend: &Rc<Backend<P>>,
    provider: &ProviderKey<P>,
    submission: DeviceSubmission,
    shown: Option<OnScreen>,
) -> Event {
    let DeviceSubmission {
        attempt,
        challenge_id,
        browser_key,
        here,
    } = submission;
    let deriving = backend.ports.device_keys().known_fingerprint(&browser_key);
    let plaintext = match backend.before_deadline(READ_DEADLINE_MS, deriving).await {
        Some(Ok(Some(fingerprint))) => fingerprint_document(&fingerprint),
        Some(Ok(None)) => return Event::DeviceKeyMissing(attempt, here),
        Some(Err(_)) | None => return Event::VerifyFailed(attempt, Failure::NotSent),
    };
    let submitting = submit_encrypted(backend, provider, &challenge_id, Factor::Device, shown, plaintext);
    match submitting.await {
        Ok(verified) => Event::Verified(attempt, verified),
        Err(failure) => Event::VerifyFailed(attempt, failure),
    }
}
