//! The backend's operations: one file for each.

mod change_feed;
mod confirmations;
mod consume;
mod cooling_off;
mod create;
mod enrolments;
mod face;
mod face_scan;
mod idempotency;
mod inbound_webhooks;
mod providers;
mod refresh;
mod sca_sessions;
mod send_otp;
mod sweep;
mod transfers;
mod verify;

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use sca_core::{
    Limits, Policy, ProviderError, ProviderId, Record, Refusal, Secret, Source,
    provider::{OneTimeTokens, TokenSession},
};
use sca_outbound_webhooks::{WebhookTransport, Worker, worker::OutboxSignal};
use sca_protocol::{
    Approval, Reason, Timestamp,
    api::{EncryptionKey, ProblemCode},
};
use sca_runtime::{clock::Clock, metrics::Metrics, random};
use sca_store::{Store, StoreError, UpdateResult};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

pub use confirmations::{ConfirmationAnswer, NewConfirmation, NewPayeeBatch, NewStepUp};
pub use consume::ConsumeError;
pub use create::{Created, NewApproval};
pub use enrolments::{BegunEnrolment, EnrolmentOrder, EnrolmentSettings};
pub use idempotency::{IdempotentRequest, IdempotentResponse, RawBody};
pub use providers::Providers;
pub use sca_sessions::NewScaSession;
pub use transfers::{HoldResult, NewTransfer};

use crate::{
    events::{Hub, Subscription},
    problem::AppError,
    traces,
};
use inbound_webhooks::EventsInProgress;
use providers::not_configured;

/// The settings of a running backend.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limits of the approval state machine.
    pub limits: Limits,
    /// The maximum lifetime of a pending approval. The provider's own limit may be shorter.
    pub lifetime: Duration,
    /// The maximum number of open event streams for one approval.
    pub streams: usize,
    /// The maximum number of open event streams for all approvals of this instance.
    pub streams_in_all: usize,
    /// The maximum number of open connections of this instance; further ones wait to be accepted.
    pub connections: usize,
    /// How long settled approvals are stored for the partner to read.
    pub retention: Duration,
    /// The origins that CORS allows: `https://shop.example`.
    pub origins: Vec<String>,
    /// The partners' API keys.
    pub api_keys: Vec<ApiKey>,
    /// The settings of held transfers.
    pub faces: FaceSettings,
    /// The settings of confirmations.
    pub confirmations: ConfirmationSettings,
    /// The settings of enrolments.
    pub enrolments: EnrolmentSettings,
    /// The frame of isolated mode, if there is one.
    pub isolated: Option<Isolated>,
}

/// The frame of isolated mode.
#[derive(Clone, Debug)]
pub struct Isolated {
    /// The origins of the pages that may show it.
    pub parents: Vec<String>,
    /// The folder of the npm package.
    pub package: PathBuf,
    /// The origins of FaceSign's pages, which it may show.
    pub frame_origins: Vec<String>,
}

/// The settings of confirmations.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationSettings {
    /// The maximum number of approvals that one sweep, every five seconds, polls at once.
    pub polls: u32,
}

impl Default for ConfirmationSettings {
    fn default() -> Self {
        Self { polls: 20 }
    }
}

/// The settings of held transfers and their face sessions.
#[derive(Clone, Debug)]
pub struct FaceSettings {
    /// How long after the last webhook or poll a session is polled.
    pub poll_interval: Duration,
    /// The maximum number of sessions that one sweep, every five seconds, polls at once. The provider's rate limit bounds it.
    pub polls: u32,
    /// The exemptions: which transfers need not be held.
    pub policy: Policy,
}

impl Default for FaceSettings {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(15),
            polls: 2,
            policy: Policy::default(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            lifetime: Duration::from_secs(900),
            streams: 8,
            streams_in_all: 4096,
            connections: 8192,
            retention: Duration::from_secs(30 * 86_400),
            origins: Vec::new(),
            api_keys: Vec::new(),
            faces: FaceSettings::default(),
            confirmations: ConfirmationSettings::default(),
            enrolments: EnrolmentSettings::default(),
            isolated: None,
        }
    }
}

/// The API key of a partner's server.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its name, which owns the approvals.
    pub name: String,
    /// The digest of the key.
    pub digest: sca_core::secret::Fingerprint,
}

/// A running backend. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Backend(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    providers: Providers,
    clock: Arc<dyn Clock>,
    settings: Settings,
    hub: Hub,
    worker: Worker,
    outbox_signal: OutboxSignal,
    events_in_progress: EventsInProgress,
    metrics: Metrics,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Backend {
    /// Assembles a backend.
    #[must_use]
    pub fn new(
        store: Store,
        providers: Providers,
        transport: Arc<dyn WebhookTransport>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        metrics: Metrics,
    ) -> Self {
        let outbox_signal = OutboxSignal::default();
        let worker = Worker::new(
            store.clone(),
            transport,
            Arc::clone(&clock),
            metrics.clone(),
            outbox_signal.clone(),
        );
        Self(Arc::new(Inner {
            store,
            providers,
            clock,
            hub: Hub::new(settings.streams_in_all),
            settings,
            worker,
            outbox_signal,
            events_in_progress: EventsInProgress::default(),
            metrics,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }))
    }

    /// The current time of the backend's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The provider that rejects calls with one-time tokens: the named one, or else the first that does.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    pub fn rejecting_provider(&self, name: Option<&str>) -> Result<ProviderId, AppError> {
        match name {
            Some(name) => Ok(self.0.providers.named(name)?.id()),
            None => self.0.providers.default_rejecting(),
        }
    }

    /// The one-time tokens of a provider.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where the provider is not configured or has none.
    pub(crate) fn one_time_tokens(&self, provider: &ProviderId) -> Result<&dyn OneTimeTokens, AppError> {
        self.0.providers.one_time_tokens(provider)
    }

    /// The provider that a request names, or else the first one with confirmations.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    pub fn confirming_provider(&self, name: Option<String>) -> Result<ProviderId, AppError> {
        match name {
            Some(name) => Ok(self.0.providers.named(&name)?.id()),
            None => self.0.providers.default_confirming(),
        }
    }

    /// The worker that delivers the outbox.
    #[must_use]
    pub fn worker(&self) -> &Worker {
        &self.0.worker
    }

    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Readiness: the store responds in time and accepts writes, and the backend is not stopping.
    ///
    /// # Errors
    /// [`ProblemCode::ServiceUnavailable`] when the backend is not ready.
    pub async fn ready(&self) -> Result<(), AppError> {
        if self.0.stopping.is_cancelled() {
            return Err(AppError::new(ProblemCode::ServiceUnavailable));
        }
        let unavailable = || AppError::new(ProblemCode::ServiceUnavailable);
        match tokio::time::timeout(READINESS_TIMEOUT, self.0.store.ready()).await {
            Ok(ready) => ready.map_err(|error| unavailable().with_source(error)),
            Err(_) => Err(unavailable().with_source("the store does not respond in time")),
        }
    }

    /// Ends the event streams, waits for calls in flight, and closes the store.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.store.close().await;
    }

    /// Cancelled when the backend stops.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Ends the event streams, so that the server can stop.
    pub fn begin_stop(&self) {
        self.0.stopping.cancel();
    }

    /// The widget's view of an approval, without the URL of a face session ([`widget_view`](Self::widget_view) has it).
    #[must_use]
    pub fn snapshot(&self, record: &Record) -> Approval {
        record.snapshot(self.now(), &self.0.settings.limits)
    }

    /// The partner's view of an approval.
    #[must_use]
    pub fn partner_view(&self, record: &Record) -> Approval {
        record.partner_view(self.now(), &self.0.settings.limits)
    }

    /// Subscribes to the changes of an approval.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`] when it has [`Settings::streams`] subscribers, or all approvals have [`Settings::streams_in_all`].
    pub fn watch(&self, id: &str) -> Result<Subscription, AppError> {
        let subscription = self.0.hub.subscribe(id, self.0.settings.streams);
        subscription.ok_or_else(|| AppError::new(ProblemCode::TooManyRequests).retry_after(Duration::from_secs(5)))
    }

    /// How many changes of approvals this instance has published: [`Hub::published`].
    #[must_use]
    pub fn changes_published(&self) -> u64 {
        self.0.hub.published()
    }

    /// The approval of a client secret.
    ///
    /// # Errors
    /// [`ProblemCode::Unauthorized`] when no approval has this secret, or it was settled longer ago than the grace period.
    pub async fn authorise(&self, secret: &Secret) -> Result<Record, AppError> {
        let record = self.0.store.by_secret(secret).await?;
        let record = record.ok_or_else(|| AppError::new(ProblemCode::Unauthorized))?;
        let record = self.expire_record_if_due(record).await?;
        if record.is_gone(self.now(), &self.0.settings.limits) {
            return Err(AppError::new(ProblemCode::Unauthorized));
        }
        Ok(record)
    }

    /// A partner's approval by its id.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the partner has no approval with this id.
    pub async fn find(&self, owner: &str, id: &str) -> Result<Record, AppError> {
        let record = self.0.store.by_id(id).await?.filter(|record| record.owner == owner);
        self.expire_record_if_due(record.ok_or_else(|| AppError::new(ProblemCode::NotFound))?)
            .await
    }

    /// The provider's public key for the secrets of an approval.
    ///
    /// # Errors
    /// When the provider has none, is not configured, or returns none.
    pub async fn encryption_key(&self, record: &Record) -> Result<EncryptionKey, AppError> {
        Ok(self.tokens_of(record)?.encryption_key().await?)
    }

    /// Cancels an approval on the customer's request. A settled approval is unchanged.
    ///
    /// # Errors
    /// When it is settled, or can no longer be cancelled.
    pub async fn cancel(&self, id: &str) -> Result<Record, AppError> {
        self.end_by(id, Record::cancel).await
    }

    /// Declines an approval, because the customer says that the action is not theirs. A settled approval is unchanged.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel).
    pub async fn deny(&self, id: &str) -> Result<Record, AppError> {
        self.end_by(id, Record::deny).await
    }

    async fn end_by(
        &self,
        id: &str,
        settle: fn(&mut Record, Timestamp) -> Result<(), Refusal>,
    ) -> Result<Record, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let lease = holder.clone();
        let (record, reserved) = self
            .update_record(id, move |record, now| record.reserve_cancellation(&lease, now, &limits))
            .await?;
        if reserved? {
            // The customer may have confirmed already, which cannot be cancelled.
            let backend = self.clone();
            let poll = self.run_detached(async move { backend.poll_confirmation(record).await });
            if let Ok(polled) = tokio::time::timeout(FINAL_POLL_TIMEOUT, poll).await {
                polled?;
            }
        }
        let (record, cancelled) = self
            .update_record(id, move |record, now| {
                record.release_lease(&holder);
                settle(record, now)
            })
            .await?;
        cancelled?;
        Ok(record)
    }

    /// Updates an approval after expiring it if it is due, and notifies its subscribers. Completes even if the caller disconnects.
    async fn update_record<T: Send + 'static>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record, Timestamp) -> T + Send + 'static,
    ) -> Result<(Record, T), AppError> {
        let change = |record: &mut Record, now| {
            record.expire_if_due(now);
            change(record, now)
        };
        self.update_and_publish(id, change).await
    }

    /// Applies a provider's response to an approval. The response takes precedence over an expiry in the meantime.
    async fn apply_provider_update<T: Send + 'static>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record, Timestamp) -> T + Send + 'static,
    ) -> Result<(Record, T), AppError> {
        let change = |record: &mut Record, now| {
            let outcome = change(record, now);
            record.expire_if_due(now);
            outcome
        };
        self.update_and_publish(id, change).await
    }

    async fn update_and_publish<T: Send + 'static>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record, Timestamp) -> T + Send + 'static,
    ) -> Result<(Record, T), AppError> {
        let (backend, id) = (self.clone(), id.to_owned());
        self.run_detached(async move {
            let clock = Arc::clone(&backend.0.clock);
            // The time of the change, not the time at which this task began to wait for the row.
            let updating = backend.0.store.update(&id, move |record| change(record, clock.now()));
            let updated = updating.await?.ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
            backend.publish_effects(&updated);
            Ok((updated.record, updated.outcome))
        })
        .await
    }

    /// Notifies the subscribers and the outbox worker of a stored change, and counts a settlement.
    fn publish_effects<T>(&self, updated: &UpdateResult<T>) {
        let record = &updated.record;
        if updated.changed {
            self.0.hub.publish(&record.id);
        }
        if updated.settled {
            self.0.outbox_signal.notify();
            let reason = record.reason.as_ref().map_or("none", Reason::as_str);
            self.0.metrics.approval_settled(record.status.as_str(), reason);
            tracing::info!(
                approval = record.id,
                source = record.source.name(),
                status = record.status.as_str(),
                reason,
                "approval settled"
            );
        }
    }

    /// Expires an approval if it is due.
    async fn expire_record_if_due(&self, record: Record) -> Result<Record, AppError> {
        if record.is_settled() || self.now() < record.expires_at {
            return Ok(record);
        }
        self.settle_due(record).await
    }

    /// Settles an approval that is due. Where the customer may have confirmed, the provider is polled a final time first.
    async fn settle_due(&self, record: Record) -> Result<Record, AppError> {
        if !record.may_have_unreported_result() {
            return Ok(self.update_record(&record.id, |_, _| ()).await?.0);
        }
        if !self.try_claim_poll(&record.id).await? {
            return Ok(record);
        }
        let backend = self.clone();
        self.run_detached(async move { backend.poll_confirmation(record).await })
            .await
    }

    /// The provider that rejected an approval's call.
    fn rejected_by(record: &Record) -> Result<&ProviderId, AppError> {
        let rejected_by = record.source.rejected_by();
        rejected_by.ok_or_else(|| AppError::new(ProblemCode::FactorNotAvailable))
    }

    /// The one-time tokens of the provider that rejected an approval's call.
    fn tokens_of(&self, record: &Record) -> Result<&dyn OneTimeTokens, AppError> {
        self.one_time_tokens(Self::rejected_by(record)?)
    }

    /// The tokens for a provider call on the customer's behalf.
    async fn session(&self, record: &Record) -> Result<TokenSession, AppError> {
        let profile = match &record.source {
            Source::OneTimeToken { profile, .. } => profile,
            Source::Transfer(_) | Source::Confirmation(_) => {
                return Err(AppError::new(ProblemCode::FactorNotAvailable));
            }
        };
        let tokens = self.0.store.tokens(&record.id).await?;
        let (access_token, one_time_token) = tokens
            .and_then(|tokens| tokens.access_token.zip(tokens.one_time_token))
            .ok_or_else(|| AppError::new(ProblemCode::ApprovalSettled))?;
        Ok(TokenSession {
            access_token,
            one_time_token,
            profile: profile.clone(),
        })
    }

    /// Runs work to completion even if the caller disconnects, because the result of a provider call has to be stored.
    pub(crate) async fn run_detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
        let work = work.instrument(traces::current());
        self.0.tasks.spawn(work).await.map_err(AppError::internal)?
    }

    fn lease_holder() -> Result<String, AppError> {
        random::name("").map_err(AppError::internal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::ReadOnly => Self::new(ProblemCode::ServiceUnavailable)
                .retry_after(Duration::from_secs(1))
                .with_source(error),
            StoreError::Folder(_)
            | StoreError::File(_)
            | StoreError::Address
            | StoreError::Database(_)
            | StoreError::StartupParameter(_)
            | StoreError::NotPooledBySession
            | StoreError::Silent
            | StoreError::Panicked
            | StoreError::Unreadable(_)
            | StoreError::Sealed
            | StoreError::Randomness(_)
            | StoreError::NotEmpty(_)
            | StoreError::Newer(_) => Self::internal(error),
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Settled => ProblemCode::ApprovalSettled,
            Refusal::InProgress => ProblemCode::RequestInProgress,
            Refusal::Factor => ProblemCode::FactorNotAvailable,
            Refusal::CoolingOff => ProblemCode::FactorCoolingOff,
            Refusal::ShownMismatch => ProblemCode::ShownMismatch,
            Refusal::TooEarly { .. } => ProblemCode::TooManyRequests,
        };
        Self::new(code).with_source(refusal)
    }
}

/// How long the store may take to respond to a readiness check.
const READINESS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a cancellation waits for the final poll.
const FINAL_POLL_TIMEOUT: Duration = Duration::from_secs(3);

impl From<ProviderError> for AppError {
    fn from(error: ProviderError) -> Self {
        let problem = match &error {
            ProviderError::SessionEnded => Self::new(ProblemCode::ProviderSessionEnded),
            // The approval has failed with it.
            ProviderError::TokenRefused(_) => Self::new(ProblemCode::ApprovalSettled),
            ProviderError::TooManyRequests { retry_after } => {
                Self::new(ProblemCode::TooManyRequests).retry_after(*retry_after)
            }
            ProviderError::Malformed => Self::new(ProblemCode::InvalidRequest),
            ProviderError::Overloaded => Self::new(ProblemCode::ServiceUnavailable).retry_after(Duration::from_secs(1)),
            ProviderError::TimedOut => Self::new(ProblemCode::ProviderTimeout),
            ProviderError::Locked { retry_after } => Self::new(ProblemCode::TooManyRequests).retry_after(*retry_after),
            ProviderError::StepUpRequired => Self::new(ProblemCode::StepUpRequired),
            ProviderError::Forbidden
            | ProviderError::Unreachable
            | ProviderError::Broken
            | ProviderError::Unusable(_)
            | ProviderError::ClientRefused(_) => Self::new(ProblemCode::ProviderError),
        };
        problem.with_source(error)
    }
}
