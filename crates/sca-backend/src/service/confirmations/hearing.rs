//! What Weavr tells by itself. An event says what has become of something: it is kept, taken over and answered. Weavr is asked only where
//! an event does not say enough, as the customer's session may have ended by then.

use axum::http::HeaderMap;
use sca_protocol::{Money, Status, wire::ProblemCode};
use serde::{Deserialize, Serialize};

use super::super::Backend;
use crate::{
    decision::{PAYEE_BATCH, STEP_UP, Sight, Sighting, Standing, Subject, Teller, standing},
    problem::AppError,
    provider::weavr::{
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
struct Told {
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected_by: Option<String>,
}

impl Told {
    fn only(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            amount: None,
            rejected_by: None,
        }
    }
}

impl Backend {
    /// Takes an event of Weavr's. Once this returns it is kept, and will be taken over however this process ends.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorised`] when it is not Weavr's, [`ProblemCode::Malformed`] when it is not what its path promises,
    /// [`ProblemCode::NotFound`] where Weavr is not configured.
    pub async fn hear_weavr(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), AppError> {
        self.weavr()?;
        let refused = |result: &'static str, code: ProblemCode| {
            self.0.metrics.webhook("weavr", result);
            AppError::new(code)
        };
        let keys = &self.0.settings.confirmations.webhook_keys;
        let name = signature::verify(keys, headers, body, self.now())
            .map_err(|error| refused("refused", ProblemCode::Unauthorised).because(error))?;
        let event =
            event::read(path, body).map_err(|error| refused("malformed", ProblemCode::Malformed).because(error))?;
        if self.0.store.knows_webhook_event(Teller::Weavr, name.as_str()).await? {
            self.0.metrics.webhook("weavr", "known");
            return Ok(());
        }
        let (subject, told) = match event {
            Event::Resource(event) => {
                let subject = Subject::weavr(event.kind.as_str(), event.id.as_str());
                // Payments that no approval was ever for: all that are made without us.
                if self.0.store.all_about(&subject).await?.is_empty() {
                    self.0.metrics.webhook("weavr", "passed-over");
                    return Ok(());
                }
                let told = Told {
                    state: event.state.as_str().to_owned(),
                    amount: event.amount,
                    rejected_by: event.rejected_by.map(|by| by.as_str().to_owned()),
                };
                (subject, told)
            }
            // Kept in any case: the call that caused it may not have been answered yet.
            Event::StepUp { challenge, status, .. } => {
                let subject = Subject::weavr(STEP_UP, challenge.as_str());
                (subject, Told::only(status.as_str()))
            }
            Event::Batch { id, state, .. } => (Subject::weavr(PAYEE_BATCH, id.as_str()), Told::only(state.as_str())),
            // Which approvals are this customer's is not known here: what is offered is asked for when an approval is made.
            Event::Factor { .. } | Event::PassedOver => {
                self.0.metrics.webhook("weavr", "passed-over");
                return Ok(());
            }
        };
        let event = WebhookEvent {
            id: name.as_str().to_owned(),
            subject,
            kind: told.state.clone(),
            said: Some(serde_json::to_string(&told).map_err(AppError::internal)?),
            received_at: self.now(),
        };
        if self.0.store.keep_webhook_event(&event).await? {
            self.0.metrics.webhook("weavr", "kept");
            let backend = self.clone();
            self.to_the_end(async move {
                backend.handle_told(&event).await;
                Ok(())
            })
            .await?;
        } else {
            self.0.metrics.webhook("weavr", "known");
        }
        Ok(())
    }

    /// Takes an event over. One with which that fails now is taken over later.
    pub(super) async fn handle_told(&self, event: &WebhookEvent) {
        let handled = match self.take_over_event(event).await {
            Ok(()) => {
                let teller = event.subject.teller();
                let handled = self.0.store.webhook_event_handled(teller, &event.id, self.now());
                handled.await.map_err(AppError::from)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = handled {
            tracing::warn!(event = event.id, subject = ?event.subject, ?error, "an event waits to be handled");
        }
    }

    /// What an event says holds for every open approval that depends on what it is about. However often and in whatever order events are
    /// taken over, the outcome is the same.
    pub(super) async fn take_over_event(&self, event: &WebhookEvent) -> Result<(), AppError> {
        let said = event.said.as_deref().unwrap_or_default();
        let told: Told = serde_json::from_str(said).map_err(AppError::internal)?;
        let (kind, name) = event.subject.name().split_once('/').unwrap_or_default();
        tracing::info!(subject = ?event.subject, state = told.state, "Weavr tells");
        let limits = self.0.settings.limits.confirmations;
        let is_carried_out = match kind {
            // Nothing is carried out with that.
            STEP_UP => false,
            PAYEE_BATCH => is_trusted(&BatchState::from_name(&told.state)),
            _ => standing(&State::from_name(&told.state)) == Standing::Cleared,
        };
        let mut unseen = Vec::new();
        for id in self.0.store.open_about(&event.subject).await? {
            let sight = match kind {
                STEP_UP => {
                    let status = RequestStatus::from_name(&told.state);
                    let name = name.to_owned();
                    self.learn(&id, move |record, now| {
                        record.hear_answer(&name, &status, now);
                        record.keep_asking(now, &limits);
                    })
                    .await?;
                    continue;
                }
                PAYEE_BATCH => Some(Sight::PayeeBatch(BatchState::from_name(&told.state))),
                _ => sighting(name, &told),
            };
            let says_enough = match sight {
                Some(sight) => {
                    let (record, ()) = self
                        .learn(&id, move |record, now| {
                            record.see(&sight, now);
                            record.keep_asking(now, &limits);
                        })
                        .await?;
                    !is_carried_out || record.is_settled() || record.progress.confirming.cleared.contains(name)
                }
                // Without its amount nothing is cleared.
                None => false,
            };
            if !says_enough && !self.look_again(&id).await? {
                unseen.push(id);
            }
        }
        if is_carried_out {
            self.hear_late(&event.subject, name).await?;
        }
        if unseen.is_empty() {
            Ok(())
        } else {
            let why = format!("what it is about could not be looked at: {unseen:?}");
            Err(AppError::new(ProblemCode::Unavailable).because(why))
        }
    }

    /// Something is carried out. Where no approval of it has had its way, nobody knows, and whoever was told otherwise may do it again.
    async fn hear_late(&self, subject: &Subject, name: &str) -> Result<(), AppError> {
        let about = self.0.store.all_about(subject).await?;
        let had_its_way = |status: &Status| [Status::Approved, Status::Pending].contains(status);
        if about.iter().any(|(_, status)| had_its_way(status)) {
            return Ok(());
        }
        for (id, status) in about {
            let name = name.to_owned();
            let (_, is_news) = self.learn(&id, move |record, now| record.hear_late(&name, now)).await?;
            if is_news {
                self.0.bell.ring();
                tracing::error!(
                    approval = id,
                    status = status.as_str(),
                    ?subject,
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

fn sighting(id: &str, told: &Told) -> Option<Sight> {
    Some(Sight::Payments(vec![Sighting {
        id: ResourceId::new(id)?,
        state: State::from_name(&told.state),
        amount: told.amount?,
        rejected_by: told.rejected_by.as_deref().map(RejectedBy::from_name),
        recipient: None,
    }]))
}
