//! The backend as its callers see it: requests go to its routes without a socket. Wise is the sandbox or a stub.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test that cannot go on has failed"
)]

mod access;
mod approvals;
mod confirmations;
mod confirmations_faults;
mod confirmations_phone;
mod confirmations_stepup;
mod consuming;
mod cooling_off;
mod dynamic_linking;
mod early_answers;
mod enrolment;
mod enrolment_access;
mod enrolment_devices;
mod enrolment_faults;
mod enrolment_limits;
mod events;
mod face_enrolment;
mod face_faults;
mod face_verification;
mod face_webhooks;
mod faults;
mod fraud_signals;
mod gate;
mod generations;
mod idempotency;
mod instances;
mod isolated;
mod low_value;
mod monitoring;
mod openapi;
mod partner;
mod phone;
mod problems;
mod sca_session;
#[path = "../support/mod.rs"]
mod support;
mod sweeping;
mod transfers;
mod upgrades;
mod verification_attempts;
