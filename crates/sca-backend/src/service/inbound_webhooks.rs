//! What FaceSign tells by itself. An event says that something has happened to a session, not what: it is kept, answered, and the
//! session is looked at afterwards.

use axum::http::HeaderMap;
use sca_protocol::api::ProblemCode;
use serde::Deserialize;

use super::Backend;
use crate::{
    decision::{CorrelationKey, EventSource},
    problem::AppError,
    providers::facesign::{http::is_session_id, signature},
    store::WebhookEvent,
};

/// An event as FaceSign sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WebhookPayload {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    session_id: Option<String>,
}

impl Backend {
    /// Takes an event of FaceSign's. IdempotentRequest this returns it is kept, and will be handled however this process ends.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorized`] when it is not FaceSign's, [`ProblemCode::InvalidRequest`] when it is no event, and
    /// [`ProblemCode::NotFound`] for a session that is not known: it may be known in a moment, and the event is sent again.
    pub async fn receive_facesign_webhook(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), AppError> {
        let secrets = &self.0.settings.faces.webhook_secrets;
        if let Err(error) = signature::verify(secrets, headers, body, self.now()) {
            self.0.metrics.webhook_event_received("facesign", "invalid_signature");
            return Err(AppError::new(ProblemCode::Unauthorized).with_source(error));
        }
        let Some(told) = read(body) else {
            self.0.metrics.webhook_event_received("facesign", "invalid");
            return Err(AppError::new(ProblemCode::InvalidRequest).with_source("the event is not as described"));
        };
        if !is_relevant_event_type(&told.kind) {
            self.0.metrics.webhook_event_received("facesign", "ignored");
            return Ok(());
        }
        let Some(session_id) = told.session_id.filter(|id| is_session_id(id)) else {
            self.0.metrics.webhook_event_received("facesign", "invalid");
            return Err(AppError::new(ProblemCode::InvalidRequest).with_source("the event names no session"));
        };
        if self.0.store.has_webhook_event(EventSource::FaceSign, &told.id).await? {
            self.0.metrics.webhook_event_received("facesign", "duplicate");
            return Ok(());
        }
        if self.0.store.face_session(&session_id).await?.is_none() {
            self.0.metrics.webhook_event_received("facesign", "unknown_session");
            return Err(
                AppError::new(ProblemCode::NotFound).with_source("the event is about a session that is not known")
            );
        }
        let event = WebhookEvent {
            id: told.id,
            correlation_key: CorrelationKey::face_session(&session_id),
            kind: told.kind,
            payload: None,
            received_at: self.now(),
        };
        if self.0.store.insert_webhook_event(&event).await? {
            self.0.metrics.webhook_event_received("facesign", "accepted");
            let backend = self.clone();
            self.0
                .tasks
                .spawn(async move { backend.process_facesign_event(event).await });
        } else {
            self.0.metrics.webhook_event_received("facesign", "duplicate");
        }
        Ok(())
    }

    /// Looks at the session that an event is about. An event that leads nowhere now is handled again later.
    pub(super) async fn process_facesign_event(&self, event: WebhookEvent) {
        let handled = match self.poll_face_session(event.correlation_key.name()).await {
            Ok(_) => self
                .0
                .store
                .mark_webhook_event_processed(EventSource::FaceSign, &event.id, self.now())
                .await
                .map_err(AppError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            tracing::warn!(
                event = event.id,
                session = event.correlation_key.name(),
                ?error,
                "an event waits to be handled"
            );
        }
    }
}

/// An event with a name and a type that can be kept.
fn read(body: &[u8]) -> Option<WebhookPayload> {
    let told: WebhookPayload = serde_json::from_slice(body).ok()?;
    let is_plain = |text: &str| (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain(&told.id) && is_plain(&told.kind)).then_some(told)
}

/// Whether an event can have changed what is decided. Pictures, films and lists of voices do not.
fn is_relevant_event_type(kind: &str) -> bool {
    kind == "session.status" || kind.starts_with("analysis.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_events_that_can_be_kept_are_read() {
        let long = "e".repeat(201);
        for (body, read_as) in [
            (
                r#"{"id":"evt_1","type":"session.status","createdAt":1,"sessionId":"s1"}"#,
                true,
            ),
            (r#"{"id":"evt_1","type":"settings.langs","new":{"member":1}}"#, true),
            (r#"{"id":"","type":"session.status"}"#, false),
            (r#"{"id":"e\u0000","type":"session.status"}"#, false),
            (r#"{"id":1,"type":"session.status"}"#, false),
            (r#"{"id":"evt_1"}"#, false),
            ("[]", false),
            ("", false),
            ("{\"id\":\"evt_1\",\"type\":\"session.status\"", false),
            (&format!(r#"{{"id":"{long}","type":"session.status"}}"#), false),
        ] {
            assert_eq!(read(body.as_bytes()).is_some(), read_as, "{body}");
        }
    }

    #[test]
    fn pictures_and_voices_decide_nothing() {
        for (kind, decides) in [
            ("session.status", true),
            ("analysis.video", true),
            ("analysis.deepfake", true),
            ("media.user_video", false),
            ("settings.avatars", false),
            ("invented", false),
        ] {
            assert_eq!(is_relevant_event_type(kind), decides, "{kind}");
        }
    }
}
