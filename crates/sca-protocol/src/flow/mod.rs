//! The machine
