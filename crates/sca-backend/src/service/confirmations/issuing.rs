use sca_protocol::{
    Approval,
    wire::{ProblemCode, Start},
};

use super::{super::Backend, CALLS, looking::sight, subject};
use tokio::time::timeout;

use crate::{
    decision::{IssueMove, Matter, NotIssued, Record, Refusal, STEP_UP, Sight, Subject},
    problem::AppError,
    provider::{
        ProviderError,
        weavr::{Channel, Issuing},
    },
};

impl Backend {
    /// Has a code or a request sent. One that still lives is answered again without another.
    ///
    /// # Errors
    /// When the approval takes none now, or Weavr does not play its part.
    pub(in crate::service) async fn issue(&self, id: &str, start: &Start) -> Result<Approval, AppError> {
        let channel = Channel::of(&start.factor).ok_or_else(|| AppError::new(ProblemCode::FactorRefused))?;
        let limits = self.0.settings.limits;
        let holder = Self::lease_holder()?;
        self.weavr()?;
        let asked = start.clone();
        let (record, reserved) = self
            .change(id, move |record, now| {
                record.expire_requests(now);
                record.under(&asked.shown, &asked.challenge, &asked.factor, now, |record| {
                    record.reserve_issue(&asked.challenge, &asked.factor, &holder, now, &limits)
                })
            })
            .await?;
        let issue = match reserved.map_err(|refusal| self.too_early(refusal))? {
            IssueMove::Nothing => return Ok(self.snapshot(&record)),
            IssueMove::Issue(issue) => issue,
        };
        let (issuing, sight) = self.ask_for_challenge(&record, channel, &issue.reference).await;
        let told_before = self.expect_answer(&record, &issuing).await;
        let (record, (issuing, issued)) = self
            .learn(id, move |record, now| {
                let issued = record.conclude_issue(&issue, &issuing, sight.as_ref(), now, &limits);
                (issuing, issued)
            })
            .await?;
        told_before?;
        match issued {
            Ok(()) => Ok(self.snapshot(&self.hear_what_was_told(record, &issuing).await?)),
            // It was answered before we heard that it was asked.
            Err(NotIssued::Refused(Refusal::Settled)) if issuing.is_ok() => Ok(self.snapshot(&record)),
            Err(NotIssued::Refused(refusal)) => Err(self.too_early(refusal)),
            Err(NotIssued::Failed(ProviderError::SessionEnded)) => Err(ProviderError::SessionEnded.into()),
            Err(NotIssued::Failed(error)) if record.is_settled() => {
                Err(AppError::from(Refusal::Settled).because(error))
            }
            Err(NotIssued::Failed(error)) => Err(error.into()),
        }
    }

    async fn ask_for_challenge(
        &self,
        record: &Record,
        channel: Channel,
        reference: &str,
    ) -> (Result<Issuing, ProviderError>, Option<Sight>) {
        let asked = async {
            let (weavr, subject) = (self.weavr()?, subject(record)?);
            Ok::<_, AppError>((weavr, subject, self.access_token(record).await?))
        };
        let (weavr, subject, token) = match asked.await {
            Ok(asked) => asked,
            Err(error) => {
                tracing::error!(approval = record.id, ?error, "the token cannot be read");
                return (Err(ProviderError::Unreachable), None);
            }
        };
        let asking = weavr.issue(&token, &subject, channel, reference);
        let issuing = timeout(weavr.http().total() * CALLS, asking).await;
        let issuing = issuing.unwrap_or(Err(ProviderError::TimedOut));
        let sight = match &issuing {
            Ok(Issuing::NotPending | Issuing::Exempt) => sight(weavr, &token, &subject).await.ok(),
            Ok(
                Issuing::Issued { .. }
                | Issuing::NotSetUp
                | Issuing::NotSupported
                | Issuing::NumberInvalid
                | Issuing::CountryNotSupported
                | Issuing::TooEarly
                | Issuing::LimitReached
                | Issuing::Missing
                | Issuing::Refused(_),
            )
            | Err(_) => None,
        };
        tracing::info!(
            approval = record.id,
            channel = channel.as_str(),
            ?issuing,
            "asked for a challenge"
        );
        (issuing, sight)
    }

    /// Of a request to step a session up, only an event tells how it was answered: from now on that finds its approval.
    async fn expect_answer(&self, record: &Record, issuing: &Result<Issuing, ProviderError>) -> Result<(), AppError> {
        match request_to_step_up(record, issuing) {
            Some(about) => Ok(self.0.store.add_subject(&record.id, &about).await?),
            None => Ok(()),
        }
    }

    /// It may have been answered, and that told, before we were told its name.
    async fn hear_what_was_told(
        &self,
        record: Record,
        issuing: &Result<Issuing, ProviderError>,
    ) -> Result<Record, AppError> {
        let Some(about) = request_to_step_up(&record, issuing) else {
            return Ok(record);
        };
        for event in self.0.store.webhook_events_about(&about).await? {
            self.take_over_event(&event).await?;
        }
        Ok(self.change(&record.id, |_, _| ()).await?.0)
    }
}

/// What events call the request that was just issued, where only they tell of it.
fn request_to_step_up(record: &Record, issuing: &Result<Issuing, ProviderError>) -> Option<Subject> {
    let confirmation = record.source.confirmation()?;
    match (&confirmation.matter, issuing) {
        (Matter::StepUp, Ok(Issuing::Issued { challenge })) => {
            let challenge = challenge.as_ref()?;
            Some(Subject::weavr(STEP_UP, challenge.as_str()))
        }
        (Matter::StepUp | Matter::Payments { .. } | Matter::PayeeBatch(_), Ok(_) | Err(_)) => None,
    }
}
