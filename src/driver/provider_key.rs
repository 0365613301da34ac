//! The provider's key. The driver fetches, checks and imports it while the customer types the PIN, so that the submission waits
//! only for the encryption.

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

/// The provider's key, imported into the cipher.
pub(crate) type Provider<P> = Rc<Recipient<<<P as Ports>::Cipher as Cipher>::RecipientKey>>;

type Prepared<P> = Result<Provider<P>, Failure>;

/// The provider's key, fetched on first use. It holds nothing secret.
pub(crate) struct ProviderKey<P: Ports>(RefCell<State<P>>);

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
    /// The key. Fetches it unless it is ready or being fetched. A failure is not kept: the next call fetches again.
    pub(crate) async fn ready(&self, backend: &Rc<Backend<P>>) -> Prepared<P> {
        poll_fn(|context| self.poll(backend, context)).await
    }

    /// Drops the key, for instance when the provider can no longer decrypt with it.
    pub(crate) fn forget(&self) {
        self.0.replace(State::Unknown);
    }

    /// Holds no borrow while it polls: the page may have replaced `fetch` by one that calls back into the widget.
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
    // The PIN has not been submitted yet, so a lost answer here means that nothing was sent.
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
