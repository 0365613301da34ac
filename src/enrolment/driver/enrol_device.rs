//! Enrols this browser as a device.

use std::rc::Rc;

use sca_protocol::{
    PlainText,
    enrolment_api::{DEVICE_RECORD, DEVICES, Enrolled, EnrolmentVerdict, write_new_device},
    flow::Failure,
};

use super::{
    ports::DeviceKeys,
    submit::{Submission, Submitted, submit},
};
use crate::{
    driver::{
        READ_DEADLINE_MS,
        backend::{Backend, Call, read},
        ports::{Json, Ports},
        provider_key::ProviderKey,
        submit_encrypted::fingerprint_document,
    },
    json::JsonValue,
};

/// Why a device was not enrolled, as far as the driver knows.
pub(super) enum NotEnrolled {
    /// The browser does not let us keep a key. Nothing was sent.
    KeyRefused,
    Failed(Failure),
}

/// Derives the fingerprint, submits it, and keeps the provider's id of the device beside the key.
pub(super) async fn enrol_device<P: Ports>(
    backend: &Rc<Backend<P>>,
    keys: &impl DeviceKeys,
    provider: &ProviderKey<P>,
    key: &str,
    name: PlainText,
) -> Result<Enrolled, NotEnrolled> {
    let deriving = backend.before_deadline(READ_DEADLINE_MS, keys.fingerprint(key));
    let fingerprint = deriving.await.flatten().ok_or(NotEnrolled::KeyRefused)?;
    let submission = Submission {
        path: DEVICES,
        plaintext: fingerprint_document(&fingerprint),
        body: Box::new(move |jwe| write_new_device(jwe, &name)),
    };
    let submitted = submit(backend, provider, &submission)
        .await
        .map_err(NotEnrolled::Failed)?;
    let Submitted { mut enrolled, answer } = submitted;
    if enrolled.verdict != EnrolmentVerdict::Enrolled {
        return Ok(enrolled);
    }
    let id = if enrolled.relayed.is_some() {
        // The provider has named the device to this element alone. Without its id it cannot be removed later.
        let id = answer.and_then(|answer| device_id(backend, &answer));
        if let Some(id) = &id {
            let call = Call::post([DEVICES, "/", id, DEVICE_RECORD].concat(), None);
            if let Ok(recorded) = read(backend.call(call).await) {
                enrolled.enrolment = recorded;
            }
        }
        id
    } else {
        // The list is in the order of enrolment.
        enrolled.enrolment.devices.last().map(|device| device.id.clone())
    };
    if let Some(id) = id {
        let remembering = keys.remember(key, &id);
        backend.before_deadline(READ_DEADLINE_MS, remembering).await;
    }
    Ok(enrolled)
}

/// The id in the provider's answer, if it can be part of a path.
fn device_id<P: Ports>(backend: &Backend<P>, answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let id = backend
        .ports
        .json()
        .parse(text)?
        .get("deviceFingerprintId")?
        .as_string()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (!id.is_empty() && id.bytes().all(is_plain)).then_some(id)
}
