//! FaceSign as a [`Provider`]: hosted sessions, and webhooks that notify of a changed session.

use std::time::Duration;

use sca_core::{
    FaceReport, ProviderError, ProviderId, RequiredAnalyses, Secret, Transfer,
    provider::{
        Answer, HostedSessions, OpenedSession, Provider, SessionUrl, Webhook, WebhookError, WebhookEvent,
        WebhookMeaning,
    },
};
use sca_protocol::{Payment, Timestamp};
use serde::Deserialize;

use sca_provider_http::header_map;

use super::{
    client::{FaceSign, is_session_id},
    session_request::{Expected, SessionRequest},
    signature,
};

/// FaceSign's id in stored rows, in the configuration and in metrics.
pub const ID: ProviderId = ProviderId::new("facesign");

impl Provider for FaceSign {
    fn id(&self) -> ProviderId {
        ID
    }

    fn call_timeout(&self) -> Duration {
        FaceSign::call_timeout(self)
    }

    fn hosted_sessions(&self) -> Option<&dyn HostedSessions> {
        Some(self)
    }

    fn webhook_signature_header(&self) -> Option<&'static str> {
        Some("x-facesign-signature")
    }

    fn parse_webhook(&self, webhook: &Webhook<'_>, now: Timestamp) -> Result<WebhookEvent, WebhookError> {
        signature::verify(&self.webhook_secrets, &header_map(webhook), webhook.body, now)
            .map_err(|error| WebhookError::Signature(error.as_str()))?;
        parse_event(webhook.body)
    }
}

impl HostedSessions for FaceSign {
    fn required_analyses(&self) -> RequiredAnalyses {
        self.required()
    }

    fn is_session_id(&self, text: &str) -> bool {
        is_session_id(text)
    }

    fn open<'a>(
        &'a self,
        approval: &'a str,
        transfer: &'a Transfer,
        payment: &'a Payment,
    ) -> Answer<'a, OpenedSession> {
        Box::pin(async move {
            let request = SessionRequest::new(approval, transfer, payment, self.required().video);
            FaceSign::open(self, &request).await
        })
    }

    fn renew<'a>(&'a self, session: &'a str) -> Answer<'a, SessionUrl> {
        Box::pin(self.refresh(session))
    }

    fn report<'a>(&'a self, session: &'a str, expected: &'a Secret) -> Answer<'a, FaceReport> {
        Box::pin(async move {
            let expected = Expected::from_text(expected).map_err(|_| ProviderError::Malformed)?;
            let session = self.session(session).await?;
            let link_check = expected.link_check(&session.bound);
            tracing::info!(session = session.id, ?link_check, "FaceSign session read");
            Ok(session.report(link_check))
        })
    }
}

/// A webhook event: <https://docs.facesign.ai/docs/reference/webhook-events>. It has no result; the session has to be read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    session_id: Option<String>,
}

fn parse_event(body: &[u8]) -> Result<WebhookEvent, WebhookError> {
    let invalid = WebhookError::Invalid("the event does not have the documented form");
    let event: Event = serde_json::from_slice(body).map_err(|_| invalid)?;
    let is_plain = |text: &str| (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain(&event.id) || !is_plain(&event.kind) {
        return Err(invalid);
    }
    let meaning = if is_relevant_event_type(&event.kind) {
        let session = event.session_id.filter(|id| is_session_id(id));
        let session = session.ok_or(WebhookError::Invalid("the event has no session id"))?;
        WebhookMeaning::SessionChanged { session }
    } else {
        WebhookMeaning::Ignored
    };
    Ok(WebhookEvent {
        id: event.id,
        kind: event.kind,
        meaning,
    })
}

/// Whether an event type can change the decision. Media and settings do not. The types are listed in
/// <https://docs.facesign.ai/docs/reference/webhook-events>.
fn is_relevant_event_type(kind: &str) -> bool {
    kind == "session.status" || kind.starts_with("analysis.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_events_that_can_be_stored_are_accepted() {
        let long = "e".repeat(201);
        for (body, is_valid) in [
            (
                r#"{"id":"evt_1","type":"session.status","createdAt":1,"sessionId":"s1"}"#,
                true,
            ),
            (r#"{"id":"evt_1","type":"settings.langs","new":{"member":1}}"#, true),
            (r#"{"id":"evt_1","type":"session.status"}"#, false),
            (r#"{"id":"evt_1","type":"session.status","sessionId":"s/1"}"#, false),
            (r#"{"id":"","type":"session.status"}"#, false),
            (r#"{"id":"e\u0000","type":"session.status"}"#, false),
            (r#"{"id":1,"type":"session.status"}"#, false),
            (r#"{"id":"evt_1"}"#, false),
            ("[]", false),
            ("", false),
            ("{\"id\":\"evt_1\",\"type\":\"session.status\"", false),
            (&format!(r#"{{"id":"{long}","type":"session.status"}}"#), false),
        ] {
            assert_eq!(parse_event(body.as_bytes()).is_ok(), is_valid, "{body}");
        }
    }

    #[test]
    fn media_and_settings_events_are_irrelevant() {
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
