//! Events: what FaceSign tells of a session.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::{Deliver, Events};
use crate::deliveries::{Queue, Start};
use crate::field::set;

/// One event.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) session_id: Option<String>,
}

/// Notes that something happened; answers the event's id.
pub(crate) fn add(
    queue: &mut Queue<Event>,
    kind: &str,
    session_id: Option<&str>,
    now: i64,
    session_now: i64,
    how: Events,
) -> String {
    let id = format!("evt_{}", Uuid::new_v4().simple());
    let mut body = json!({"id": id, "type": kind, "createdAt": session_now});
    if let Some(session) = session_id {
        set(&mut body, "sessionId", json!(session));
    }
    if kind.starts_with("media.") {
        set(&mut body, "media", media(kind, session_now));
    }
    let start = match how.deliver {
        Deliver::Normal => Start::After(how.delay_seconds),
        Deliver::Held => Start::Held,
        Deliver::Never => Start::Never,
    };
    let event = Event {
        id: id.clone(),
        kind: kind.to_owned(),
        session_id: session_id.map(ToOwned::to_owned),
    };
    queue.add(event, body.to_string(), now, start, how.copies);
    id
}

/// The media that a media event names. Nothing is served there.
fn media(kind: &str, now: i64) -> Value {
    let content_type = if kind == "media.user_video" {
        "video/webm"
    } else {
        "image/jpeg"
    };
    let id = Uuid::new_v4();
    json!({
        "id": id,
        "createdAt": now,
        "url": format!("https://media.facesign.invalid/{id}?signature=simulated"),
        "expires": now.saturating_add(900_000),
        "contentType": content_type,
    })
}
