//! The log of calls to a simulated API: enough for a test to see what a client did, never a body or a header's value.

use std::collections::VecDeque;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How many calls the log has at most.
const CAPACITY: usize = 10_000;

/// What a simulator logs about a call on arrival.
pub(crate) trait CallDetails: Clone + Serialize + Send + 'static {
    /// Selects logged calls; a field left out does not filter.
    type Filter: DeserializeOwned + Send + 'static;

    /// Whether the filter selects this call.
    fn is_selected(call: &LoggedCall<Self>, filter: &Self::Filter) -> bool;
}

/// One call received.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LoggedCall<D> {
    /// Counts all calls since the start, from 1.
    pub(crate) sequence: u64,
    #[serde(flatten)]
    pub(crate) details: D,
    /// The scripted fault that was injected.
    pub(crate) fault: Option<&'static str>,
    /// `null` until the response is sent; it stays `null` when the connection was reset.
    pub(crate) status: Option<u16>,
}

/// The newest calls, oldest first.
#[derive(Debug)]
pub(crate) struct CallLog<D> {
    calls: VecDeque<LoggedCall<D>>,
    received: u64,
}

impl<D> Default for CallLog<D> {
    fn default() -> Self {
        Self {
            calls: VecDeque::new(),
            received: 0,
        }
    }
}

impl<D> CallLog<D> {
    /// Logs a call on arrival. Returns its sequence number.
    pub(crate) fn arrive(&mut self, details: D, fault: Option<&'static str>) -> u64 {
        self.received = self.received.saturating_add(1);
        if self.calls.len() == CAPACITY {
            self.calls.pop_front();
        }
        self.calls.push_back(LoggedCall {
            sequence: self.received,
            details,
            fault,
            status: None,
        });
        self.received
    }

    /// Logs the status of the response.
    pub(crate) fn finish(&mut self, sequence: u64, status: u16) {
        if let Some(call) = self.find(sequence) {
            call.status = Some(status);
        }
    }

    /// A call, if the log still has it.
    pub(crate) fn find(&mut self, sequence: u64) -> Option<&mut LoggedCall<D>> {
        self.calls.iter_mut().rev().find(|call| call.sequence == sequence)
    }

    /// All calls in the log, oldest first.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &LoggedCall<D>> {
        self.calls.iter()
    }

    /// Drops all calls. Sequence numbers continue.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
