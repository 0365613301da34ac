//! The tasks of a flow.

use std::cell::RefCell;

use futures_util::future::{AbortHandle, abortable};
use sca_protocol::flow::{Attempt, Timer};

use super::ports::Spawn;

/// The purpose of a task of an approval's flow. At most one task runs for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Call(Attempt),
    Wait(Timer),
    Listen,
    QueryCameraPermission,
    ProviderKey,
}

/// A task that is cancelled when this is dropped.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The tasks that are running. Dropping this cancels all of them.
pub(crate) struct Tasks<K>(RefCell<Vec<(K, Task)>>);

impl<K> Default for Tasks<K> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Copy + PartialEq> Tasks<K> {
    /// Starts a task, and cancels the one with the same purpose.
    pub(crate) fn start(&self, spawn: &impl Spawn, purpose: K, work: impl Future<Output = ()> + 'static) {
        let (work, handle) = abortable(work);
        self.cancel(purpose);
        self.0.borrow_mut().push((purpose, Task(handle)));
        spawn.spawn(Box::pin(async move {
            // Cancelled or done: nothing is left to do here.
            let _ = work.await;
        }));
    }

    /// Cancels a task, or removes it when it is done.
    pub(crate) fn cancel(&self, purpose: K) {
        self.0.borrow_mut().retain(|(other, _)| *other != purpose);
    }

    pub(crate) fn cancel_all(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) fn is_running(&self, purpose: K) -> bool {
        self.0.borrow().iter().any(|(other, _)| *other == purpose)
    }
}
