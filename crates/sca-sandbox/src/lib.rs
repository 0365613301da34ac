//! Simulators of the providers of strong customer authentication, for the demo and the tests.
//!
//! There are three providers: [`wise`]; FaceSign, whose API and hosted pages have listeners of their own; and Weavr, whose API
//! and customer's phone have theirs. A bank under `/bank` stands for the partner's server that executes wires, and `/facetec` is the
//! partner's FaceTec server. A control API (`/control/...`, see the crate's README) lets a test create its own customers, run
//! sessions, script faults, move the clock and read the calls that were received.
//!
//! Each simulator is a module of its own. It imports `kit`, which they share, and no other simulator.
//!
//! This crate is the *independent peer* of the rest of the repository: it shares no code with the widget or the backend, and
//! its cryptography is another library's (josekit on OpenSSL). Both sides agree on HTTP only.
//!
//! The simulators have public secrets and an unprotected control API, so they serve loopback addresses only:
//! [`Sandbox::start`] refuses any other.
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

mod bank;
mod facesign;
mod facetec;
mod kit;
mod server;
mod state;
mod weavr;
pub mod wise;

pub use server::{Config, Sandbox, StartError, router};
pub use state::SandboxState;
