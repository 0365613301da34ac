//! The backend's stream of events, read as it comes.

use axum::{
    body::Body,
    http::{Request, header},
};
use http_body_util::BodyExt;
use sca_protocol::{Approval, api};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::AbortHandle,
};
use tower::ServiceExt;

use crate::support::{Widget, dynamic_linking::address};

/// A stream that is open; closed when this is dropped.
pub(crate) struct EventStream {
    snapshots: UnboundedReceiver<Approval>,
    reading: AbortHandle,
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl EventStream {
    pub(crate) fn listen(widget: &Widget) -> Self {
        let request = Request::get(address(&widget.secret, api::EVENTS))
            .header(header::AUTHORIZATION, format!("Bearer {}", widget.secret))
            .body(Body::empty())
            .unwrap();
        let (sender, snapshots) = unbounded_channel();
        let app = widget.app.clone();
        let reading = tokio::spawn(async move {
            let response = app.oneshot(request).await.unwrap();
            assert!(response.status().is_success(), "the stream: {}", response.status());
            let mut body = response.into_body();
            let mut text = String::new();
            while let Some(Ok(frame)) = body.frame().await {
                let Ok(bytes) = frame.into_data() else { continue };
                text.push_str(std::str::from_utf8(&bytes).unwrap());
                while let Some((event, rest)) = text.split_once("\n\n") {
                    let data = event.lines().find_map(|line| line.strip_prefix("data:"));
                    let approval = data.map(|data| serde_json::from_str(data).unwrap());
                    text = rest.to_owned();
                    if approval.is_some_and(|approval| sender.send(approval).is_err()) {
                        return;
                    }
                }
            }
        });
        Self {
            snapshots,
            reading: reading.abort_handle(),
        }
    }

    /// The next one that has come; `None` where nothing has.
    pub(crate) fn next(&mut self) -> Option<Approval> {
        self.snapshots.try_recv().ok()
    }
}
