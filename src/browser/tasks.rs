//! Asynchronous tasks.

use std::pin::Pin;

use crate::driver::ports::Spawn;

/// The browser's queue of microtasks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Microtasks;

impl Spawn for Microtasks {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(task);
    }
}
