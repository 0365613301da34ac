//! The partner's FaceTec server: <https://dev.facetec.com/api-guide>.
//!
//! - `client`: session tokens, enrolments, 3D matches, exports;
//! - `response`: what a response means;
//! - [`config`]: the settings.
//!
//! FaceTec's statuses, the text of its errors and its call for an export are not public. What this crate assumes of them is said where it
//! is assumed, and anything else is no answer.

mod client;
pub mod config;
mod response;

pub use client::FaceTec;
