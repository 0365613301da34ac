//! What FaceSign tells by itself. An event says that something has happened to a session, not what: it is kept, answered, and the
//! session is looked at afterwards.

use axum::http::HeaderMap;
use sca_protocol::wire::ProblemCode;
use serde::Deserialize;

use super::Backend;
use crate::{
    decision::{Subject, Teller},
    problem::AppError,
    provider::facesign::{http::is_session_id, signature},
    store::WebhookEvent,
};

/// An event as FaceSign sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    session_id: Option<String>,
}

impl Backend {
    /// Takes an event of FaceSign's. Once this returns it is kept, and will be handled however this process ends.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorised`] when it is not FaceSign's, [`ProblemCode::Malformed`] when it is no event, and
    /// [`ProblemCode::NotFound`] for a session that is not known: it may be known in a moment, and the event is sent again.
    pub async fn hear(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), AppError> {
        let secrets = &self.0.settings.faces.webhook_secrets;
        if let Err(error) = signature::verify(secrets, headers, body, self.now()) {
            self.0.metrics.webhook("facesign", "refused");
            return Err(AppError::new(ProblemCode::Unauthorised).because(error));
        }
        let Some(told) = read(body) else {
            self.0.metrics.webhook("facesign", "malformed");
            return Err(AppError::new(ProblemCode::Malformed).because("the event is not as described"));
        };
        if !is_about_the_outcome(&told.kind) {
            self.0.metrics.webhook("facesign", "passed-over");
            return Ok(());
        }
        let Some(session_id) = told.session_id.filter(|id| is_session_id(id)) else {
            self.0.metrics.webhook("facesign", "malformed");
            return Err(AppError::new(ProblemCode::Malformed).because("the event names no session"));
        };
        if self.0.store.knows_webhook_event(Teller::FaceSign, &told.id).await? {
            self.0.metrics.webhook("facesign", "known");
            return Ok(());
        }
        if self.0.store.face_session(&session_id).await?.is_none() {
            self.0.metrics.webhook("facesign", "unknown");
            return Err(AppError::new(ProblemCode::NotFound).because("the event is about a session that is not known"));
        }
        let event = WebhookEvent {
            id: told.id,
            subject: Subject::face_session(&session_id),
            kind: told.kind,
            said: None,
            received_at: self.now(),
        };
        if self.0.store.keep_webhook_event(&event).await? {
            self.0.metrics.webhook("facesign", "kept");
            let backend = self.clone();
            self.0.tasks.spawn(async move { backend.handle(event).await });
        } else {
            self.0.metrics.webhook("facesign", "known");
        }
        Ok(())
    }

    /// Looks at the session that an event is about. An event that leads nowhere now is handled again later.
    pub(super) async fn handle(&self, event: WebhookEvent) {
        let handled = match self.look(event.subject.name()).await {
            Ok(_) => self
                .0
                .store
                .webhook_event_handled(Teller::FaceSign, &event.id, self.now())
                .await
                .map_err(AppError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            tracing::warn!(
                event = event.id,
                session = event.subject.name(),
                ?error,
                "an event waits to be handled"
            );
        }
    }
}

/// An event with a name and a type that can be kept.
fn read(body: &[u8]) -> Option<Told> {
    let told: Told = serde_json::from_slice(body).ok()?;
    let is_plain = |text: &str| (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain(&told.id) && is_plain(&told.kind)).then_some(told)
}

/// Whether an event can have changed what is decided. Pictures, films and lists of voices do not.
fn is_about_the_outcome(kind: &str) -> bool {
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
            assert_eq!(is_about_the_outcome(kind), decides, "{kind}");
        }
    }
}
