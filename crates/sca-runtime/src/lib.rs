//! What the backend's edges share: the clock, randomness, metrics, the names of spans, the check of URLs, and how settings
//! are written.

pub mod clock;
pub mod metrics;
pub mod random;
pub mod secure_url;
pub mod settings;
pub mod traces;
