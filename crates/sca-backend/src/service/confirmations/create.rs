use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use sca_core::{
    Confirmation, ConfirmationTarget, LinkedPayment, PayeeBatchPhase, PaymentPhase, Progress, ProviderId, Record,
    Refusal, ResourceId, ResourceKind, Secret, Source,
    provider::{Confirmations, PaymentDetails},
};
use sca_protocol::{
    Action, Availability, Challenge, Factor, FactorOption, Payment, PlainText, Status, Timestamp, action::Payments,
    api::ProblemCode, factor::Handling,
};

use super::{
    super::{Backend, Created},
    poll::CONCURRENT_READS,
};
use crate::{
    problem::AppError,
    random,
    store::{InsertResult, NewRecord, Tokens},
};

/// Payments that are to be confirmed.
#[derive(Debug)]
pub struct NewConfirmation {
    /// The provider.
    pub provider: ProviderId,
    /// The partner that owns the approval.
    pub owner: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// The provider's name for the kind of payment.
    pub kind: String,
    /// The provider's ids of the payments.
    pub ids: Vec<String>,
    /// Who is paid, for each of them, where Weavr does not say. None, or as many as there are payments.
    pub payees: Vec<PlainText>,
    /// Where codes go, masked.
    pub destination: Option<PlainText>,
}

/// A session that is to be good for more.
#[derive(Debug)]
pub struct NewStepUp {
    /// The provider.
    pub provider: ProviderId,
    /// The partner that owns the approval.
    pub owner: String,
    /// The customer's access token: the session's.
    pub access_token: Secret,
    /// What it is to be good for.
    pub action: Action,
    /// Where codes go, masked.
    pub destination: Option<PlainText>,
}

/// Payees that are to be trusted.
#[derive(Debug)]
pub struct NewPayeeBatch {
    /// The provider.
    pub provider: ProviderId,
    /// The partner that owns the approval.
    pub owner: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// The provider's id of the batch.
    pub batch: String,
    /// Who they are.
    pub action: Action,
    /// Where codes go, masked.
    pub destination: Option<PlainText>,
}

/// What is to be done about payments.
#[derive(Debug)]
pub enum ConfirmationAnswer {
    /// Nothing: the provider has exempted them all.
    Exempt,
    /// The customer has to confirm.
    Held(Box<Created>),
}

impl Backend {
    /// Has payments that wait at a provider confirmed by their customer. Those that wait are what is shown and bound; of the others each was
    /// let through before.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the provider does not know one of them as the customer's, [`ProblemCode::NoPendingPayment`] when none
    /// waits or one has ended, [`ProblemCode::FactorNotSetUp`] when the customer has no way to confirm, and
    /// [`ProblemCode::InvalidRequest`] for several where the provider confirms each with a challenge of its own.
    pub async fn confirm(&self, new: NewConfirmation) -> Result<ConfirmationAnswer, AppError> {
        let provider = self.confirming(&new.provider)?.provider;
        let kind = provider
            .resource_kind(&new.kind)
            .ok_or_else(|| invalid("payments of this kind cannot be confirmed here"))?;
        let ids: Vec<ResourceId> = resource_ids(provider, &new.ids)?;
        let is_named = new.payees.len() == ids.len();
        if !is_named && (!new.payees.is_empty() || !provider.reports_payees(&kind)) {
            return Err(invalid("there are not as many payees as payments"));
        }
        let read = read_all(provider, &new.access_token, &kind, &ids).await?;
        let unknown = || {
            AppError::new(ProblemCode::NotFound).with_source("the provider does not know one of them as the customer's")
        };
        let resources: Vec<PaymentDetails> = read.into_iter().collect::<Option<_>>().ok_or_else(unknown)?;
        if resources.iter().all(PaymentDetails::is_exempt) {
            return Ok(ConfirmationAnswer::Exempt);
        }
        let let_through = |resource: &&PaymentDetails| resource.is_exempt() || resource.phase.is_executing();
        let waiting = |resource: &&PaymentDetails| resource.phase == PaymentPhase::Waiting;
        let nothing = |why: &'static str| AppError::new(ProblemCode::NoPendingPayment).with_source(why);
        if !resources
            .iter()
            .all(|resource| let_through(&resource) || waiting(&resource))
        {
            return Err(nothing("one of them has ended, or is in a state that is not known"));
        }
        let mut shown = Vec::new();
        let mut bound = Vec::new();
        for (place, resource) in resources.iter().enumerate().filter(|(_, resource)| waiting(resource)) {
            let payee = resource.payee.as_ref().or_else(|| new.payees.get(place));
            let payee =
                payee.ok_or_else(|| AppError::new(ProblemCode::InvalidRequest).with_source("a payee is not named"))?;
            shown.push(Payment {
                amount: resource.amount,
                payee: payee.clone(),
                account_tail: resource.account_tail.clone(),
                reference: resource.reference.clone(),
            });
            bound.push(LinkedPayment {
                id: resource.id.clone(),
                amount: resource.amount,
                payee: resource.payee.clone(),
                account_tail: resource.account_tail.clone(),
            });
        }
        let action = Payments::new(shown).map(Action::Payments);
        let action = action.ok_or_else(|| nothing("none of them waits"))?;
        if bound.len() > 1 && !provider.confirms_many() {
            return Err(invalid(
                "the provider confirms each payment with a challenge of its own: send them one by one",
            ));
        }
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::Payments { kind, payments: bound },
            destination: new.destination,
        };
        let created = self.make(new.owner, new.access_token, confirmation, action).await?;
        Ok(ConfirmationAnswer::Held(Box::new(created)))
    }

    /// Has a customer's session stepped up.
    ///
    /// # Errors
    /// [`ProblemCode::FactorNotSetUp`] when the customer has no way to confirm.
    pub async fn step_up(&self, new: NewStepUp) -> Result<Created, AppError> {
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::StepUp,
            destination: new.destination,
        };
        self.make(new.owner, new.access_token, confirmation, new.action).await
    }

    /// Has payees trusted.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the provider does not know the batch as the customer's, [`ProblemCode::NoPendingPayment`] when it does not
    /// wait, [`ProblemCode::FactorNotSetUp`] when the customer has no way to confirm.
    pub async fn trust_payees(&self, new: NewPayeeBatch) -> Result<Created, AppError> {
        let provider = self.confirming(&new.provider)?.provider;
        let batch = provider
            .resource_id(&new.batch)
            .ok_or_else(|| invalid("the batch's id is not in the provider's form"))?;
        match provider.read_payee_batch(&new.access_token, &batch).await? {
            Some(PayeeBatchPhase::Waiting) => {}
            Some(
                PayeeBatchPhase::Confirmed
                | PayeeBatchPhase::Rejected
                | PayeeBatchPhase::Failed
                | PayeeBatchPhase::Undecided,
            ) => return Err(AppError::new(ProblemCode::NoPendingPayment).with_source("the batch does not wait")),
            None => {
                return Err(AppError::new(ProblemCode::NotFound).with_source("the provider does not know the batch"));
            }
        }
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::PayeeBatch(batch),
            destination: new.destination,
        };
        self.make(new.owner, new.access_token, confirmation, new.action).await
    }

    /// The owner's open approvals of any of the same and when they were made, but those that are newer than one.
    ///
    /// # Errors
    /// [`ProblemCode::RequestInProgress`] when one of them may be confirmed at this moment.
    async fn find_older(
        &self,
        owner: &str,
        confirmation: &Confirmation,
        than: Option<&str>,
    ) -> Result<BTreeMap<String, Timestamp>, AppError> {
        let mut older = BTreeMap::new();
        for correlation_key in confirmation.correlation_keys() {
            let open = self.0.store.open_about(&correlation_key).await?;
            for id in open.into_iter().take_while(|id| Some(id.as_str()) != than) {
                let record = self.0.store.by_id(&id).await?.filter(|record| record.owner == owner);
                match record {
                    Some(record) if record.is_past_cancellation(self.now()) => return Err(Refusal::InProgress.into()),
                    Some(record) => {
                        older.insert(id, record.created_at);
                    }
                    None => {}
                }
            }
        }
        Ok(older)
    }

    /// Of the same payments one approval is open at a time: a customer who is asked twice could confirm twice, and guess twice as often. Of
    /// two that are made at once the later one stays.
    async fn replace_older(&self, record: &mut Record) -> Result<(), AppError> {
        let Some(confirmation) = record.source.confirmation() else {
            return Ok(());
        };
        let older = self.find_older(&record.owner, confirmation, Some(&record.id)).await?;
        let mut failed_attempts = 0;
        for id in older.into_keys() {
            let (_, gave_way) = self
                .update_record(&id, |record, now| record.supersede_same_payments(now))
                .await?;
            failed_attempts = gave_way?.max(failed_attempts);
        }
        if failed_attempts > 0 {
            let (inherited, ()) = self
                .update_record(&record.id, move |record, _| {
                    record.progress.failed_attempts = record.progress.failed_attempts.max(failed_attempts);
                })
                .await?;
            *record = inherited;
        }
        Ok(())
    }

    async fn make(
        &self,
        owner: String,
        access_token: Secret,
        confirmation: Confirmation,
        action: Action,
    ) -> Result<Created, AppError> {
        let older = self.find_older(&owner, &confirmation, None).await?;
        let provider = self.confirming(&confirmation.provider)?.provider;
        let active = provider.active_factors(&access_token).await?;
        let challenge =
            challenge(provider.factors(), &active).ok_or_else(|| AppError::new(ProblemCode::FactorNotSetUp))?;
        let now = self.now();
        // Newer than those also within one millisecond, and where another machine's clock is ahead.
        let created_at = older
            .into_values()
            .map(|made_at| made_at.plus(Duration::from_millis(1)))
            .fold(now, Timestamp::max);
        let record = Record {
            id: random::name("appr_").map_err(AppError::internal)?,
            owner,
            version: 1,
            status: Status::Pending,
            reason: None,
            action,
            request: None,
            source: Source::Confirmation(confirmation),
            created_at,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            consumed_at: None,
            progress: Progress {
                challenges: vec![challenge],
                steps: Some(1),
                ..Progress::default()
            },
        };
        let new = NewRecord {
            tokens: Tokens {
                access_token: Some(access_token),
                one_time_token: None,
            },
            client_secret: random::client_secret(&record.id).map_err(AppError::internal)?,
            record,
        };
        match self.0.store.insert(&new).await? {
            InsertResult::New => {}
            InsertResult::Replacing(_) | InsertResult::Superseded | InsertResult::Exempt | InsertResult::Known(_) => {
                return Err(AppError::new(ProblemCode::Internal).with_source("a confirmation met a transfer"));
            }
        }
        let mut new = new;
        if let Err(error) = self.replace_older(&mut new.record).await {
            // Nobody has its secret: it must not stay open beside the one that the customer is about to confirm.
            if let Err(left_open) = self.update_record(&new.record.id, Record::supersede).await {
                tracing::error!(approval = new.record.id, error = ?left_open, "an approval that nobody was told of stays open");
            }
            return Err(error);
        }
        self.0.metrics.approval_created();
        tracing::info!(
            approval = new.record.id,
            source = new.record.source.name(),
            owner = new.record.owner,
            "approval made"
        );
        Ok(Created {
            record: new.record,
            client_secret: new.client_secret,
        })
    }
}

fn invalid(why: &'static str) -> AppError {
    AppError::new(ProblemCode::InvalidRequest).with_source(why)
}

/// The ids in the provider's form. No id may come twice: two amounts would be shown for one payment.
fn resource_ids(provider: &dyn Confirmations, texts: &[String]) -> Result<Vec<ResourceId>, AppError> {
    let ids = texts.iter().map(|text| provider.resource_id(text));
    ids.collect::<Option<_>>()
        .ok_or_else(|| invalid("an id is not in the provider's form"))
}

/// Reads payments, in the order in which they are named; `None` for one that the provider does not know as the customer's.
async fn read_all(
    provider: &dyn Confirmations,
    token: &Secret,
    kind: &ResourceKind,
    ids: &[ResourceId],
) -> Result<Vec<Option<PaymentDetails>>, AppError> {
    let reads: Vec<_> = ids.iter().map(|id| provider.read_payment(token, kind, id)).collect();
    Ok(stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?)
}

/// One challenge with every factor that the customer can use, in the provider's order; `None` when there is none.
fn challenge(offered: &[Factor], active: &[Factor]) -> Option<Challenge> {
    let mut options = offered
        .iter()
        .filter(|factor| active.contains(factor))
        .map(|factor| FactorOption {
            digits: match factor.handling() {
                Handling::Code => Some(6),
                Handling::Secret | Handling::Phone | Handling::Frame | Handling::Unsupported => None,
            },
            factor: factor.clone(),
            availability: Availability::Available,
        });
    Some(Challenge {
        id: "1".into(),
        primary: options.next()?,
        alternatives: options.collect(),
        required: true,
        passed: false,
        delivery: None,
        face: None,
        setback: None,
    })
}
