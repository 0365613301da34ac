//! The driver in a world that a test controls: what it sends, in which order, and what it aborts.

mod calls;
mod devices;
mod face_scans;
mod faces;
mod listening;
mod phones;
mod pins;
pub(crate) mod world;
