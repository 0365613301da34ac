//! Inbound webhooks: `routes/inbound_webhooks.rs` receives one, the provider's `parse_webhook` verifies it, the store keeps it, and only
//! then the backend responds. [`process_event`](Backend::process_event) applies it: `Record::apply_observation`, in `sca-core`, decides.
//!
//! An event that only says that a session has changed is processed before it is stored, because both can be one transaction. If
//! that takes longer than [`PROCESS_WITHIN`], or fails, the event is stored to be processed, and the backend responds.
//!
//! Retry: when processing fails, `sweep` finds the stored event [`EVENT_RETRY_AFTER`] later and processes it again, also after a restart,
//! until it succeeds or retention deletes it. A redelivery of a stored event changes nothing.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sca_core::{
    CorrelationKey, Observation, PayeeBatchPhase, ProviderId,
    provider::{Provider, Webhook, WebhookError, WebhookMeaning},
};
use sca_protocol::{Status, api::ProblemCode};

use super::Backend;
use crate::problem::AppError;
use sca_store::StoredWebhookEvent;

/// How long after an attempt to process an event it is retried. The attempt may still be running, or its process may have crashed.
const EVENT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// How long the response to a webhook waits for the provider's report on the session.
const PROCESS_WITHIN: Duration = Duration::from_secs(1);

const UNPROCESSED: &str = "processing a webhook event failed; it will be retried";

/// How many events are remembered after they were in progress. A copy of one can be between its look-up and its processing.
const RECENT_EVENTS: usize = 64;

/// The provider of an event, and the event's id.
type EventKey = (ProviderId, String);

/// The events that are processed before they are stored, in this instance.
#[derive(Clone, Debug, Default)]
pub(super) struct EventsInProgress(Arc<Mutex<Events>>);

#[derive(Debug, Default)]
struct Events {
    in_progress: HashSet<EventKey>,
    /// The last ones that were in progress, the oldest first.
    recent: VecDeque<EventKey>,
}

/// An event that is processed before it is stored, until this is dropped.
#[derive(Debug)]
struct InProgress {
    events: EventsInProgress,
    event: EventKey,
    /// Whether a copy of it was in progress a moment ago.
    was_in_progress: bool,
}

impl EventsInProgress {
    /// `None` if a copy of the event is in progress.
    fn enter(&self, event: &StoredWebhookEvent) -> Option<InProgress> {
        let event = (event.correlation_key.provider().clone(), event.id.clone());
        let mut events = self.locked();
        events.in_progress.insert(event.clone()).then(|| InProgress {
            events: self.clone(),
            was_in_progress: events.recent.contains(&event),
            event,
        })
    }

    fn locked(&self) -> MutexGuard<'_, Events> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut events = self.events.locked();
        if let Some(event) = events.in_progress.take(&self.event) {
            events.recent.push_back(event);
        }
        while events.recent.len() > RECENT_EVENTS {
            events.recent.pop_front();
        }
    }
}

/// What became of a webhook about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Received {
    Accepted,
    Duplicate,
    UnknownSession,
}

impl Received {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::UnknownSession => "unknown_session",
        }
    }
}

impl Backend {
    /// The name of a provider's signature header, in lower case. A webhook without it is rejected before its body is read.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where the provider is not configured, or sends no webhooks.
    pub fn webhook_signature_header(&self, provider: &str) -> Result<&'static str, AppError> {
        let header = self.0.providers.named(provider)?.webhook_signature_header();
        header.ok_or_else(|| AppError::new(ProblemCode::NotFound).with_source("the provider sends no webhooks"))
    }

    /// Receives a webhook. On success it is stored, so it will be processed even after a crash.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorized`] when the signature is invalid, [`ProblemCode::InvalidRequest`] when the body is invalid, and
    /// [`ProblemCode::NotFound`] when the provider is not configured or the session is unknown. A session may be stored a moment later,
    /// and the provider sends the webhook again.
    pub async fn receive_webhook(&self, provider: &str, webhook: &Webhook<'_>) -> Result<(), AppError> {
        let provider = self.0.providers.named(provider)?;
        let id = provider.id();
        let count = |result: &'static str| self.0.metrics.webhook_event_received(id.as_str(), result);
        let parsed = provider.parse_webhook(webhook, self.now());
        let event = match parsed {
            Ok(event) if event.has_valid_id() => event,
            Ok(_) => {
                count("invalid");
                return Err(AppError::new(ProblemCode::InvalidRequest).with_source("the event's id is not valid"));
            }
            Err(error @ WebhookError::Signature(_)) => {
                count("invalid_signature");
                return Err(AppError::new(ProblemCode::Unauthorized).with_source(error));
            }
            Err(error @ WebhookError::Invalid(_)) => {
                count("invalid");
                return Err(AppError::new(ProblemCode::InvalidRequest).with_source(error));
            }
        };
        let (correlation_key, observation) = match event.meaning {
            WebhookMeaning::Observed {
                key,
                observation,
                keep_always,
            } => {
                if self.0.store.has_webhook_event(&id, &event.id).await? {
                    count("duplicate");
                    return Ok(());
                }
                // The partner also makes payments without this backend, so no approval depends on them.
                if !keep_always && self.0.store.all_by_correlation_key(&key).await?.is_empty() {
                    count("ignored");
                    return Ok(());
                }
                (key, observation)
            }
            WebhookMeaning::SessionChanged { session } => {
                let event = StoredWebhookEvent {
                    id: event.id,
                    correlation_key: CorrelationKey::session(&id, &session),
                    kind: event.kind,
                    payload: None,
                    received_at: self.now(),
                };
                let result = self.receive_session_event(event).await?;
                count(result.name());
                return match result {
                    Received::Accepted | Received::Duplicate => Ok(()),
                    Received::UnknownSession => {
                        Err(AppError::new(ProblemCode::NotFound).with_source("the session is not known"))
                    }
                };
            }
            WebhookMeaning::Ignored => {
                tracing::info!(
                    provider = id.as_str(),
                    kind = event.kind,
                    "webhook event ignored: no approval depends on its kind"
                );
                count("ignored");
                return Ok(());
            }
        };
        let event = StoredWebhookEvent {
            id: event.id,
            correlation_key,
            kind: event.kind,
            payload: Some(serde_json::to_string(&observation).map_err(AppError::internal)?),
            received_at: self.now(),
        };
        if !self.0.store.insert_webhook_event(&event).await? {
            count("duplicate");
            return Ok(());
        }
        count("accepted");
        let backend = self.clone();
        // Applied before the response, because most events need only the store.
        self.run_detached(async move {
            backend.process_event(event).await;
            Ok(())
        })
        .await
    }

    /// Receives an event that says that a session has changed. When it is accepted, it is stored.
    async fn receive_session_event(&self, event: StoredWebhookEvent) -> Result<Received, AppError> {
        let key = &event.correlation_key;
        let known = self
            .0
            .store
            .face_session_of_event(key.as_str(), key.provider(), &event.id);
        let reported = match known.await? {
            Some(reported) if reported.is_event_stored => return Ok(Received::Duplicate),
            Some(reported) => reported,
            // The session may be purged before its events.
            None if self.0.store.has_webhook_event(key.provider(), &event.id).await? => return Ok(Received::Duplicate),
            None => return Ok(Received::UnknownSession),
        };
        let Some(in_progress) = self.0.events_in_progress.enter(&event) else {
            // A copy of it is being processed. This one is answered once it is stored.
            self.0.store.insert_webhook_event(&event).await?;
            return Ok(Received::Duplicate);
        };
        // A copy may have been stored since the event was looked up.
        if in_progress.was_in_progress && self.0.store.has_webhook_event(key.provider(), &event.id).await? {
            return Ok(Received::Duplicate);
        }
        let (backend, processed) = (self.clone(), event.clone());
        let processing = self.run_detached(async move {
            let _in_progress = in_progress;
            let known = Some(reported.approval);
            backend
                .poll_face_session(&reported.session, known, Some(processed))
                .await
        });
        match tokio::time::timeout(PROCESS_WITHIN, processing).await {
            Ok(Ok(_)) => return Ok(Received::Accepted),
            Ok(Err(error)) => tracing::warn!(event = event.id, ?key, ?error, "{}", UNPROCESSED),
            Err(_) => {
                tracing::info!(
                    event = event.id,
                    ?key,
                    "processing a webhook event continues after the response"
                );
            }
        }
        self.0.store.insert_webhook_event(&event).await?;
        Ok(Received::Accepted)
    }

    /// Retries the stored events whose processing failed or did not complete.
    pub(super) async fn retry_unprocessed_events(&self) -> Result<(), AppError> {
        for provider in self.0.providers.list() {
            let (id, limit) = (provider.id(), self.event_limit(provider));
            let due = self.0.store.claim_webhook_events(&id, EVENT_RETRY_AFTER, limit).await?;
            let processing = due.into_iter().map(|event| self.process_event(event));
            futures_util::future::join_all(processing).await;
        }
        Ok(())
    }

    /// Each event of hosted sessions needs a provider call, so the provider's rate limit applies.
    fn event_limit(&self, provider: &dyn Provider) -> u32 {
        if provider.hosted_sessions().is_some() {
            self.0.settings.faces.polls
        } else {
            self.0.settings.confirmations.polls
        }
    }

    /// Processes an event. After a failure the event is processed again later.
    pub(super) async fn process_event(&self, event: StoredWebhookEvent) {
        if let Err(error) = self.try_process_event(&event).await {
            let key = &event.correlation_key;
            tracing::warn!(event = event.id, ?key, ?error, "{}", UNPROCESSED);
        }
    }

    async fn try_process_event(&self, event: &StoredWebhookEvent) -> Result<(), AppError> {
        if event.payload.is_some() {
            self.apply_event(event).await?;
        } else if let Some(row) = self.0.store.face_session(event.correlation_key.as_str()).await? {
            self.poll_face_session(&row, None, Some(event.clone())).await?;
            return Ok(());
        }
        Ok(self.0.store.mark_webhook_event_processed(event, self.now()).await?)
    }

    /// Applies an event's observation to every open approval with its key. The outcome does not depend on the order and number of
    /// events.
    pub(super) async fn apply_event(&self, event: &StoredWebhookEvent) -> Result<(), AppError> {
        let payload = event.payload.as_deref().unwrap_or_default();
        let observation: Observation = serde_json::from_str(payload).map_err(AppError::internal)?;
        let key = &event.correlation_key;
        tracing::info!(?key, state = event.kind, "webhook event");
        let limits = self.0.settings.limits.confirmations;
        let is_executing = is_executing(&observation);
        let mut unknown = Vec::new();
        for id in self.0.store.open_by_correlation_key(key).await? {
            let observed = observation.clone();
            let (record, ()) = self
                .apply_provider_update(&id, move |record, now| {
                    record.apply_observation(&observed, now);
                    record.schedule_next_poll(now, &limits);
                })
                .await?;
            let is_applied = has_amounts(&observation)
                && (!is_executing || record.is_settled() || record.progress.confirmation.cleared.contains(key.id()));
            if !is_applied && !self.poll_again(&id).await? {
                unknown.push(id);
            }
        }
        if is_executing {
            self.record_late_execution(key).await?;
        }
        if unknown.is_empty() {
            Ok(())
        } else {
            let why = format!("polling the provider failed for {unknown:?}");
            Err(AppError::new(ProblemCode::ServiceUnavailable).with_source(why))
        }
    }

    /// Records a late execution: the provider executes a resource although none of its approvals is approved or pending. The partner
    /// is notified, so that it does not create the payment again.
    async fn record_late_execution(&self, key: &CorrelationKey) -> Result<(), AppError> {
        let approvals = self.0.store.all_by_correlation_key(key).await?;
        let is_expected = |status: &Status| [Status::Approved, Status::Pending].contains(status);
        if approvals.iter().any(|(_, status)| is_expected(status)) {
            return Ok(());
        }
        for (id, status) in approvals {
            let resource = key.id().to_owned();
            let (_, is_new) = self
                .apply_provider_update(&id, move |record, now| record.record_late_execution(&resource, now))
                .await?;
            if is_new {
                self.0.outbox_signal.notify();
                tracing::error!(
                    approval = id,
                    status = status.as_str(),
                    ?key,
                    "payment executed at the provider after its approval was settled without approval"
                );
            }
        }
        Ok(())
    }
}

fn is_executing(observation: &Observation) -> bool {
    match observation {
        Observation::Payments(payments) => payments.iter().any(|payment| payment.phase.is_executing()),
        Observation::PayeeBatch(phase) => match phase {
            PayeeBatchPhase::Confirmed => true,
            PayeeBatchPhase::Waiting
            | PayeeBatchPhase::Rejected
            | PayeeBatchPhase::Failed
            | PayeeBatchPhase::Undecided => false,
        },
        // A challenge executes nothing.
        Observation::Challenge { .. } | Observation::Nothing => false,
    }
}

/// Whether every payment has its amount. A payment without it has to be read.
fn has_amounts(observation: &Observation) -> bool {
    match observation {
        Observation::Payments(payments) => payments.iter().all(|payment| payment.amount.is_some()),
        Observation::PayeeBatch(_) | Observation::Challenge { .. } | Observation::Nothing => true,
    }
}

#[cfg(test)]
mod tests {
    use sca_protocol::Timestamp;

    use super::*;

    fn event(id: &str) -> StoredWebhookEvent {
        StoredWebhookEvent {
            id: id.to_owned(),
            correlation_key: CorrelationKey::session(&ProviderId::new("facesign"), "session"),
            kind: "session.updated".to_owned(),
            payload: None,
            received_at: Timestamp(0),
        }
    }

    #[test]
    fn a_copy_waits_for_the_first_one_and_knows_that_it_follows_it() {
        let events = EventsInProgress::default();
        let first = events.enter(&event("one")).unwrap();
        assert!(!first.was_in_progress);
        assert!(events.enter(&event("one")).is_none(), "a copy is in progress");
        drop(first);
        assert!(events.enter(&event("one")).unwrap().was_in_progress);
        assert!(!events.enter(&event("two")).unwrap().was_in_progress);
    }

    #[test]
    fn only_the_last_events_are_remembered() {
        let events = EventsInProgress::default();
        for number in 0..=RECENT_EVENTS {
            drop(events.enter(&event(&number.to_string())));
        }
        assert!(!events.enter(&event("0")).unwrap().was_in_progress);
        assert!(events.enter(&event("2")).unwrap().was_in_progress);
        assert_eq!(events.locked().recent.len(), RECENT_EVENTS);
    }
}
