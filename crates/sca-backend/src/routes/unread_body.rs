//! Discards the rest of a request's body, within bounds, when a handler responds before it has read the body to its end. Otherwise the server
//! would close the connection in the middle of the request, which resets it: the caller, or a proxy in between, would not get the response. nginx
//! responds to its own caller with 502 then.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::header,
};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, SizeHint};

/// How much of a body is discarded, in bytes: more than the largest body that any route takes. The connection is closed after it.
const MOST_DISCARDED_BYTES: usize = 16 * 1024 * 1024;
/// How long discarding may take.
const DISCARDED_WITHIN: Duration = Duration::from_secs(10);

/// Has the rest of a request's body discarded when its reader stops before its end.
pub(super) async fn discard_rest(request: Request) -> Request {
    // A caller that waits to be asked for its body has not sent any.
    let is_awaited = !request.headers().contains_key(header::EXPECT);
    request.map(|body| Body::new(Discarded { body, is_awaited }))
}

struct Discarded {
    body: Body,
    /// Whether the caller sends the body, asked or not.
    is_awaited: bool,
}

impl HttpBody for Discarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_awaited = true;
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Discarded {
    fn drop(&mut self) {
        if !self.is_awaited || self.body.is_end_stream() {
            return;
        }
        // Outside of a runtime, nothing is connected.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut rest = Limited::new(mem::take(&mut self.body), MOST_DISCARDED_BYTES);
            runtime.spawn(tokio::time::timeout(DISCARDED_WITHIN, async move {
                while let Some(Ok(_)) = rest.frame().await {}
            }));
        }
    }
}
