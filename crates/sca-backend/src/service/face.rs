//! Showing a face: opening a session at FaceSign, giving a way into it, looking what has become of it, and deciding.

use std::{sync::Arc, time::Duration};

use sca_core::{
    BlockReason, FaceDecision, FaceReport, FaceSessionDecision, FaceStepOutcome, OpenSession, PendingOn, Record,
    Refusal, SessionStatus, decide_face, is_final_report,
};
use sca_protocol::{Action, Approval, FaceSession, Payment, api::Start, face::SessionUrl};

use super::Backend;
use crate::{
    problem::AppError,
    store::{FaceSessionRow, SessionFate},
};

/// A way into a session that is good for less than this many milliseconds is not given to anybody.
const MIN_REMAINING_URL_LIFETIME: Duration = Duration::from_secs(60);

impl Backend {
    /// What the widget is told about an approval: with the way into the face session, while one is open.
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

    /// Opens a face session, or gives a way into the one that is open.
    ///
    /// # Errors
    /// When the approval takes no face now, or FaceSign opens no session.
    pub(super) async fn start_face(&self, id: &str, start: &Start) -> Result<Approval, AppError> {
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        let (asked, ours) = (start.clone(), holder.clone());
        let (record, reserved) = self
            .update_record(id, move |record, now| {
                record.with_evidence(&asked.shown, &asked.challenge, &asked.factor, now, |record| {
                    record.reserve_face(&asked.challenge, &ours, now, &limits)
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
        // A session stored just before a crash: nobody has received its URL.
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
        let (record, ours) = self
            .update_record(&record.id, move |record, _| record.conclude_opening(&holder, session))
            .await?;
        if !ours {
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

    /// A session that somebody comes back to: it may be over without our having heard of it, and a way into it that was used once
    /// may not work again.
    async fn renew_session(&self, record: &Record, session: &OpenSession, holder: &str) -> Result<(), AppError> {
        let (_, hosted) = self.0.providers.hosted_sessions()?;
        let good = self.now().until(session.expires_at) > MIN_REMAINING_URL_LIFETIME;
        match self.poll_face_session(&session.id).await {
            Err(_) if good => return Ok(()),
            Err(error) => return Err(error),
            Ok(FaceSessionState::Over) => {
                let (record, ()) = self.update_record(&record.id, |_, _| ()).await?;
                return if record.is_settled() {
                    Ok(())
                } else {
                    self.open_session(&record, holder).await
                };
            }
            Ok(FaceSessionState::Waiting(SessionStatus::Created)) if good => return Ok(()),
            Ok(FaceSessionState::Analysing) => return Ok(()),
            Ok(FaceSessionState::Waiting(
                SessionStatus::Created
                | SessionStatus::InProgress
                | SessionStatus::Complete
                | SessionStatus::Incomplete
                | SessionStatus::Other(_),
            )) => {}
        }
        let link = match hosted.renew(&session.id).await {
            Err(_) if good => return Ok(()),
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

    /// Asks FaceSign about a session and takes over what that means for its approval. However often and by whomever this is called,
    /// each session is decided about once. Of one that is over, only a deception still counts.
    ///
    /// # Errors
    /// When FaceSign says nothing that can be used, or the store fails: nothing has changed then.
    pub(super) async fn poll_face_session(&self, session: &str) -> Result<FaceSessionState, AppError> {
        let Some(row) = self.0.store.face_session(session).await? else {
            return Ok(FaceSessionState::Over);
        };
        let Some(record) = self.0.store.by_id(&row.approval_id).await? else {
            return Ok(FaceSessionState::Over);
        };
        let (_, hosted) = self.0.providers.hosted_sessions()?;
        let report = match hosted.report(session, &row.expected).await {
            // It is not polled without end.
            Err(error) if self.is_long_over(&record) => {
                tracing::warn!(session, ?error, "polling a face session that ended long ago failed");
                return Ok(FaceSessionState::Over);
            }
            report => report?,
        };
        let required = hosted.required_analyses();
        let decision = decide_face(&report, required);
        note(&record, session, &report, &decision);
        let observation = if row.closed_at.is_some() {
            FaceSessionState::Over
        } else {
            self.apply_report(session, &report, decision.clone()).await?
        };
        if let Some(reason) = decision.fraud_signal() {
            self.report_fraud_signal(&record, reason).await?;
        }
        if decision.fraud_signal().is_some() || is_final_report(&report, required) {
            self.0.store.mark_face_session_final(session, self.now()).await?;
        }
        Ok(observation)
    }

    /// Takes over what a look at an open session means.
    async fn apply_report(
        &self,
        session: &str,
        report: &FaceReport,
        decision: FaceDecision,
    ) -> Result<FaceSessionState, AppError> {
        let limits = self.0.settings.limits;
        let (backend, name, decided) = (self.clone(), session.to_owned(), decision.clone());
        let updated = self.run_detached(async move {
            let (clock, session) = (Arc::clone(&backend.0.clock), name.clone());
            let updating = backend.0.store.update_with_face_session(&name, move |record| {
                let now = clock.now();
                record.expire_if_due(now);
                let looked = record.apply_face_decision(&session, &decided, now, &limits);
                let fate = match looked {
                    FaceStepOutcome::Ended => SessionFate::Over,
                    FaceStepOutcome::NotThisSession if record.is_settled() => SessionFate::Over,
                    FaceStepOutcome::Continues | FaceStepOutcome::NotThisSession => SessionFate::StaysOpen,
                };
                (looked, fate)
            });
            let updated = updating.await?;
            updated.iter().for_each(|updated| backend.publish_effects(updated));
            Ok(updated)
        });
        let Some(updated) = updated.await? else {
            return Ok(FaceSessionState::Over);
        };
        match updated.outcome {
            FaceStepOutcome::Ended | FaceStepOutcome::Continues => {
                self.0.metrics.face_session_polled(kind_of(&decision))
            }
            FaceStepOutcome::NotThisSession => {}
        }
        Ok(match (updated.outcome, &decision) {
            (FaceStepOutcome::Ended, _) => FaceSessionState::Over,
            (FaceStepOutcome::NotThisSession, _) if updated.record.is_settled() => FaceSessionState::Over,
            (FaceStepOutcome::Continues, FaceDecision::Pending(PendingOn::Analyses)) => FaceSessionState::Analysing,
            (FaceStepOutcome::Continues | FaceStepOutcome::NotThisSession, _) => {
                FaceSessionState::Waiting(report.status.clone())
            }
        })
    }

    /// Somebody was seen through, maybe after they had stopped, been too slow or come through: it is told, and no version of the
    /// transfer goes on.
    async fn report_fraud_signal(&self, record: &Record, reason: BlockReason) -> Result<(), AppError> {
        let raise = move |record: &mut Record, now| {
            let late = record.is_settled();
            record.report_fraud_signal(reason, now) && late
        };
        let (record, late) = self.update_record(&record.id, raise).await?;
        if late {
            self.0.outbox_signal.notify();
            self.0.metrics.face_session_polled("late_fraud_signal");
            tracing::error!(
                approval = record.id,
                status = record.status.as_str(),
                ?reason,
                "a deception was seen after the end"
            );
        }
        let Some(wire) = record.source.transfer() else {
            return Ok(());
        };
        for other in self.0.store.open_versions(&record.owner, &wire.transfer).await? {
            self.update_record(&other, move |record, now| record.report_fraud_signal(reason, now))
                .await?;
        }
        Ok(())
    }

    fn is_long_over(&self, record: &Record) -> bool {
        record
            .settled_at
            .is_some_and(|at| at.plus(POLL_AFTER_SETTLEMENT) < self.now())
    }

    /// Looks at sessions that nothing was heard of for a while, those that were closed before FaceSign had ended them included, and
    /// handles events whose handling was cut short. As many as FaceSign's limit on calls allows for.
    pub(super) async fn poll_due_face_sessions(&self) -> Result<(), AppError> {
        let faces = &self.0.settings.faces;
        if self.0.providers.hosted_sessions().is_err() {
            return Ok(());
        }
        let store = &self.0.store;
        let every = faces.poll_interval;
        let mut sessions = store.claim_face_sessions(every, faces.polls).await?;
        // What is open comes first.
        let left = faces
            .polls
            .saturating_sub(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
        let closed = store.claim_closed_face_sessions(POLL_AFTER_SETTLEMENT, every, left);
        sessions.extend(closed.await?);
        let looking = sessions.iter().map(async |row| {
            if let Err(error) = self.poll_face_session(&row.session_id).await {
                tracing::warn!(
                    session = row.session_id,
                    ?error,
                    "a face session could not be looked at"
                );
            }
        });
        futures_util::future::join_all(looking).await;
        Ok(())
    }
}

/// For how many milliseconds a session is looked at that was closed before FaceSign had ended it.
const POLL_AFTER_SETTLEMENT: Duration = Duration::from_secs(1_800);

fn note(record: &Record, session: &str, report: &FaceReport, decision: &FaceDecision) {
    tracing::info!(
        approval = record.id,
        session,
        status = ?report.status,
        liveness = ?report.liveness,
        confirmation = ?report.confirmation,
        code = ?report.code,
        video = ?report.video,
        deepfake = ?report.deepfake,
        link_check = ?report.link_check,
        ?decision,
        "looked at a face session"
    );
}

/// What was seen of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaceSessionState {
    /// It is over, or not one of ours.
    Over,
    /// The customer is done; analyses are waited for.
    Analysing,
    /// The customer is waited for.
    Waiting(SessionStatus),
}

/// The one payment of a wire.
pub(super) fn payment(action: &Action) -> Option<&Payment> {
    match action {
        Action::Payments(payments) => payments.as_slice().first(),
        Action::Statement(_) | Action::Payees(_) => None,
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
