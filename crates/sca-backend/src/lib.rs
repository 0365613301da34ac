//! The partner's side of strong customer authentication (SCA): PSD2 (Directive (EU) 2015/2366, article 97) and its regulatory technical
//! standards (Delegated Regulation (EU) 2018/389). An approval's life itself is in [`sca_core`], as pure functions.
//!
//! - [`config`]: the settings, from a file and from the environment;
//! - [`routes`]: the HTTP API for widgets, partners and providers, with health checks and metrics;
//! - [`gate`]: forwards calls to Wise, creates an approval from a refusal, and repeats the call once the approval is granted;
//! - [`service`]: the operations behind the routes;
//! - [`server`]: the HTTP server;
//! - [`traces`]: spans, exported by OTLP.
//!
//! A provider is a crate that implements [`sca_core::provider`]; [`config`] lists the providers. [`sca_store`] is the database, and
//! [`sca_outbound_webhooks`] delivers outbound webhooks from the outbox.

pub mod config;
pub mod events;
pub mod gate;
pub mod problem;
pub mod routes;
pub mod server;
pub mod service;
pub mod traces;

pub use sca_core::secret;
