//! Telling other servers what was decided.
//!
//! A decision writes what is to be told beside itself, in one transaction. A [`Worker`] hands each message over until it is
//! taken, however often the process ends in between. A message may arrive twice, when an answer is lost: it has the same id
//! then, by which its receiver knows it. Once it is known to be taken it is never sent again.
//!
//! - [`message`]: what is told;
//! - [`standard_webhooks`]: how it is signed;
//! - [`http`]: how it is sent;
//! - [`retry schedule`]: how long to wait between attempts;
//! - [`worker`]: who does it;
//! - [`config`]: how it is set up.

pub mod config;
pub mod http;
pub mod message;
pub mod retry_schedule;
pub mod standard_webhooks;
pub mod worker;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use message::{EventType, Message};
pub use worker::Worker;

/// Hands messages over to those who want to know.
pub trait WebhookTransport: std::fmt::Debug + Send + Sync {
    /// Hands a message over. The same one may come again, with the same id.
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>>;

    /// How long that takes at most.
    fn max_duration(&self) -> Duration;
}

/// The message needs no further try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The receiver has it.
    Accepted,
    /// Nobody asked to be told of this kind.
    NoEndpoint,
}

/// The message was not handed over, as far as anybody knows: it may have arrived all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver answered, but did not take it.
    #[error("the receiver answered {0}")]
    Refused(u16),
    /// The receiver wants no more of these.
    #[error("the receiver wants no more messages")]
    Gone,
    /// Nobody is named who could carry it out.
    #[error("no address is configured")]
    NoAddress,
    /// No connection could be made.
    #[error("the receiver cannot be reached")]
    Unreachable,
    /// The time was up.
    #[error("the receiver did not answer in time")]
    TimedOut,
    /// The connection broke.
    #[error("the connection to the receiver broke")]
    Broken,
    /// It cannot be put into words.
    #[error(transparent)]
    InvalidBody(#[from] message::BodyError),
}

impl DeliveryError {
    /// Whether no further try can help.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Gone | Self::InvalidBody(_) => true,
            Self::Refused(_) | Self::NoAddress | Self::Unreachable | Self::TimedOut | Self::Broken => false,
        }
    }
}
