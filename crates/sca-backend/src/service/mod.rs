//! What the backend does: one file for each thing that a caller can ask for.

mod change_feed;
mod confirmations;
mod consume;
mod create;
mod face;
mod idempotency;
mod inbound_webhooks;
mod providers;
mod refresh;
mod send_otp;
mod sweep;
mod transfers;
mod verify;

use std::{future::Future, sync::Arc, time::Duration};

use sca_protocol::{Approval, Reason, Timestamp, api::ProblemCode};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use confirmations::{ConfirmationAnswer, NewConfirmation, NewPayeeBatch, NewStepUp};
pub use consume::ConsumeError;
pub use create::{Created, NewApproval};
pub use idempotency::{IdempotentRequest, IdempotentResponse, RawBody};
pub use providers::Providers;
pub use transfers::{HoldResult, NewTransfer};

use sca_core::{Limits, ProviderId, Record, Refusal, Secret, Source};

use crate::{
    clock::Clock,
    events::{Hub, Subscription},
    metrics::Metrics,
    policy::Policy,
    problem::AppError,
    providers::{
        ProviderError,
        wise::{Session, Wise, paths::ProfileId},
    },
    random,
    store::{Store, StoreError, UpdateResult},
    webhooks::{WebhookTransport, Worker, worker::OutboxSignal},
};
use providers::not_configured;

/// The figures and lists that a running backend is given.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The figures that decide about approvals.
    pub limits: Limits,
    /// How long an approval lives at most. The provider's own limit may be shorter.
    pub lifetime: Duration,
    /// How many steps there are, for a provider that names them one at a time.
    pub expected_steps: Option<u8>,
    /// How many streams of events may be open for one approval.
    pub streams: usize,
    /// How long settled approvals are kept for the partner to read.
    pub retention: Duration,
    /// The origins of the pages that may call from elsewhere: `https://shop.example`.
    pub origins: Vec<String>,
    /// Whose servers may call.
    pub api_keys: Vec<ApiKey>,
    /// How transfers are held.
    pub faces: FaceSettings,
    /// How confirmations are polled.
    pub confirmations: ConfirmationSettings,
}

/// How confirmations are polled.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationSettings {
    /// About how many approvals are polled at once, every five seconds.
    pub polls: u32,
}

impl Default for ConfirmationSettings {
    fn default() -> Self {
        Self { polls: 20 }
    }
}

/// How transfers are held and their customers recognised.
#[derive(Clone, Debug)]
pub struct FaceSettings {
    /// How long after the last event a session is polled.
    pub poll_interval: Duration,
    /// How many sessions are asked for at once, every five seconds: FaceSign takes a hundred calls a minute in its sandbox and a
    /// thousand in production.
    pub polls: u32,
    /// Which transfers are held.
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
            expected_steps: None,
            streams: 8,
            retention: Duration::from_secs(30 * 86_400),
            origins: Vec::new(),
            api_keys: Vec::new(),
            faces: FaceSettings::default(),
            confirmations: ConfirmationSettings::default(),
        }
    }
}

/// A partner's server.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its name. Approvals belong to it.
    pub name: String,
    /// The digest of its key.
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
    metrics: Metrics,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Backend {
    /// A backend made of its parts.
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
            settings,
            hub: Hub::default(),
            worker,
            outbox_signal,
            metrics,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Wise, where it is configured.
    #[must_use]
    pub fn wise(&self) -> Option<&Wise> {
        self.0.providers.wise.as_ref()
    }

    /// Wise.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    pub(crate) fn require_wise(&self) -> Result<&Wise, AppError> {
        let missing = || AppError::new(ProblemCode::NotFound).with_source("[wise] is not configured");
        self.0.providers.wise.as_ref().ok_or_else(missing)
    }

    /// The provider that a request names, or the default one that confirms.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] where it is not configured.
    pub fn confirming_provider(&self, name: Option<String>) -> Result<ProviderId, AppError> {
        match name {
            Some(name) => Ok(self.0.providers.named(&name)?.id()),
            None => self.0.providers.default_confirming(),
        }
    }

    /// Hands over what was decided.
    #[must_use]
    pub fn worker(&self) -> &Worker {
        &self.0.worker
    }

    /// The figures.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Whether calls can be taken: the store answers in time and takes writes, and the backend is not stopping.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), AppError> {
        if self.0.stopping.is_cancelled() {
            return Err(AppError::new(ProblemCode::ServiceUnavailable));
        }
        let unavailable = || AppError::new(ProblemCode::ServiceUnavailable);
        match tokio::time::timeout(READINESS_TIMEOUT, self.0.store.ready()).await {
            Ok(ready) => ready.map_err(|error| unavailable().with_source(error)),
            Err(_) => Err(unavailable().with_source("the store does not answer in time")),
        }
    }

    /// Ends the streams, waits for calls to the provider that are under way, and closes the store.
    pub async fn stop(&self) {
        self.0.stopping.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.store.close().await;
    }

    /// Told when the backend is stopping.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Tells the streams to end, so that the server can stop.
    pub fn begin_stop(&self) {
        self.0.stopping.cancel();
    }

    /// What the widget is told about an approval, without the way into a face session ([`widget_view`](Self::widget_view)).
    #[must_use]
    pub fn snapshot(&self, record: &Record) -> Approval {
        record.snapshot(self.now(), &self.0.settings.limits)
    }

    /// What the partner's server is told about an approval.
    #[must_use]
    pub fn partner_view(&self, record: &Record) -> Approval {
        record.partner_view(self.now(), &self.0.settings.limits)
    }

    /// Watches an approval.
    ///
    /// # Errors
    /// When too many do.
    pub fn watch(&self, id: &str) -> Result<Subscription, AppError> {
        let subscription = self.0.hub.subscribe(id, self.0.settings.streams);
        subscription.ok_or_else(|| AppError::new(ProblemCode::TooManyRequests).retry_after(Duration::from_secs(5)))
    }

    /// The approval that a client secret names.
    ///
    /// # Errors
    /// When it names none, or one that has been over for too long.
    pub async fn authorise(&self, secret: &Secret) -> Result<Record, AppError> {
        let record = self.0.store.by_secret(secret).await?;
        let record = record.ok_or_else(|| AppError::new(ProblemCode::Unauthorized))?;
        let record = self.expire_record_if_due(record).await?;
        if record.is_gone(self.now(), &self.0.settings.limits) {
            return Err(AppError::new(ProblemCode::Unauthorized));
        }
        Ok(record)
    }

    /// An approval of an owner's by its id.
    ///
    /// # Errors
    /// When the owner has none of that id.
    pub async fn find(&self, owner: &str, id: &str) -> Result<Record, AppError> {
        let record = self.0.store.by_id(id).await?.filter(|record| record.owner == owner);
        self.expire_record_if_due(record.ok_or_else(|| AppError::new(ProblemCode::NotFound))?)
            .await
    }

    /// The key that PINs are encrypted to.
    ///
    /// # Errors
    /// When the provider gives none.
    pub async fn encryption_key(&self) -> Result<sca_protocol::api::EncryptionKey, AppError> {
        Ok(self.require_wise()?.encryption_key().await?)
    }

    /// The customer stops. An approval that is settled stays as it is.
    ///
    /// # Errors
    /// When it is settled.
    pub async fn cancel(&self, id: &str) -> Result<Record, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let ours = holder.clone();
        let (record, reserved) = self
            .update_record(id, move |record, now| record.reserve_cancellation(&ours, now, &limits))
            .await?;
        if reserved? {
            // What was confirmed without our hearing of it cannot be stopped any more.
            let backend = self.clone();
            let looking = self.run_detached(async move { backend.poll_until_final(record).await });
            if let Ok(looked) = tokio::time::timeout(FINAL_POLL_TIMEOUT, looking).await {
                looked?;
            }
        }
        let (record, cancelled) = self
            .update_record(id, move |record, now| {
                record.release_lease(&holder);
                record.cancel(now)
            })
            .await?;
        cancelled?;
        Ok(record)
    }

    /// Changes an approval, which expires first if it is due, and tells whoever watches it: to the end, also when the caller hangs up.
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

    /// Takes over what a provider has said about an approval: that counts before the time that has gone by meanwhile.
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
            // The time at which it is changed, and not at which somebody began to wait for their turn.
            let updating = backend.0.store.update(&id, move |record| change(record, clock.now()));
            let updated = updating.await?.ok_or_else(|| AppError::new(ProblemCode::NotFound))?;
            backend.publish_effects(&updated);
            Ok((updated.record, updated.outcome))
        })
        .await
    }

    /// What follows from a change that was written down: whoever watches is told.
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

    /// An approval that was read, expired if it is due.
    async fn expire_record_if_due(&self, record: Record) -> Result<Record, AppError> {
        if record.is_settled() || self.now() < record.expires_at {
            return Ok(record);
        }
        self.settle_due(record).await
    }

    /// An approval whose time is up, ended. What may have been confirmed without our hearing of it is looked at for a last time.
    async fn settle_due(&self, record: Record) -> Result<Record, AppError> {
        if !record.may_have_unreported_result() {
            return Ok(self.update_record(&record.id, |_, _| ()).await?.0);
        }
        if !self.try_claim_poll(&record.id).await? {
            return Ok(record);
        }
        let backend = self.clone();
        self.run_detached(async move { backend.poll_until_final(record).await })
            .await
    }

    /// What a call to the provider on the customer's behalf needs.
    async fn session(&self, record: &Record) -> Result<Session, AppError> {
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
        Ok(Session {
            access_token,
            one_time_token,
            profile: profile.as_deref().and_then(ProfileId::new),
        })
    }

    /// Carries something out to its end, even when the caller hangs up: what was put before the provider must be written
    /// down.
    pub(crate) async fn run_detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
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
            Refusal::ShownMismatch => ProblemCode::ShownMismatch,
            Refusal::TooEarly { .. } => ProblemCode::TooManyRequests,
        };
        Self::new(code).with_source(refusal)
    }
}

/// How long the store may take to say that it is there.
const READINESS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long whoever stops is kept waiting for a last look.
const FINAL_POLL_TIMEOUT: Duration = Duration::from_secs(3);

/// An event whose processing has not ended after this long is processed again.
const EVENT_LEASE: Duration = Duration::from_secs(30);

impl From<ProviderError> for AppError {
    fn from(error: ProviderError) -> Self {
        let problem = match &error {
            ProviderError::SessionEnded => Self::new(ProblemCode::ProviderSessionEnded),
            // The approval has failed with it: whoever reads it sees so.
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
