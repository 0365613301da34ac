//! The log of calls received: enough for a test to tell what a client did, never a body, a query or a header's value.

use std::collections::VecDeque;

use axum::http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use super::endpoint::Endpoint;
use super::generation::Generation;
use super::jose::Encryption;
use super::tokens::Caller;

/// How many calls are kept.
const KEPT: usize = 10_000;

/// One call received.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedCall {
    /// Counts all calls since the start, from 1.
    pub(crate) sequence: u64,
    /// The customer's (else the world's) simulated time.
    pub(crate) at: Timestamp,
    /// `null` for a path that is no operation.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) generation: Option<Generation>,
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) caller: Caller,
    /// Lower case.
    pub(crate) header_names: Vec<String>,
    /// `null` on operations that take no encrypted body.
    pub(crate) encryption: Option<Encryption>,
    /// The scripted fault that this call met.
    pub(crate) fault: Option<&'static str>,
    /// `null` while the call is being answered, and for ever when its connection was cut off.
    pub(crate) status: Option<u16>,
}

/// The newest calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: VecDeque<LoggedCall>,
    received: u64,
}

/// What is known when a call arrives.
pub(crate) struct Arrival<'a> {
    pub(crate) at: Timestamp,
    pub(crate) operation: Option<(Endpoint, Generation)>,
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) caller: Caller,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) fault: Option<&'static str>,
}

impl CallLog {
    /// Notes a call on arrival; its number is for [`finish`](Self::finish).
    pub(crate) fn arrive(&mut self, arrival: &Arrival<'_>) -> u64 {
        self.received = self.received.saturating_add(1);
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(LoggedCall {
            sequence: self.received,
            at: arrival.at,
            endpoint: arrival.operation.map(|(endpoint, _)| endpoint),
            generation: arrival.operation.map(|(_, generation)| generation),
            method: arrival.method.to_string(),
            path: arrival.path.to_owned(),
            caller: arrival.caller,
            header_names: arrival.headers.keys().map(ToString::to_string).collect(),
            encryption: None,
            fault: arrival.fault,
            status: None,
        });
        self.received
    }

    /// Notes how a call's encrypted body was met.
    pub(crate) fn note_encryption(&mut self, sequence: u64, encryption: Encryption) {
        if let Some(call) = self.find(sequence) {
            call.encryption = Some(encryption);
        }
    }

    /// Notes the answer's status.
    pub(crate) fn finish(&mut self, sequence: u64, status: StatusCode) {
        if let Some(call) = self.find(sequence) {
            call.status = Some(status.as_u16());
        }
    }

    fn find(&mut self, sequence: u64) -> Option<&mut LoggedCall> {
        self.calls.iter_mut().rev().find(|call| call.sequence == sequence)
    }

    /// The calls kept, oldest first.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &LoggedCall> {
        self.calls.iter()
    }

    /// Forgets all calls; numbers go on.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
