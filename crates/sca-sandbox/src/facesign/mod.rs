//! FaceSign: sessions that walk a flow on a hosted page, and the webhooks that tell of them.
//!
//! The API is served on a listener of its own, the hosted pages on another, so that they are of another origin. Where
//! FaceSign's documents leave something open, the choice made here is a switch of `PUT /control/facesign/behaviour`.

pub(crate) mod analysis;
pub(crate) mod api;
pub(crate) mod behaviour;
pub(crate) mod door;
pub(crate) mod endpoint;
pub(crate) mod errors;
pub(crate) mod event;
pub(crate) mod flow;
pub(crate) mod page;
pub(crate) mod row;
pub(crate) mod secret;
pub(crate) mod sender;
pub(crate) mod session;
pub(crate) mod walk;
pub(crate) mod webhook;
pub(crate) mod world;
