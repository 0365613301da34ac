//! A call to the API, with its caller.

use super::behaviour::Behaviour;
use super::endpoint::Endpoint;
use super::resource::Kind;
use crate::kit::pipeline;

/// A call whose caller is not known yet.
pub(super) type ReceivedCall = pipeline::ApiCall<Endpoint>;
pub(super) type ApiCall = pipeline::ApiCall<Endpoint, CallContext>;

/// What is known about a call that is performed.
#[derive(Debug)]
pub(crate) struct CallContext {
    /// Which of the two kinds of payment the path names, if any.
    pub(super) kind: Option<Kind>,
    /// Whose token it has; empty where none is needed.
    pub(super) user: String,
    pub(super) token: String,
    pub(super) behaviour: Behaviour,
    /// The time on the caller's clock, in milliseconds.
    pub(super) now: i64,
}
