//! The log of calls to an API: enough for a test to tell what a client did, never a body or a header.

use std::collections::VecDeque;

use serde::Serialize;

/// How many calls are kept.
const KEPT: usize = 10_000;

/// One call received. `E` is the operation, `A` what the call was about.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Call<E, A> {
    /// Counts all calls since the start, from 1.
    pub(crate) sequence: u64,
    /// Milliseconds of the simulated clock.
    pub(crate) at: i64,
    pub(crate) endpoint: E,
    #[serde(flatten)]
    pub(crate) about: A,
    /// The scripted fault that this call met.
    pub(crate) fault: Option<&'static str>,
    /// `null` while the call is being answered, and for ever when its connection was cut off.
    pub(crate) status: Option<u16>,
}

/// The newest calls, oldest first.
#[derive(Debug)]
pub(crate) struct CallLog<E, A> {
    calls: VecDeque<Call<E, A>>,
    received: u64,
}

impl<E, A> Default for CallLog<E, A> {
    fn default() -> Self {
        Self {
            calls: VecDeque::new(),
            received: 0,
        }
    }
}

impl<E, A> CallLog<E, A> {
    /// Notes a call on arrival; its number is for [`finish`](Self::finish).
    pub(crate) fn arrive(&mut self, endpoint: E, about: A, fault: Option<&'static str>, at: i64) -> u64 {
        self.received = self.received.saturating_add(1);
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(Call {
            sequence: self.received,
            at,
            endpoint,
            about,
            fault,
            status: None,
        });
        self.received
    }

    /// Notes the answer's status.
    pub(crate) fn finish(&mut self, sequence: u64, status: u16) {
        if let Some(call) = self.find(sequence) {
            call.status = Some(status);
        }
    }

    /// A call that is still kept.
    pub(crate) fn find(&mut self, sequence: u64) -> Option<&mut Call<E, A>> {
        self.calls.iter_mut().rev().find(|call| call.sequence == sequence)
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call<E, A>> {
        self.calls.iter()
    }
}
