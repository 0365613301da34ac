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
use crate::problem::AppError;
use sca_runtime::random;
use sca_store::{InsertResult, NewRecord, Tokens};

/// The parameters of a confirmation of payments.
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
    /// The payees' names, in the order of the payments, where the provider does not report them. Empty, or one for each payment.
    pub payees: Vec<PlainText>,
    /// The masked phone number that codes are sent to.
    pub destination: Option<PlainText>,
}

/// The parameters of a step-up.
#[derive(Debug)]
pub struct NewStepUp {
    /// The provider.
    pub provider: ProviderId,
    /// The partner that owns the approval.
    pub owner: String,
    /// The access token of the customer's session.
    pub access_token: Secret,
    /// What the customer approves.
    pub action: Action,
    /// The masked phone number that codes are sent to.
    pub destination: Option<PlainText>,
}

/// The parameters of a confirmation of payees.
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
    /// The payees that the customer approves.
    pub action: Action,
    /// The masked phone number that codes are sent to.
    pub destination: Option<PlainText>,
}

/// The result of a confirmation request.
#[derive(Debug)]
pub enum ConfirmationAnswer {
    /// The provider exempted all payments, so the customer has nothing to confirm.
    Exempt,
    /// The customer has to confirm.
    Held(Box<Created>),
}

impl Backend {
    /// Creates an approval for payments that wait at a provider. Only the pending payments are shown and linked. The others have to be
    /// exempt or in execution.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when a payment does not exist or is not the customer's, [`ProblemCode::NoPendingPayment`] when none is
    /// pending or one has ended, [`ProblemCode::FactorNotSetUp`] when the customer has no active factor, and
    /// [`ProblemCode::InvalidRequest`] for several payments where the provider confirms only one at a time.
    pub async fn confirm(&self, new: NewConfirmation) -> Result<ConfirmationAnswer, AppError> {
        let provider = self.confirmation_provider(&new.provider)?.api;
        let kind = provider
            .resource_kind(&new.kind)
            .ok_or_else(|| invalid("this kind of payment is not supported"))?;
        let ids: Vec<ResourceId> = resource_ids(provider, &new.ids)?;
        let is_named = new.payees.len() == ids.len();
        if !is_named && (!new.payees.is_empty() || !provider.reports_payees(&kind)) {
            return Err(invalid("the number of payees differs from the number of payments"));
        }
        let read = read_all(provider, &new.access_token, &kind, &ids).await?;
        let unknown =
            || AppError::new(ProblemCode::NotFound).with_source("a payment does not exist or is not the customer's");
        let resources: Vec<PaymentDetails> = read.into_iter().collect::<Option<_>>().ok_or_else(unknown)?;
        if resources.iter().all(PaymentDetails::is_exempt) {
            return Ok(ConfirmationAnswer::Exempt);
        }
        let is_cleared = |resource: &&PaymentDetails| resource.is_exempt() || resource.phase.is_executing();
        let is_pending = |resource: &&PaymentDetails| resource.phase == PaymentPhase::Waiting;
        let not_pending = |why: &'static str| AppError::new(ProblemCode::NoPendingPayment).with_source(why);
        if !resources
            .iter()
            .all(|resource| is_cleared(&resource) || is_pending(&resource))
        {
            return Err(not_pending("a payment has ended or is in an unknown state"));
        }
        let mut shown = Vec::new();
        let mut bound = Vec::new();
        for (place, resource) in resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| is_pending(resource))
        {
            let payee = resource.payee.as_ref().or_else(|| new.payees.get(place));
            let payee = payee
                .ok_or_else(|| AppError::new(ProblemCode::InvalidRequest).with_source("a payee's name is missing"))?;
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
        let action = action.ok_or_else(|| not_pending("no payment is pending"))?;
        if bound.len() > 1 && !provider.confirms_many() {
            return Err(invalid("the provider confirms only one payment at a time"));
        }
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::Payments { kind, payments: bound },
            destination: new.destination,
        };
        let created = self
            .create_confirmation(new.owner, new.access_token, confirmation, action)
            .await?;
        Ok(ConfirmationAnswer::Held(Box::new(created)))
    }

    /// Creates an approval for a step-up of the customer's session.
    ///
    /// # Errors
    /// [`ProblemCode::FactorNotSetUp`] when the customer has no active factor.
    pub async fn step_up(&self, new: NewStepUp) -> Result<Created, AppError> {
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::StepUp,
            destination: new.destination,
        };
        self.create_confirmation(new.owner, new.access_token, confirmation, new.action)
            .await
    }

    /// Creates an approval for a batch of payees.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when the batch does not exist or is not the customer's, [`ProblemCode::NoPendingPayment`] when it is not
    /// pending, [`ProblemCode::FactorNotSetUp`] when the customer has no active factor.
    pub async fn trust_payees(&self, new: NewPayeeBatch) -> Result<Created, AppError> {
        let provider = self.confirmation_provider(&new.provider)?.api;
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
            ) => return Err(AppError::new(ProblemCode::NoPendingPayment).with_source("the batch is not pending")),
            None => {
                return Err(AppError::new(ProblemCode::NotFound)
                    .with_source("the batch does not exist or is not the customer's"));
            }
        }
        let confirmation = Confirmation {
            provider: new.provider,
            target: ConfirmationTarget::PayeeBatch(batch),
            destination: new.destination,
        };
        self.create_confirmation(new.owner, new.access_token, confirmation, new.action)
            .await
    }

    /// The partner's open approvals with one of the same resources, and when they were created. Without those newer than `than`.
    ///
    /// # Errors
    /// [`ProblemCode::RequestInProgress`] when one of them is past cancellation.
    async fn find_older(
        &self,
        owner: &str,
        confirmation: &Confirmation,
        than: Option<&str>,
    ) -> Result<BTreeMap<String, Timestamp>, AppError> {
        let mut older = BTreeMap::new();
        for correlation_key in confirmation.correlation_keys() {
            let open = self.0.store.open_by_correlation_key(&correlation_key).await?;
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

    /// Supersedes older approvals of the same resources, so that only one is open. Two open ones would allow two confirmations, and twice
    /// the failed attempts. Of two that are created at the same time the later one stays open.
    async fn replace_older(&self, record: &mut Record) -> Result<(), AppError> {
        let Some(confirmation) = record.source.confirmation() else {
            return Ok(());
        };
        let older = self.find_older(&record.owner, confirmation, Some(&record.id)).await?;
        let mut failed_attempts = 0;
        for id in older.into_keys() {
            let (_, superseded) = self
                .update_record(&id, |record, now| record.supersede_same_payments(now))
                .await?;
            failed_attempts = superseded?.max(failed_attempts);
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

    async fn create_confirmation(
        &self,
        owner: String,
        access_token: Secret,
        confirmation: Confirmation,
        action: Action,
    ) -> Result<Created, AppError> {
        let older = self.find_older(&owner, &confirmation, None).await?;
        let provider = self.confirmation_provider(&confirmation.provider)?.api;
        let active = provider.active_factors(&access_token).await?;
        let challenge =
            challenge(provider.factors(), &active).ok_or_else(|| AppError::new(ProblemCode::FactorNotSetUp))?;
        let now = self.now();
        // Newer than the older ones, even within one millisecond or where another instance's clock is ahead.
        let created_at = older
            .into_values()
            .map(|created_at| created_at.plus(Duration::from_millis(1)))
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
                return Err(AppError::new(ProblemCode::Internal)
                    .with_source("a confirmation conflicts with a version of a transfer"));
            }
        }
        let mut new = new;
        if let Err(error) = self.replace_older(&mut new.record).await {
            // Its secret was not delivered, so it must not stay open beside the one that the customer is confirming.
            if let Err(left_open) = self.update_record(&new.record.id, Record::supersede).await {
                tracing::error!(approval = new.record.id, error = ?left_open, "orphaned approval stays open: its response was not delivered");
            }
            return Err(error);
        }
        self.0.metrics.approval_created();
        tracing::info!(
            approval = new.record.id,
            source = new.record.source.name(),
            owner = new.record.owner,
            "approval created"
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

/// Parses the ids.
fn resource_ids(provider: &dyn Confirmations, texts: &[String]) -> Result<Vec<ResourceId>, AppError> {
    let ids = texts.iter().map(|text| provider.resource_id(text));
    ids.collect::<Option<_>>()
        .ok_or_else(|| invalid("an id is not in the provider's form"))
}

/// Reads payments in the order of the ids; `None` for one that does not exist or is not the customer's.
async fn read_all(
    provider: &dyn Confirmations,
    token: &Secret,
    kind: &ResourceKind,
    ids: &[ResourceId],
) -> Result<Vec<Option<PaymentDetails>>, AppError> {
    let reads: Vec<_> = ids.iter().map(|id| provider.read_payment(token, kind, id)).collect();
    Ok(stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await?)
}

/// A challenge with every active factor, in the provider's order; `None` when there is none.
fn challenge(offered: &[Factor], active: &[Factor]) -> Option<Challenge> {
    let mut options = offered
        .iter()
        .filter(|factor| active.contains(factor))
        .map(|factor| FactorOption {
            digits: match factor.handling() {
                Handling::Code => Some(6),
                Handling::Secret
                | Handling::Device(_)
                | Handling::FaceScan(_)
                | Handling::Phone
                | Handling::Frame(_)
                | Handling::Unsupported => None,
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
        step_failure: None,
    })
}
