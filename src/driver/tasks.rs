//! The tasks of a flow.

use std::cell::RefCell;

use futures_util::future::{AbortHandle, abortable};
use sca_protocol::flow::{Attempt, Timer};

use super::ports::Spawn;

/// The purpose of a task. At most one task runs for each purpose.
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
#[derive(Default)]
pub(super) struct Tasks(RefCell<Vec<(Purpose, Task)>>);

impl Tasks {
    /// Starts a task, and cancels the one with the same purpose.
    pub(super) fn start(&self, spawn: &impl Spawn, purpose: Purpose, work: impl Future<Output = ()> + 'static) {
        let (work, handle) = abortable(work);
        self.cancel(purpose);
        self.0.borrow_mut().push((purpose, Task(handle)));
        spawn.spawn(Box::pin(async move {
            // Cancelled or done: nothing is left to do here.
            let _ = work.await;
        }));
    }

    /// Cancels a task, or removes it when it is done.
    pub(super) fn cancel(&self, purpose: Purpose) {
        self.0.borrow_mut().retain(|(other, _)| *other != purpose);
    }

    pub(super) fn cancel_all(&self) {
        self.0.borrow_mut().clear();
    }

    pub(super) fn is_running(&self, purpose: Purpose) -> bool {
        self.0.borrow().iter().any(|(other, _)| *other == purpose)
    }
}
