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
    ports::{Diagnostic, DiagnosticLog, Ports},
    provider_key::{Provider, ProviderKey},
};

type ExchangeOf<P> = Exchange<<<P as Ports>::Cipher as sca_jose::Cipher>::ContentKey>;

/// Encrypts the factor's document to the provider's key and submits it. If the provider could not decrypt it, fetches the key again and
/// submits once more, with a new content key and a new attempt.
pub(super) async fn submit_encrypted<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
    challenge: &str,
    factor: Factor,
    shown: Option<OnScreen>,
    plaintext: Zeroizing<Vec<u8>>,
) -> Result<Verified, Failure> {
    let mut verified = encrypt_and_send(backend, key, challenge, &factor, &shown, &plaintext).await?;
    if verified.verdict == Verdict::KeyStale {
        key.forget();
        verified = encrypt_and_send(backend, key, challenge, &factor, &shown, &plaintext).await?;
    }
    if verified.verdict == Verdict::KeyStale {
        key.forget();
    }
    Ok(verified)
}

async fn encrypt_and_send<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
    challenge: &str,
    factor: &Factor,
    shown: &Option<OnScreen>,
    plaintext: &[u8],
) -> Result<Verified, Failure> {
    let provider = provider_key(backend, key).await?;
    let (jwe, exchange) = sca_jose::encrypt(backend.ports.cipher(), &provider, plaintext)
        .await
        .map_err(|_| Failure::CannotEncrypt)?;
    let body = api::write_verify_jwe(challenge, factor, &jwe);
    let call = Call::post(api::VERIFY, Some(body)).with_shown(shown.clone());
    let verified = read(backend.call(call).await)?;
    check_answer(backend, exchange, &verified).await;
    Ok(verified)
}

/// The provider's key. If it cannot be fetched or used, fetches it once more.
pub(crate) async fn provider_key<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
) -> Result<Provider<P>, Failure> {
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
                | Failure::SessionEnded),
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

/// The document that the provider expects, made of ASCII digits: `{"pin":"1234"}`.
pub(crate) fn pin_document(pin: &Digits) -> Zeroizing<Vec<u8>> {
    let digits = pin.expose();
    let mut document = Zeroizing::new(Vec::with_capacity(digits.len() + 10));
    document.extend_from_slice(b"{\"pin\":\"");
    document.extend_from_slice(digits);
    document.extend_from_slice(b"\"}");
    document
}

/// The document that the provider expects: `{"deviceFingerprint":"…"}`. The fingerprint needs no escaping.
pub(crate) fn fingerprint_document(fingerprint: &str) -> Zeroizing<Vec<u8>> {
    let mut document = Zeroizing::new(Vec::with_capacity(fingerprint.len() + 30));
    document.extend_from_slice(b"{\"deviceFingerprint\":\"");
    document.extend_from_slice(fingerprint.as_bytes());
    document.extend_from_slice(b"\"}");
    document
}
