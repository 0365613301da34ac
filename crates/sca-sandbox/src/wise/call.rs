//! A call to Wise, with its caller.

use super::endpoint::Endpoint;
use super::fault::ResponseMutation;
use super::generation::Generation;
use super::keys::Opened;
use super::tokens::Caller;
use crate::kit::pipeline;

/// A call whose caller is not known yet.
pub(super) type ReceivedCall = pipeline::ApiCall<Route>;
pub(super) type ApiCall = pipeline::ApiCall<Route, CallContext>;

/// An operation, and the generation of the path that it was called on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(super) endpoint: Endpoint,
    pub(super) generation: Generation,
}

/// What is known about a call.
#[derive(Debug)]
pub(crate) struct CallContext {
    pub(super) caller: Caller,
    /// The content of an encrypted body.
    pub(super) opened: Option<Opened>,
    /// How a scripted fault changes the operation.
    pub(super) mutation: Option<ResponseMutation>,
}
