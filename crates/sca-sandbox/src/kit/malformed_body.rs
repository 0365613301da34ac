//! Response bodies that a correct server never sends.

use std::convert::Infallible;
use std::io;

use axum::body::{Body, Bytes};
use futures_util::stream;

/// A body of this many spaces, produced while it is sent.
pub(super) fn oversized(bytes: u64) -> Body {
    const CHUNK: u64 = 64 * 1024;
    const SPACES: &[u8] = &[b' '; 64 * 1024];
    let whole = bytes / CHUNK;
    let rest = usize::try_from(bytes % CHUNK).unwrap_or_default();
    let chunks = (0..whole).map(|_| Bytes::from_static(SPACES));
    let last = SPACES.get(..rest).map(Bytes::from_static);
    Body::from_stream(stream::iter(chunks.chain(last).map(Ok::<_, Infallible>)))
}

/// A body that fails at once. It stands for a reset where there is no socket to reset.
pub(super) fn aborted() -> Body {
    Body::from_stream(stream::iter([Err::<Bytes, io::Error>(
        io::ErrorKind::ConnectionReset.into(),
    )]))
}
