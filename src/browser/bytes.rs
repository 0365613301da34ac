//! Secret bytes on JavaScript's side.

use js_sys::Uint8Array;

/// Bytes that are wiped when this is dropped, also when an `await` is cancelled. The caller that passes them to the browser keeps
/// this until the browser has answered: what the standards say of copies, engines do not all keep.
pub(super) struct WipedBytes(pub(super) Uint8Array);

impl WipedBytes {
    /// A copy outside WebAssembly's memory, which moves when it grows.
    pub(super) fn copy_of(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes))
    }
}

impl Drop for WipedBytes {
    fn drop(&mut self) {
        self.0.fill(0, 0, self.0.length());
    }
}
