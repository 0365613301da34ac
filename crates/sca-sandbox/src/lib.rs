//! Simulators of the providers of strong customer authentication, for the demo and the tests.
//!
//! There are three providers: [`wise`]; FaceSign, whose API and hosted pages have listeners of their own; and Weavr, whose API
//! and customer's phone have theirs. A bank under `/bank` stands for the partner's server that executes wires. Beside them lives a control API (`/control/...`, see the
//! crate's README) with which a test creates its own customers, plays sessions, scripts faults, moves the clock and reads what
//! was received.
//!
//! This crate is the *independent peer* of the rest of the repository: it shares no code with the widget or the backend,
//! and its cryptography is another library's (josekit on OpenSSL). What both sides agree on, they agree on over HTTP.
//!
//! A simulator has well-known secrets and no guard on its control API, so it serves loopback addresses only:
//! [`Sandbox::start`] refuses anything else.
//!
//! ```no_run
//! # async fn example() -> Result<(), sca_sandbox::StartError> {
//! let sandbox = sca_sandbox::Sandbox::start(sca_sandbox::Config::default()).await?;
//! let base_url = sandbox.base_url(); // for example "http://127.0.0.1:40123"
//! # drop(base_url);
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod bank;
mod calls;
mod clock;
mod connection;
mod control;
mod deliveries;
mod facesign;
mod field;
mod hmac;
mod mishap;
mod outgoing;
mod server;
mod spoiled;
mod state;
mod weavr;
pub mod wise;

pub use server::{Config, Sandbox, StartError, router};
pub use state::SandboxState;
