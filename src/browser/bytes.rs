//! Secret bytes on JavaScript's side.

use js_sys::Uint8Array;

/// Bytes that are wiped on drop, also when an `await` is cancelled. A caller that passes them to the browser keeps this until the
/// browser has answered, because some engines do not make the copy that the standard requires.
pub(super) struct WipedBytes(pub(super) Uint8Array);

impl WipedBytes {
    /// A copy outside WebAssembly's memory, because a view into that memory is invalid after it grows.
    pub(super) fn copy_of(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes))
    }
}

impl Drop for WipedBytes {
    fn drop(&mut self) {
        self.0.fill(0, 0, self.0.length());
    }
}
