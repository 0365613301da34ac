//! What Weavr tells by itself. An event says what has become of something: it is kept, taken over and answered. Weavr is asked only where
//! an event does not say enough, as the customer's session may have ended by then.

use axum::http::HeaderMap;
use sca_protocol::{Money, Status, api::ProblemCode};
use serde::{Deserialize, Serialize};

use super::super::Backend;
use crate::{
    decision::{
        CorrelationKey, EventSource, Observation, PAYEE_BATCH, PaymentObservation, PaymentPhase, STEP_UP, phase_of,
    },
    problem::AppError,
    providers::weavr::{
        batch::BatchState,
        event::{self, Event, RequestStatus},
        resource::{RejectedBy, ResourceId, State},
        signature,
    },
    store::WebhookEvent,
};

/// What is kept of an event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEvent {
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected_by: Option<String>,
}

impl StoredEvent {
    fn only(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            amount: None,
            rejected_by: None,
        }
    }
}

impl Backend {
    /// Takes an event of Weavr's. IdempotentRequest this returns it is kept, and will be taken over however this process ends.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorized`] when it is not Weavr's, [`ProblemCode::InvalidRequest`] when it is not what its path promises,
    /// [`ProblemCode::NotFound`] where Weavr is not configured.
    pub async fn receive_weavr_webhook(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), AppError> {
        self.weavr()?;
        let refused = |result: &'static str, code: ProblemCode| {
            self.0.metrics.webhook_event_received("weavr", result);
            AppError::new(code)
        };
        let keys = &self.0.settings.confirmations.webhook_keys;
        let name = signature::verify(keys, headers, body, self.now())
            .map_err(|error| refused("invalid_signature", ProblemCode::Unauthorized).with_source(error))?;
        let event = event::read(path, body)
            .map_err(|error| refused("invalid", ProblemCode::InvalidRequest).with_source(error))?;
        if self
            .0
            .store
            .has_webhook_event(EventSource::Weavr, name.as_str())
            .await?
        {
            self.0.metrics.webhook_event_received("weavr", "duplicate");
            return Ok(());
        }
        let (correlation_key, told) = match event {
            Event::Resource(event) => {
                let correlation_key = CorrelationKey::weavr(event.kind.as_str(), event.id.as_str());
                // Payments that no approval was ever for: all that are made without us.
                if self.0.store.all_about(&correlation_key).await?.is_empty() {
                    self.0.metrics.webhook_event_received("weavr", "ignored");
                    return Ok(());
                }
                let told = StoredEvent {
                    state: event.state.as_str().to_owned(),
                    amount: event.amount,
                    rejected_by: event.rejected_by.map(|by| by.as_str().to_owned()),
                };
                (correlation_key, told)
            }
            // Kept in any case: the call that caused it may not have been answered yet.
            Event::StepUp { challenge, status, .. } => {
                let correlation_key = CorrelationKey::weavr(STEP_UP, challenge.as_str());
                (correlation_key, StoredEvent::only(status.as_str()))
            }
            Event::Batch { id, state, .. } => (
                CorrelationKey::weavr(PAYEE_BATCH, id.as_str()),
                StoredEvent::only(state.as_str()),
            ),
            // Which approvals are this customer's is not known here: what is offered is asked for when an approval is made.
            Event::Factor { .. } | Event::PassedOver => {
                self.0.metrics.webhook_event_received("weavr", "ignored");
                return Ok(());
            }
        };
        let event = WebhookEvent {
            id: name.as_str().to_owned(),
            correlation_key,
            kind: told.state.clone(),
            payload: Some(serde_json::to_string(&told).map_err(AppError::internal)?),
            received_at: self.now(),
        };
        if self.0.store.insert_webhook_event(&event).await? {
            self.0.metrics.webhook_event_received("weavr", "accepted");
            let backend = self.clone();
            self.run_detached(async move {
                backend.process_weavr_event(&event).await;
                Ok(())
            })
            .await?;
        } else {
            self.0.metrics.webhook_event_received("weavr", "duplicate");
        }
        Ok(())
    }

    /// Takes an event over. One with which that fails now is taken over later.
    pub(super) async fn process_weavr_event(&self, event: &WebhookEvent) {
        let handled = match self.apply_weavr_event(event).await {
            Ok(()) => {
                let source = event.correlation_key.source();
                let handled = self.0.store.mark_webhook_event_processed(source, &event.id, self.now());
                handled.await.map_err(AppError::from)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            tracing::warn!(event = event.id, correlation_key = ?event.correlation_key, ?error, "an event waits to be handled");
        }
    }

    /// What an event says holds for every open approval that depends on what it is about. However often and in whatever order events are
    /// taken over, the outcome is the same.
    pub(super) async fn apply_weavr_event(&self, event: &WebhookEvent) -> Result<(), AppError> {
        let said = event.payload.as_deref().unwrap_or_default();
        let told: StoredEvent = serde_json::from_str(said).map_err(AppError::internal)?;
        let (kind, name) = event.correlation_key.name().split_once('/').unwrap_or_default();
        tracing::info!(correlation_key = ?event.correlation_key, state = told.state, "Weavr tells");
        let limits = self.0.settings.limits.confirmations;
        let is_carried_out = match kind {
            // Nothing is carried out with that.
            STEP_UP => false,
            PAYEE_BATCH => is_trusted(&BatchState::from_name(&told.state)),
            _ => phase_of(&State::from_name(&told.state)) == PaymentPhase::Cleared,
        };
        let mut unseen = Vec::new();
        for id in self.0.store.open_about(&event.correlation_key).await? {
            let observation = match kind {
                STEP_UP => {
                    let status = RequestStatus::from_name(&told.state);
                    let name = name.to_owned();
                    self.apply_provider_update(&id, move |record, now| {
                        record.apply_challenge_result(&name, &status, now);
                        record.schedule_next_poll(now, &limits);
                    })
                    .await?;
                    continue;
                }
                PAYEE_BATCH => Some(Observation::PayeeBatch(BatchState::from_name(&told.state))),
                _ => observation_of(name, &told),
            };
            let says_enough = match observation {
                Some(observation) => {
                    let (record, ()) = self
                        .apply_provider_update(&id, move |record, now| {
                            record.apply_observation(&observation, now);
                            record.schedule_next_poll(now, &limits);
                        })
                        .await?;
                    !is_carried_out || record.is_settled() || record.progress.confirming.cleared.contains(name)
                }
                // Without its amount nothing is cleared.
                None => false,
            };
            if !says_enough && !self.poll_again(&id).await? {
                unseen.push(id);
            }
        }
        if is_carried_out {
            self.record_late_execution(&event.correlation_key, name).await?;
        }
        if unseen.is_empty() {
            Ok(())
        } else {
            let why = format!("what it is about could not be looked at: {unseen:?}");
            Err(AppError::new(ProblemCode::ServiceUnavailable).with_source(why))
        }
    }

    /// Something is carried out. Where no approval of it has had its way, nobody knows, and whoever was told otherwise may do it again.
    async fn record_late_execution(&self, correlation_key: &CorrelationKey, name: &str) -> Result<(), AppError> {
        let about = self.0.store.all_about(correlation_key).await?;
        let had_its_way = |status: &Status| [Status::Approved, Status::Pending].contains(status);
        if about.iter().any(|(_, status)| had_its_way(status)) {
            return Ok(());
        }
        for (id, status) in about {
            let name = name.to_owned();
            let (_, is_news) = self
                .apply_provider_update(&id, move |record, now| record.record_late_execution(&name, now))
                .await?;
            if is_news {
                self.0.outbox_signal.notify();
                tracing::error!(
                    approval = id,
                    status = status.as_str(),
                    ?correlation_key,
                    "carried out, though its approval ended otherwise"
                );
            }
        }
        Ok(())
    }
}

fn is_trusted(state: &BatchState) -> bool {
    match state {
        BatchState::ChallengeCompleted | BatchState::Completed => true,
        BatchState::Initialised
        | BatchState::PendingChallenge
        | BatchState::ChallengeFailed
        | BatchState::Failed
        | BatchState::Other(_) => false,
    }
}

fn observation_of(id: &str, told: &StoredEvent) -> Option<Observation> {
    Some(Observation::Payments(vec![PaymentObservation {
        id: ResourceId::new(id)?,
        state: State::from_name(&told.state),
        amount: told.amount?,
        rejected_by: told.rejected_by.as_deref().map(RejectedBy::from_name),
        recipient: None,
    }]))
}
