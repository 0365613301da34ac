//! The partner's side of strong customer authentication (SCA): PSD2 (Directive (EU) 2015/2366, article 97) and its regulatory technical
//! standards (Delegated Regulation (EU) 2018/389). An approval's life itself is in [`sca_core`], as pure functions.
//!
//! - [`config`]: the settings, from a file and from the environment;
//! - [`routes`]: the HTTP API for widgets, partners and providers, with health checks and metrics;
//! - [`gate`]: forwards calls to Wise, creates an approval from a refusal, and repeats the call once the approval is granted;
//! - [`service`]: the operations behind the routes;
//! - [`providers`]: one folder for each provider, with its client and its adapter to the trait of [`sca_core::provider`];
//! - [`webhooks`]: outbound webhooks, delivered from the outbox;
//! - [`store`]: the database;
//! - [`server`]: the HTTP server.

pub mod clock;
pub mod config;
pub mod events;
pub mod gate;
mod jwe;
pub mod metrics;
pub mod policy;
pub mod problem;
pub mod providers;
mod random;
pub mod routes;
mod secure_url;
pub mod server;
pub mod service;
pub mod store;
pub mod webhooks;

pub use sca_core::secret;
