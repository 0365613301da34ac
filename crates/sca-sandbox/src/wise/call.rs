//! A call to Wise, with its caller.

use serde::de::DeserializeOwned;

use super::endpoint::Endpoint;
use super::face_map::{FaceMap, FaceMapError};
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
    /// The face map in the body; `None` on operations that take none.
    pub(super) face_map: Option<Result<FaceMap, FaceMapError>>,
    /// How a scripted fault changes the operation.
    pub(super) mutation: Option<ResponseMutation>,
}

impl ApiCall {
    /// The JSON in an encrypted body. `None` when it is of another form.
    pub(super) fn encrypted_json<T: DeserializeOwned>(&self) -> Option<T> {
        let opened = self.context.opened.as_ref()?;
        serde_json::from_slice(&opened.plaintext).ok()
    }
}
