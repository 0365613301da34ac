//! [Events](https://docs.facesign.ai/docs/reference/webhook-events) about sessions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::json::set;
use crate::kit::webhooks::WebhookEvent;

/// One event, without its text.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    kind: String,
    session_id: Option<String>,
}

/// Selects events.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Filter {
    session_id: Option<String>,
}

impl WebhookEvent for Event {
    type Filter = Filter;

    fn id(&self) -> &str {
        &self.id
    }

    fn is_selected(&self, filter: &Filter) -> bool {
        filter.session_id.is_none() || self.session_id == filter.session_id
    }
}

impl Event {
    /// An event with a new id, and its body.
    pub(super) fn new(kind: &str, session_id: Option<&str>, at_ms: i64) -> (Self, Value) {
        let id = format!("evt_{}", Uuid::new_v4().simple());
        let mut body = json!({"id": id, "type": kind, "createdAt": at_ms});
        if let Some(session) = session_id {
            set(&mut body, "sessionId", json!(session));
        }
        if kind.starts_with("media.") {
            set(&mut body, "media", media(kind, at_ms));
        }
        let event = Self {
            id,
            kind: kind.to_owned(),
            session_id: session_id.map(ToOwned::to_owned),
        };
        (event, body)
    }
}

/// The media that a media event names. Nothing is served there.
fn media(kind: &str, at_ms: i64) -> Value {
    let content_type = if kind == "media.user_video" {
        "video/webm"
    } else {
        "image/jpeg"
    };
    let id = Uuid::new_v4();
    json!({
        "id": id,
        "createdAt": at_ms,
        "url": format!("https://media.facesign.invalid/{id}?signature=simulated"),
        "expires": at_ms.saturating_add(900_000),
        "contentType": content_type,
    })
}
