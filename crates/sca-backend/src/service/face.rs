//! The face step: opening a hosted session, renewing its URL, polling it, and deciding about the transfer.

use std::{sync::Arc, time::Duration};

use sca_core::{
    BlockReason, FaceDecision, FaceReport, FaceSessionDecision, FaceStepOutcome, OpenSession, PendingOn, Record,
    Refusal, SessionStatus, decide_face, is_final_report,
};
use sca_protocol::{Action, Approval, FaceSession, Payment, api::Start, face::SessionUrl};

use super::Backend;
use crate::{problem::AppError, traces};
use sca_store::{FaceSessionRow, SessionFate, StoredWebhookEvent};
use tracing::Instrument as _;

/// The minimum remaining lifetime of a session URL. A shorter one is renewed.
const MIN_REMAINING_URL_LIFETIME: Duration = Duration::from_secs(60);

impl Backend {
    /// The widget's view of an approval, with the URL of the open face session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn widget_view(&self, record: &Record) -> Result<Approval, AppError> {
        let mut approval = self.snapshot(record);
        let Some(session) = record.progress.face.session.as_ref().filter(|_| !record.is_settled()) else {
            return Ok(approval);
        };
        let row = self.0.store.open_face_session(&record.id).await?;
        let Some((row, url)) = row.and_then(|mut row| row.url.take().map(|url| (row, url))) else {
            return Ok(approval);
        };
        if let Some(open) = approval.challenges.iter_mut().find(|challenge| challenge.is_open())
            && row.session_id == session.id
        {
            open.face = Some(FaceSession {
                url: SessionUrl::new(url.expose().to_owned()),
                expires_at: row.expires_at,
                ended: session.analyses_until.is_some(),
            });
        }
        Ok(approval)
    }

    /// Opens a face session, or renews the URL of the open one.
    ///
    /// # Errors
    /// When the face step is not available now, or the provider opens no session.
    pub(super) async fn start_face(&self, id: &str, start: &Start) -> Result<Approval, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let (request, lease) = (start.clone(), holder.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.with_evidence(&request.shown, &request.challenge, &request.factor, now, |record| {
                    record.reserve_face(&request.challenge, &lease, now, &limits)
                })
            })
            .await?;
        let open = match reserved.map_err(|refusal| self.too_early(refusal))? {
            FaceSessionDecision::Nothing => return self.widget_view(&record).await,
            FaceSessionDecision::Open => self.open_session(&record, &holder).await,
            FaceSessionDecision::Renew(session) => self.renew_session(&record, &session, &holder).await,
        };
        let (record, ()) = self
            .update_record(id, move |record, _| record.release_lease(&holder))
            .await?;
        open?;
        self.widget_view(&record).await
    }

    async fn open_session(&self, record: &Record, holder: &str) -> Result<(), AppError> {
        let (_, hosted) = self.0.providers.hosted_sessions()?;
        let transfer = record.source.transfer().ok_or(Refusal::Factor)?;
        let payment = payment(&record.action).ok_or(Refusal::Factor)?;
        // The session was stored just before a crash, so its URL was never delivered.
        if let Some(lost) = self.0.store.open_face_session(&record.id).await? {
            self.0.store.close_face_session(&lost.session_id, self.now()).await?;
        }
        let opened = hosted.open(&record.id, transfer, payment).await?;
        let now = self.now();
        let row = FaceSessionRow {
            session_id: opened.id.clone(),
            approval_id: record.id.clone(),
            url: Some(opened.link.url),
            expected: opened.expected,
            expires_at: opened.link.expires_at,
            poll_at: now.plus(self.0.settings.faces.poll_interval),
            created_at: now,
            closed_at: None,
        };
        if !self.0.store.add_face_session(&row).await? {
            return Err(Refusal::InProgress.into());
        }
        let session = OpenSession {
            id: opened.id.clone(),
            expires_at: opened.link.expires_at,
            analyses_until: None,
        };
        let holder = holder.to_owned();
        let (record, is_needed) = self
            .update_record(&record.id, move |record, _| record.conclude_opening(&holder, session))
            .await?;
        if !is_needed {
            self.0.store.close_face_session(&opened.id, self.now()).await?;
            let refusal = if record.is_settled() {
                Refusal::Settled
            } else {
                Refusal::InProgress
            };
            return Err(refusal.into());
        }
        self.0.metrics.face_session_opened();
        tracing::info!(approval = record.id, session = opened.id, "face session opened");
        Ok(())
    }

    /// Renews the session that the customer returns to. It may have ended without a webhook, and its URL may work only once.
    async fn renew_session(&self, record: &Record, session: &OpenSession, holder: &str) -> Result<(), AppError> {
        let (_, hosted) = self.0.providers.hosted_sessions()?;
        let is_valid = self.now().until(session.expires_at) > MIN_REMAINING_URL_LIFETIME;
        match self.poll_known_session(&session.id).await {
            Err(_) if is_valid => return Ok(()),
            Err(error) => return Err(error),
            Ok(FaceSessionState::Ended) => {
                let (record, ()) = self.update_record(&record.id, |_, _| ()).await?;
                return if record.is_settled() {
                    Ok(())
                } else {
                    self.open_session(&record, holder).await
                };
            }
            Ok(FaceSessionState::InProgress(SessionStatus::Created)) if is_valid => return Ok(()),
            Ok(FaceSessionState::AwaitingAnalyses) => return Ok(()),
            Ok(FaceSessionState::InProgress(
                SessionStatus::Created
                | SessionStatus::InProgress
                | SessionStatus::Complete
                | SessionStatus::Incomplete
                | SessionStatus::Other(_),
            )) => {}
        }
        let link = match hosted.renew(&session.id).await {
            Err(_) if is_valid => return Ok(()),
            link => link?,
        };
        let renewed = self.0.store.renew_face_session(&session.id, &link.url, link.expires_at);
        if renewed.await? {
            let (holder, session) = (holder.to_owned(), session.id.clone());
            self.update_record(&record.id, move |record, _| {
                record.conclude_renewal(&holder, &session, link.expires_at);
            })
            .await?;
        }
        Ok(())
    }

    /// Polls a session by its id.
    async fn poll_known_session(&self, session: &str) -> Result<FaceSessionState, AppError> {
        match self.0.store.face_session(session).await? {
            Some(row) => self.poll_face_session(&row, None, None).await,
            None => Ok(FaceSessionState::Ended),
        }
    }

    /// Polls a session and applies the decision to its approval. Calls may repeat and overlap, because each session is decided once. Of
    /// a closed session only a fraud signal is applied.
    ///
    /// `known` is the approval, if it was read already. On success, the event that said that the session has changed is stored as processed.
    ///
    /// # Errors
    /// When the provider gives no usable response, or the store fails. The call has to be repeated then.
    pub(super) async fn poll_face_session(
        &self,
        row: &FaceSessionRow,
        known: Option<Record>,
        event: Option<StoredWebhookEvent>,
    ) -> Result<FaceSessionState, AppError> {
        let session = &row.session_id;
        let (_, hosted) = self.0.providers.hosted_sessions()?;
        let reading = hosted.report(session, &row.expected);
        let report = match reading.instrument(traces::poll(&row.approval_id)).await {
            Ok(report) => report,
            Err(error) if !self.is_poll_period_over(row).await? => return Err(error.into()),
            Err(error) => {
                tracing::warn!(session, ?error, "polling a face session that ended long ago failed");
                self.mark_processed(event).await?;
                return Ok(FaceSessionState::Ended);
            }
        };
        let required = hosted.required_analyses();
        let decision = decide_face(&report, required);
        log_report(row, &report, &decision);
        let signal = decision.fraud_signal();
        let is_final = signal.is_some() || is_final_report(&report, required);
        // A fraud signal is recorded for other approvals as well before the report and its event are done with.
        let done = Done {
            is_final: is_final && signal.is_none(),
            event: event.clone().filter(|_| signal.is_none()),
        };
        let applied = if row.closed_at.is_some() {
            None
        } else {
            self.apply_report(session, known, &report, decision, done).await?
        };
        if let Some(reason) = signal {
            self.report_fraud_signal(&row.approval_id, reason).await?;
        }
        let (state, fate) = applied.unzip();
        // What the decision's transaction has not stored.
        match fate.filter(|_| signal.is_none()) {
            Some(SessionFate::Over { .. }) => {}
            Some(SessionFate::StaysOpen) => self.mark_final(session, is_final).await?,
            None => {
                self.mark_final(session, is_final).await?;
                self.mark_processed(event).await?;
            }
        }
        Ok(state.unwrap_or(FaceSessionState::Ended))
    }

    async fn mark_final(&self, session: &str, is_final: bool) -> Result<(), AppError> {
        if is_final {
            self.0.store.mark_face_session_final(session, self.now()).await?;
        }
        Ok(())
    }

    async fn mark_processed(&self, event: Option<StoredWebhookEvent>) -> Result<(), AppError> {
        if let Some(event) = event {
            self.0.store.mark_webhook_event_processed(&event, self.now()).await?;
        }
        Ok(())
    }

    /// Applies the decision about an open session, and stores in the same transaction what is done with it. `None`, and nothing is
    /// stored, if the session is closed.
    async fn apply_report(
        &self,
        session: &str,
        known: Option<Record>,
        report: &FaceReport,
        decision: FaceDecision,
        done: Done,
    ) -> Result<Option<(FaceSessionState, SessionFate)>, AppError> {
        let limits = self.0.settings.limits;
        let (backend, name, decided) = (self.clone(), session.to_owned(), decision.clone());
        let updated = self.run_detached(async move {
            let (clock, session) = (Arc::clone(&backend.0.clock), name.clone());
            let Done { is_final, event } = done;
            let updating = backend
                .0
                .store
                .update_with_face_session(&name, known, event, move |record| {
                    let now = clock.now();
                    record.expire_if_due(now);
                    let outcome = record.apply_face_decision(&session, &decided, now, &limits);
                    let fate = match outcome {
                        FaceStepOutcome::Ended => SessionFate::Over { is_final },
                        FaceStepOutcome::NotThisSession if record.is_settled() => SessionFate::Over { is_final },
                        FaceStepOutcome::Continues | FaceStepOutcome::NotThisSession => SessionFate::StaysOpen,
                    };
                    (outcome, fate)
                });
            let updated = updating.await?;
            updated.iter().for_each(|updated| backend.publish_effects(updated));
            Ok(updated)
        });
        let Some(updated) = updated.await? else {
            return Ok(None);
        };
        let (outcome, fate) = updated.outcome;
        match outcome {
            FaceStepOutcome::Ended | FaceStepOutcome::Continues => {
                self.0.metrics.face_session_polled(kind_of(&decision))
            }
            FaceStepOutcome::NotThisSession => {}
        }
        let state = match (outcome, &decision) {
            (FaceStepOutcome::Ended, _) => FaceSessionState::Ended,
            (FaceStepOutcome::NotThisSession, _) if updated.record.is_settled() => FaceSessionState::Ended,
            (FaceStepOutcome::Continues, FaceDecision::Pending(PendingOn::Analyses)) => {
                FaceSessionState::AwaitingAnalyses
            }
            (FaceStepOutcome::Continues | FaceStepOutcome::NotThisSession, _) => {
                FaceSessionState::InProgress(report.status.clone())
            }
        };
        Ok(Some((state, fate)))
    }

    /// Records a fraud signal, also after settlement, and blocks all open versions of the transfer.
    async fn report_fraud_signal(&self, approval: &str, reason: BlockReason) -> Result<(), AppError> {
        let change = move |record: &mut Record, now| {
            let late = record.is_settled();
            record.report_fraud_signal(reason, now) && late
        };
        let (record, late) = self.update_record(approval, change).await?;
        if late {
            self.0.outbox_signal.notify();
            self.0.metrics.face_session_polled("late_fraud_signal");
            tracing::error!(
                approval = record.id,
                status = record.status.as_str(),
                ?reason,
                "fraud signal after settlement"
            );
        }
        let Some(transfer) = record.source.transfer() else {
            return Ok(());
        };
        for other in self.0.store.open_versions(&record.owner, &transfer.transfer).await? {
            self.update_record(&other, move |record, now| record.report_fraud_signal(reason, now))
                .await?;
        }
        Ok(())
    }

    async fn is_poll_period_over(&self, row: &FaceSessionRow) -> Result<bool, AppError> {
        let record = self.0.store.by_id(&row.approval_id).await?;
        let settled_at = record.and_then(|record| record.settled_at);
        Ok(settled_at.is_some_and(|at| at.plus(POLL_AFTER_SETTLEMENT) < self.now()))
    }

    /// Polls sessions without a recent webhook, closed sessions without a final report included. The number of sessions is limited, so
    /// that the calls stay within the provider's rate limit.
    pub(super) async fn poll_due_face_sessions(&self) -> Result<(), AppError> {
        let faces = &self.0.settings.faces;
        if self.0.providers.hosted_sessions().is_err() {
            return Ok(());
        }
        let store = &self.0.store;
        let every = faces.poll_interval;
        let mut sessions = store.claim_face_sessions(every, faces.polls).await?;
        // Open sessions have priority.
        let left = faces
            .polls
            .saturating_sub(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
        let closed = store.claim_closed_face_sessions(POLL_AFTER_SETTLEMENT, every, left);
        sessions.extend(closed.await?);
        let polls = sessions.iter().map(async |row| {
            if let Err(error) = self.poll_face_session(row, None, None).await {
                tracing::warn!(session = row.session_id, ?error, "polling a face session failed");
            }
        });
        futures_util::future::join_all(polls).await;
        Ok(())
    }
}

/// How long after settlement a closed session without a final report is polled.
const POLL_AFTER_SETTLEMENT: Duration = Duration::from_secs(1_800);

fn log_report(row: &FaceSessionRow, report: &FaceReport, decision: &FaceDecision) {
    tracing::info!(
        approval = row.approval_id,
        session = row.session_id,
        status = ?report.status,
        liveness = ?report.liveness,
        confirmation = ?report.confirmation,
        code = ?report.code,
        video = ?report.video,
        deepfake = ?report.deepfake,
        link_check = ?report.link_check,
        ?decision,
        "face session polled"
    );
}

/// What is done with once a report is applied.
#[derive(Debug)]
struct Done {
    /// Whether the report is final.
    is_final: bool,
    /// The event that said that the session has changed.
    event: Option<StoredWebhookEvent>,
}

/// The state of a session after a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaceSessionState {
    /// It has ended, or is unknown.
    Ended,
    /// The customer has finished; analyses are pending.
    AwaitingAnalyses,
    /// The customer has not finished.
    InProgress(SessionStatus),
}

/// The payment of a transfer.
pub(super) fn payment(action: &Action) -> Option<&Payment> {
    match action {
        Action::Payments(payments) => payments.as_slice().first(),
        Action::Statement(_) | Action::Payees(_) | Action::Access(_) => None,
    }
}

fn kind_of(decision: &FaceDecision) -> &'static str {
    match decision {
        FaceDecision::Authorise => "authorise",
        FaceDecision::Block(_) => "block",
        FaceDecision::Retry(_) => "retry",
        FaceDecision::Pending(_) => "pending",
    }
}
