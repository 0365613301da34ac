//! The log of calls to the API: enough for a test to tell what a client did, never a body or a header.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How many calls are kept.
const KEPT: usize = 10_000;

/// The API's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Endpoint {
    Create,
    Get,
    Refresh,
    List,
    /// Languages and avatars.
    Catalogue,
    /// Only for scripting faults: all of them.
    Any,
}

impl Endpoint {
    /// Whether a fault scripted for this strikes a call to that.
    pub(crate) fn covers(self, called: Self) -> bool {
        self == Self::Any || self == called
    }
}

/// One call received.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call {
    /// Counts all calls since the start, from 1.
    pub(crate) sequence: u64,
    /// Milliseconds of the simulated clock.
    pub(crate) at: i64,
    pub(crate) endpoint: Endpoint,
    pub(crate) session_id: Option<String>,
    /// The scripted fault that this call met.
    pub(crate) fault: Option<&'static str>,
    /// `null` while the call is being answered, and for ever when its connection was cut off.
    pub(crate) status: Option<u16>,
}

/// The newest calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: VecDeque<Call>,
    received: u64,
}

impl CallLog {
    /// Notes a call on arrival; its number is for [`finish`](Self::finish).
    pub(crate) fn arrive(
        &mut self,
        endpoint: Endpoint,
        session_id: Option<&str>,
        fault: Option<&'static str>,
        at: i64,
    ) -> u64 {
        self.received = self.received.saturating_add(1);
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            sequence: self.received,
            at,
            endpoint,
            session_id: session_id.map(ToOwned::to_owned),
            fault,
            status: None,
        });
        self.received
    }

    /// Notes the answer's status, and the session that the call made.
    pub(crate) fn finish(&mut self, sequence: u64, status: u16) {
        if let Some(call) = self.find(sequence) {
            call.status = Some(status);
        }
    }

    /// Notes the session that a call made.
    pub(crate) fn made(&mut self, sequence: u64, session: &str) {
        if let Some(call) = self.find(sequence) {
            call.session_id = Some(session.to_owned());
        }
    }

    fn find(&mut self, sequence: u64) -> Option<&mut Call> {
        self.calls.iter_mut().rev().find(|call| call.sequence == sequence)
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter()
    }
}
