//! The driver against a world that a test controls: what it sends, in which order, and what it gives up.

mod calls;
mod faces;
mod listening;
mod phones;
mod pins;
mod world;
