//! Submits a PIN or the fingerprint of this browser to the provider. It leaves this module only as ciphertext.

use std::rc::Rc;

use sca_jose::Exchange;
use sca_protocol::{
    Factor,
    api::{self, Verdict, Verified},
    entry::Digits,
    flow::{Failure, OnScreen},
};
use zeroize::Zeroizing;

use super::{
    backend::{Backend, Call, read},
    ports::{DeviceKeys, Diagnostic, DiagnosticLog, Ports},
    provider_key::{Provider, ProviderKey},
};

type ExchangeOf<P> = Exchange<<<P as Ports>::Cipher as sca_jose::Cipher>::ContentKey>;

/// What is submitted.
pub(super) enum Plaintext {
    /// The digits of a PIN.
    Pin(Digits),
    /// The fingerprint that the browser derives when it is submitted.
    Device,
}

/// Encrypts to the provider's key and submits. If the provider could not decrypt it, fetches the key again and submits once more,
/// with a new content key and a new attempt.
pub(super) async fn submit_encrypted<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
    challenge: &str,
    shown: Option<OnScreen>,
    plaintext: Plaintext,
) -> Result<Verified, Failure> {
    let (factor, mut document) = match plaintext {
        Plaintext::Pin(digits) => (Factor::Pin, Some(document("pin", digits.expose()))),
        Plaintext::Device => (Factor::Device, None),
    };
    let mut is_repeated = false;
    loop {
        let provider = provider_key(backend, key).await?;
        let plaintext = match &document {
            Some(document) => document,
            None => document.insert(fingerprint_document(backend, &provider).await?),
        };
        let encrypting = sca_jose::encrypt(backend.ports.cipher(), &provider.recipient, plaintext);
        let (jwe, exchange) = encrypting.await.map_err(|_| Failure::CannotEncrypt)?;
        let body = api::write_verify_jwe(challenge, &factor, &jwe);
        let call = Call::post(api::VERIFY, Some(body)).with_shown(shown.clone());
        let verified: Verified = read(backend.call(call).await)?;
        check_answer(backend, exchange, &verified).await;
        let is_stale = verified.verdict == Verdict::KeyStale;
        if is_stale {
            key.forget();
        }
        if !is_stale || is_repeated {
            return Ok(verified);
        }
        is_repeated = true;
    }
}

async fn fingerprint_document<P: Ports>(
    backend: &Backend<P>,
    provider: &Provider<P>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let customer = provider.customer.as_deref().ok_or(Failure::DeviceUnknown)?;
    let fingerprint = backend.ports.device_keys().fingerprint(customer).await;
    let fingerprint = fingerprint
        .map_err(|_| Failure::NotSent)?
        .ok_or(Failure::DeviceUnknown)?;
    Ok(document("deviceFingerprint", fingerprint.as_bytes()))
}

/// The provider's key. If it cannot be fetched or used, fetches it once more.
async fn provider_key<P: Ports>(backend: &Rc<Backend<P>>, key: &ProviderKey<P>) -> Result<Provider<P>, Failure> {
    let mut failure = Failure::NotSent;
    for _ in 0..2 {
        failure = match key.ready(backend).await {
            Ok(provider) => return Ok(provider),
            Err(failure @ (Failure::NotSent | Failure::CannotEncrypt)) => failure,
            Err(
                failure @ (Failure::OutcomeUnknown
                | Failure::NotYet { .. }
                | Failure::OutOfDate
                | Failure::OtherApproval
                | Failure::ShownMismatch
                | Failure::AccessEnded
                | Failure::SessionEnded
                | Failure::DeviceUnknown),
            ) => return Err(failure),
        };
    }
    Err(failure)
}

/// Opens the provider's encrypted answer, if the backend relayed one. The answer decides nothing: the flow uses the approval that
/// the backend returned.
async fn check_answer<P: Ports>(backend: &Backend<P>, exchange: ExchangeOf<P>, verified: &Verified) {
    let Some(relayed) = &verified.relayed else {
        return;
    };
    // A provider sends an error as plain JSON, which is not encrypted.
    if relayed.trim_start().starts_with('{') {
        return;
    }
    if exchange.open(relayed.trim_end()).await.is_err() {
        backend.ports.diagnostics().record(Diagnostic::ResponseNotDecrypted);
    }
}

/// The document that the provider expects: `{"pin":"1234"}`. Neither digits nor a fingerprint need JSON escapes.
fn document(name: &str, value: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut document = Zeroizing::new(Vec::with_capacity(name.len() + value.len() + 7));
    for part in [b"{\"", name.as_bytes(), b"\":\"", value, b"\"}"] {
        document.extend_from_slice(part);
    }
    document
}
