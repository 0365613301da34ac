//! Rate limits: so many calls in any minute.

use std::collections::VecDeque;

const MINUTE_MS: i64 = 60_000;

/// When the calls of the last minute were made, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateLimit {
    calls_ms: VecDeque<i64>,
}

impl RateLimit {
    /// Counts a call. Returns the seconds to wait when it exceeds the limit, `None` when it is within it or there is none.
    pub(crate) fn exceeded_for(&mut self, now_ms: i64, requests_per_minute: Option<u32>) -> Option<u32> {
        let limit = usize::try_from(requests_per_minute?).ok()?;
        let minute_ago = now_ms.saturating_sub(MINUTE_MS);
        while self.calls_ms.front().is_some_and(|at| *at <= minute_ago) {
            self.calls_ms.pop_front();
        }
        if self.calls_ms.len() < limit {
            self.calls_ms.push_back(now_ms);
            return None;
        }
        let oldest = self.calls_ms.front().copied().unwrap_or(now_ms);
        let wait_ms = oldest.saturating_add(MINUTE_MS).saturating_sub(now_ms);
        u32::try_from(wait_ms.div_euclid(1000).saturating_add(1)).ok()
    }
}
