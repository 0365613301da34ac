//! FaceSign: sessions that follow a flow on a hosted page, and the webhooks about them.
//!
//! The API has a listener of its own and the hosted pages have another, so that they are of another origin. Where
//! [FaceSign's documentation](https://docs.facesign.ai/docs/reference/concepts) leaves something open, the choice made here
//! is a switch of `PUT /control/facesign/behaviour`.

mod analysis;
mod behaviour;
pub(crate) mod control;
mod endpoint;
mod errors;
mod event;
mod flow;
mod flow_runner;
mod operations;
pub(crate) mod page;
mod pipeline;
mod secret;
mod session;
mod session_scripts;
mod state;
mod webhook;

pub(crate) use operations::router;
pub(crate) use state::{FaceSign, FaceSignState};
