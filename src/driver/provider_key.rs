//! The provider's key: read, checked and taken in by the cipher while the customer types the PIN, so that handing it in
//! waits for nothing but the encryption.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll},
};

use futures_util::future::LocalBoxFuture;
use sca_jose::{Cipher, JoseError, PublicKey, Recipient};
use sca_protocol::{
    api::{self, EncryptionKey},
    flow::Failure,
};

use super::{
    backend::{Backend, Call, read},
    ports::Ports,
};

/// The provider, ready to be encrypted to.
pub(super) type Provider<P> = Rc<Recipient<<<P as Ports>::Cipher as Cipher>::RecipientKey>>;

type Prepared<P> = Result<Provider<P>, Failure>;

/// The provider's key, once it was asked for. It holds nothing secret.
pub(super) struct ProviderKey<P: Ports>(RefCell<State<P>>);

enum State<P: Ports> {
    Unknown,
    /// Being fetched; the last caller that waits for it polls the future.
    Coming(LocalBoxFuture<'static, Prepared<P>>),
    Ready(Provider<P>),
}

impl<P: Ports> Default for ProviderKey<P> {
    fn default() -> Self {
        Self(RefCell::new(State::Unknown))
    }
}

impl<P: Ports> ProviderKey<P> {
    /// The key, which is read now unless it is there or on its way. One that did not come is forgotten: whoever asks next
    /// has it read anew.
    pub(super) async fn ready(&self, backend: &Rc<Backend<P>>) -> Prepared<P> {
        poll_fn(|context| self.poll(backend, context)).await
    }

    /// Forgets the key, for instance one that the provider no longer decrypts with.
    pub(super) fn forget(&self) {
        self.0.replace(State::Unknown);
    }

    /// Borrows nothing while it polls: a call goes through the page's own `fetch`, which may do as it likes.
    fn poll(&self, backend: &Rc<Backend<P>>, context: &mut Context<'_>) -> Poll<Prepared<P>> {
        let mut coming = match self.0.replace(State::Unknown) {
            State::Ready(provider) => {
                self.0.replace(State::Ready(Rc::clone(&provider)));
                return Poll::Ready(Ok(provider));
            }
            State::Coming(coming) => coming,
            State::Unknown => Box::pin(prepare(Rc::clone(backend))),
        };
        match coming.as_mut().poll(context) {
            Poll::Pending => {
                self.0.replace(State::Coming(coming));
                Poll::Pending
            }
            Poll::Ready(prepared) => {
                if let Ok(provider) = &prepared {
                    self.0.replace(State::Ready(Rc::clone(provider)));
                }
                Poll::Ready(prepared)
            }
        }
    }
}

async fn prepare<P: Ports>(backend: Rc<Backend<P>>) -> Prepared<P> {
    // Nothing has been submitted yet: a failure here means that nothing was sent.
    let answer = read(backend.call(Call::get(api::ENCRYPTION_KEY)).await).map_err(|failure| match failure {
        Failure::OutcomeUnknown => Failure::NotSent,
        Failure::NotSent
        | Failure::NotYet { .. }
        | Failure::OutOfDate
        | Failure::OtherApproval
        | Failure::ShownMismatch
        | Failure::AccessEnded
        | Failure::SessionEnded
        | Failure::CannotEncrypt => failure,
    })?;
    let key = parse(&answer).map_err(|_| Failure::CannotEncrypt)?;
    let recipient = Recipient::prepare(backend.ports.cipher(), &key).await;
    recipient.map(Rc::new).map_err(|_| Failure::CannotEncrypt)
}

fn parse(answer: &EncryptionKey) -> Result<PublicKey, JoseError> {
    let key = PublicKey::from_base64_spki(&answer.spki)?;
    match &answer.key_id {
        Some(name) => key.with_key_id(name),
        None => Ok(key),
    }
}
