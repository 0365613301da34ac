//! Submits a secret to the provider. It leaves this module only as ciphertext.

use std::{borrow::Cow, rc::Rc};

use sca_jose::{Cipher, Exchange};
use sca_protocol::{
    enrolment_api::{Enrolled, EnrolmentVerdict},
    flow::Failure,
};
use zeroize::Zeroizing;

use crate::driver::{
    backend::{Backend, Call, read},
    ports::{Diagnostic, DiagnosticLog, Ports},
    provider_key::ProviderKey,
    submit_encrypted::provider_key,
};

/// Writes a request's body around the ciphertext.
pub(super) type WriteBody = Box<dyn Fn(&str) -> Zeroizing<String>>;

/// A secret that is submitted.
pub(super) struct Submission {
    /// The path after the enrolment's.
    pub(super) path: &'static str,
    /// The document that the provider decrypts.
    pub(super) plaintext: Zeroizing<Vec<u8>>,
    /// The request's body around the ciphertext.
    pub(super) body: WriteBody,
}

/// The provider's answer. Its encrypted part, if it has one, is opened.
pub(super) struct Submitted {
    pub(super) enrolled: Enrolled,
    /// What the provider said to this element alone.
    pub(super) answer: Option<Zeroizing<Vec<u8>>>,
}

/// Encrypts to the provider's key and submits. If the provider could not decrypt it, fetches the key again and submits once more, with a
/// new content key.
pub(super) async fn submit<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
    submission: &Submission,
) -> Result<Submitted, Failure> {
    let mut submitted = encrypt_and_send(backend, key, submission).await?;
    if submitted.enrolled.verdict == EnrolmentVerdict::KeyStale {
        key.forget();
        submitted = encrypt_and_send(backend, key, submission).await?;
    }
    if submitted.enrolled.verdict == EnrolmentVerdict::KeyStale {
        key.forget();
    }
    Ok(submitted)
}

async fn encrypt_and_send<P: Ports>(
    backend: &Rc<Backend<P>>,
    key: &ProviderKey<P>,
    submission: &Submission,
) -> Result<Submitted, Failure> {
    let provider = provider_key(backend, key).await?;
    let (jwe, exchange) = sca_jose::encrypt(backend.ports.cipher(), &provider, &submission.plaintext)
        .await
        .map_err(|_| Failure::CannotEncrypt)?;
    let call = Call::post(Cow::Borrowed(submission.path), Some((submission.body)(&jwe)));
    let enrolled: Enrolled = read(backend.call(call).await)?;
    let answer = open_answer(backend, exchange, enrolled.relayed.as_deref()).await;
    Ok(Submitted { enrolled, answer })
}

/// Opens the provider's encrypted answer, if the backend relayed one. A provider sends an error as plain JSON.
async fn open_answer<P: Ports>(
    backend: &Backend<P>,
    exchange: Exchange<<P::Cipher as Cipher>::ContentKey>,
    relayed: Option<&str>,
) -> Option<Zeroizing<Vec<u8>>> {
    let relayed = relayed.filter(|relayed| !relayed.trim_start().starts_with('{'))?;
    match exchange.open(relayed.trim_end()).await {
        Ok(answer) => Some(answer),
        Err(_) => {
            backend.ports.diagnostics().record(Diagnostic::ResponseNotDecrypted);
            None
        }
    }
}
