//! Showing a face: opening a session at FaceSign, giving a way into it, looking what has become of it, and deciding.

use std::sync::Arc;

use sca_protocol::{Action, Approval, FaceSession, Payment, face::SessionUrl, wire::Start};

use super::Backend;
use crate::{
    decision::{
        Awaited, Binding, BlockReason, FaceDecision, FaceMove, Looked, OpenSession, Record, Refusal, Teller,
        decide_face, is_seen_out,
    },
    problem::AppError,
    provider::facesign::{
        http::FaceSign,
        order::{Expected, SessionOrder},
        report::{SessionReport, SessionStatus},
    },
    store::{FaceSessionRow, SessionFate},
};

/// A way into a session that is good for less than this many milliseconds is not given to anybody.
const GOOD_FOR_AT_LEAST: u64 = 60_000;

impl Backend {
    /// What the widget is told about an approval: with the way into the face session, while one is open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shown(&self, record: &Record) -> Result<Approval, AppError> {
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
            .change(id, move |record, now| {
                record.under(&asked.shown, &asked.challenge, &asked.factor, now, |record| {
                    record.reserve_face(&asked.challenge, &ours, now, &limits)
                })
            })
            .await?;
        let open = match reserved.map_err(|refusal| self.too_early(refusal))? {
            FaceMove::Nothing => return self.shown(&record).await,
            FaceMove::Open => self.open_session(&record, &holder).await,
            FaceMove::Revisit(session) => self.revisit(&record, &session, &holder).await,
        };
        let (record, ()) = self.change(id, move |record, _| record.give_way(&holder)).await?;
        open?;
        self.shown(&record).await
    }

    async fn open_session(&self, record: &Record, holder: &str) -> Result<(), AppError> {
        let (facesign, order) = self.ordered(record)?;
        // One that was kept just before a crash: nobody has ever been told the way into it.
        if let Some(lost) = self.0.store.open_face_session(&record.id).await? {
            self.0.store.close_face_session(&lost.session_id, self.now()).await?;
        }
        let opened = facesign.open(&order).await?;
        let now = self.now();
        let row = FaceSessionRow {
            session_id: opened.id.clone(),
            approval_id: record.id.clone(),
            url: Some(opened.link.url),
            expected: order.expected().to_text().map_err(AppError::internal)?,
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
            .change(&record.id, move |record, _| record.conclude_opening(&holder, session))
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
        self.0.metrics.session_opened();
        tracing::info!(approval = record.id, session = opened.id, "face session opened");
        Ok(())
    }

    /// A session that somebody comes back to: it may be over without our having heard of it, and a way into it that was used once
    /// may not work again.
    async fn revisit(&self, record: &Record, session: &OpenSession, holder: &str) -> Result<(), AppError> {
        let (facesign, _) = self.ordered(record)?;
        let good = self.now().until(session.expires_at) > GOOD_FOR_AT_LEAST;
        match self.look(&session.id).await {
            Err(_) if good => return Ok(()),
            Err(error) => return Err(error),
            Ok(Sight::Over) => {
                let (record, ()) = self.change(&record.id, |_, _| ()).await?;
                return if record.is_settled() {
                    Ok(())
                } else {
                    self.open_session(&record, holder).await
                };
            }
            Ok(Sight::Waiting(SessionStatus::Created)) if good => return Ok(()),
            Ok(Sight::Analysing) => return Ok(()),
            Ok(Sight::Waiting(
                SessionStatus::Created
                | SessionStatus::InProgress
                | SessionStatus::Complete
                | SessionStatus::Incomplete
                | SessionStatus::Other(_),
            )) => {}
        }
        let link = match facesign.refresh(&session.id).await {
            Err(_) if good => return Ok(()),
            link => link?,
        };
        let renewed = self.0.store.renew_face_session(&session.id, &link.url, link.expires_at);
        if renewed.await? {
            let (holder, session) = (holder.to_owned(), session.id.clone());
            self.change(&record.id, move |record, _| {
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
    pub(super) async fn look(&self, session: &str) -> Result<Sight, AppError> {
        let Some(row) = self.0.store.face_session(session).await? else {
            return Ok(Sight::Over);
        };
        let Some(record) = self.0.store.by_id(&row.approval_id).await? else {
            return Ok(Sight::Over);
        };
        let facesign = self.0.providers.facesign.as_ref().ok_or(Refusal::Factor)?;
        let expected = Expected::from_text(&row.expected).map_err(AppError::internal)?;
        let report = match facesign.session(session).await {
            // It is not asked for without end.
            Err(error) if self.is_long_over(&record) => {
                tracing::warn!(session, ?error, "a face session of long ago could not be looked at");
                return Ok(Sight::Over);
            }
            report => report?,
        };
        let binding = expected.binding(&report.bound);
        let decision = decide_face(&report, binding, facesign.required());
        note(&record, &report, binding, &decision);
        let sight = if row.closed_at.is_some() {
            Sight::Over
        } else {
            self.take_over(session, &report, decision.clone()).await?
        };
        if let Some(reason) = decision.alarm() {
            self.raise_alarm(&record, reason).await?;
        }
        if decision.alarm().is_some() || is_seen_out(&report, facesign.required()) {
            self.0.store.face_session_seen_out(session, self.now()).await?;
        }
        Ok(sight)
    }

    /// Takes over what a look at an open session means.
    async fn take_over(
        &self,
        session: &str,
        report: &SessionReport,
        decision: FaceDecision,
    ) -> Result<Sight, AppError> {
        let limits = self.0.settings.limits;
        let (backend, name, decided) = (self.clone(), session.to_owned(), decision.clone());
        let updated = self.to_the_end(async move {
            let (clock, session) = (Arc::clone(&backend.0.clock), name.clone());
            let updating = backend.0.store.update_with_face_session(&name, move |record| {
                let now = clock.now();
                record.expire_if_due(now);
                let looked = record.look(&session, &decided, now, &limits);
                let fate = match looked {
                    Looked::Over => SessionFate::Over,
                    Looked::NotOurs if record.is_settled() => SessionFate::Over,
                    Looked::GoesOn | Looked::NotOurs => SessionFate::StaysOpen,
                };
                (looked, fate)
            });
            let updated = updating.await?;
            updated.iter().for_each(|updated| backend.after(updated));
            Ok(updated)
        });
        let Some(updated) = updated.await? else {
            return Ok(Sight::Over);
        };
        match updated.outcome {
            Looked::Over | Looked::GoesOn => self.0.metrics.looked(kind_of(&decision)),
            Looked::NotOurs => {}
        }
        Ok(match (updated.outcome, &decision) {
            (Looked::Over, _) => Sight::Over,
            (Looked::NotOurs, _) if updated.record.is_settled() => Sight::Over,
            (Looked::GoesOn, FaceDecision::Pending(Awaited::Analyses)) => Sight::Analysing,
            (Looked::GoesOn | Looked::NotOurs, _) => Sight::Waiting(report.status.clone()),
        })
    }

    /// Somebody was seen through, maybe after they had stopped, been too slow or come through: it is told, and no version of the
    /// transfer goes on.
    async fn raise_alarm(&self, record: &Record, reason: BlockReason) -> Result<(), AppError> {
        let raise = move |record: &mut Record, now| {
            let late = record.is_settled();
            record.raise_alarm(reason, now) && late
        };
        let (record, late) = self.change(&record.id, raise).await?;
        if late {
            self.0.bell.ring();
            self.0.metrics.looked("late-alarm");
            tracing::error!(
                approval = record.id,
                status = record.status.as_str(),
                ?reason,
                "a deception was seen after the end"
            );
        }
        let Some(wire) = record.source.wire() else {
            return Ok(());
        };
        for other in self.0.store.open_versions(&record.owner, &wire.transfer).await? {
            self.change(&other, move |record, now| record.raise_alarm(reason, now))
                .await?;
        }
        Ok(())
    }

    fn is_long_over(&self, record: &Record) -> bool {
        record.settled_at.is_some_and(|at| at.plus(WATCHED_FOR) < self.now())
    }

    /// What FaceSign is asked for about an approval, made from what was frozen.
    fn ordered(&self, record: &Record) -> Result<(&FaceSign, SessionOrder), AppError> {
        let facesign = self.0.providers.facesign.as_ref().ok_or(Refusal::Factor)?;
        let wire = record.source.wire().ok_or(Refusal::Factor)?;
        let payment = payment(&record.action).ok_or(Refusal::Factor)?;
        let order = SessionOrder::new(&record.id, wire, payment, facesign.required().video);
        Ok((facesign, order))
    }

    /// Looks at sessions that nothing was heard of for a while, those that were closed before FaceSign had ended them included, and
    /// handles events whose handling was cut short. As many as FaceSign's limit on calls allows for.
    pub(super) async fn look_after_faces(&self) -> Result<(), AppError> {
        let faces = &self.0.settings.faces;
        if self.0.providers.facesign.is_none() {
            return Ok(());
        }
        let store = &self.0.store;
        let events = store
            .claim_webhook_events(Teller::FaceSign, HANDLED_WITHIN, faces.polls)
            .await?;
        let every = faces.poll_interval;
        let mut sessions = store.claim_face_sessions(every, faces.polls).await?;
        // What is open comes first.
        let left = faces
            .polls
            .saturating_sub(u32::try_from(sessions.len()).unwrap_or(u32::MAX));
        let closed = store.claim_closed_face_sessions(WATCHED_FOR, every, left);
        sessions.extend(closed.await?);
        let handling = events.into_iter().map(|event| self.handle(event));
        futures_util::future::join_all(handling).await;
        let looking = sessions.iter().map(async |row| {
            if let Err(error) = self.look(&row.session_id).await {
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
const WATCHED_FOR: u64 = 1_800_000;

/// An event that is not handled after so many milliseconds is handled again.
const HANDLED_WITHIN: u64 = 30_000;

fn note(record: &Record, report: &SessionReport, binding: Binding, decision: &FaceDecision) {
    tracing::info!(
        approval = record.id,
        session = report.id,
        status = ?report.status,
        liveness = ?report.liveness,
        confirmation = ?report.confirmation,
        code = ?report.code,
        video = ?report.video,
        deepfake = ?report.deepfake,
        ?binding,
        ?decision,
        "looked at a face session"
    );
}

/// What was seen of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
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
