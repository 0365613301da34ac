//! Outbound webhooks.
//!
//! A decision writes its events to the outbox in its own transaction. A [`Worker`] delivers each message until the receiver accepts it or
//! the retry schedule is exhausted, across restarts. Delivery is at least once: if a response is lost, the message is sent again with the
//! same id. An accepted message is never sent again.
//!
//! - [`message`]: the events and their bodies;
//! - [`standard_webhooks`]: the signatures of messages;
//! - [`http_transport`]: the transport;
//! - [`retry_schedule`]: the delays between attempts;
//! - [`worker`]: delivery from the outbox;
//! - [`config`]: the settings.

pub mod config;
pub mod http_transport;
pub mod message;
pub mod retry_schedule;
pub mod standard_webhooks;
pub mod worker;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use message::{EventType, Message};
pub use worker::Worker;

/// Delivers messages to their receivers.
pub trait WebhookTransport: std::fmt::Debug + Send + Sync {
    /// Delivers a message. The same message may be delivered again, with the same id.
    ///
    /// # Errors
    /// When the receiver did not accept it.
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Receipt, DeliveryError>>;

    /// The longest time that a delivery attempt takes.
    fn max_duration(&self) -> Duration;
}

/// A delivery that needs no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The receiver accepted it.
    Accepted,
    /// No endpoint is configured for this event type.
    NoEndpoint,
}

/// A failed delivery attempt. The receiver may have processed the message all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The receiver responded with a status other than 2xx.
    #[error("the receiver answered {0}")]
    Refused(u16),
    /// The receiver responded with 410 Gone.
    #[error("the receiver answered 410: it wants no more messages")]
    Gone,
    /// No endpoint is configured that could execute the transfer.
    #[error("no endpoint is configured")]
    NoAddress,
    /// No connection could be made.
    #[error("the receiver cannot be reached")]
    Unreachable,
    /// The deadline passed.
    #[error("the receiver did not answer in time")]
    TimedOut,
    /// The connection broke.
    #[error("the connection to the receiver broke")]
    Broken,
    /// The message has no valid body.
    #[error(transparent)]
    InvalidBody(#[from] message::BodyError),
}

impl DeliveryError {
    /// The error's name in a span.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refused(_) | Self::Gone => "refused",
            Self::NoAddress => "no-address",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Broken => "broken",
            Self::InvalidBody(_) => "invalid-body",
        }
    }

    /// Whether a retry cannot help.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Gone | Self::InvalidBody(_) => true,
            Self::Refused(_) | Self::NoAddress | Self::Unreachable | Self::TimedOut | Self::Broken => false,
        }
    }
}
