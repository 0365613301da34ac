use std::time::Duration;

use std::collections::BTreeMap;

use sca_protocol::{
    Action, Availability, Challenge, FactorOption, Payment, PlainText, Status, Timestamp, action::Payments,
    api::ProblemCode, factor::Handling,
};

use super::{
    super::{Backend, Created},
    poll::read_all,
};
use crate::{
    decision::{
        Confirmation, ConfirmationTarget, LinkedPayment, PaymentPhase, Progress, Record, Refusal, Source, phase_of,
    },
    problem::AppError,
    providers::weavr::{
        Channel,
        batch::BatchState,
        factors::FactorState,
        resource::{Exemption, Resource, ResourceId, ResourceType, State},
    },
    random,
    secret::Secret,
    store::{InsertResult, NewRecord, Tokens},
};

/// The channels in the order in which they are offered.
const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::Authy, Channel::Biometric];

/// Payments that are to be confirmed.
#[derive(Debug)]
pub struct NewConfirmation {
    /// Whose the approval is.
    pub owner: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// Of which kind the payments are.
    pub kind: ResourceType,
    /// The payments.
    pub ids: Vec<ResourceId>,
    /// Who is paid, for each of them, where Weavr does not say. None, or as many as there are payments.
    pub payees: Vec<PlainText>,
    /// Where codes go, masked.
    pub destination: Option<PlainText>,
}

/// A session that is to be good for more.
#[derive(Debug)]
pub struct NewStepUp {
    /// Whose the approval is.
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
    /// Whose the approval is.
    pub owner: String,
    /// The customer's access token.
    pub access_token: Secret,
    /// Weavr's name for the batch.
    pub batch: ResourceId,
    /// Who they are.
    pub action: Action,
    /// Where codes go, masked.
    pub destination: Option<PlainText>,
}

/// What is to be done about payments.
#[derive(Debug)]
pub enum ConfirmationAnswer {
    /// Nothing: Weavr has exempted them all.
    Exempt,
    /// The customer has to confirm.
    Held(Box<Created>),
}

impl Backend {
    /// Has payments that wait at Weavr confirmed by their customer. Those that wait are what is shown and bound; of the others each was
    /// let through before.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when Weavr does not know one of them as the customer's, [`ProblemCode::NoPendingPayment`] when none
    /// waits or one has ended, [`ProblemCode::FactorNotSetUp`] when the customer has no way to confirm, and
    /// [`ProblemCode::InvalidRequest`] for several where the deprecated endpoints are in use: each would have a code of its own.
    pub async fn confirm(&self, new: NewConfirmation) -> Result<ConfirmationAnswer, AppError> {
        let weavr = self.weavr()?;
        let read = read_all(weavr, &new.access_token, new.kind, &new.ids).await?;
        let unknown =
            || AppError::new(ProblemCode::NotFound).with_source("Weavr does not know one of them as the customer's");
        let resources: Vec<Resource> = read.into_iter().collect::<Option<_>>().ok_or_else(unknown)?;
        if resources.iter().all(is_exempt) {
            return Ok(ConfirmationAnswer::Exempt);
        }
        let let_through =
            |resource: &&Resource| is_exempt(resource) || phase_of(&resource.state) == PaymentPhase::Cleared;
        let waiting = |resource: &&Resource| phase_of(&resource.state) == PaymentPhase::Waiting;
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
        if bound.len() > 1 && !weavr.confirms_together() {
            return Err(AppError::new(ProblemCode::InvalidRequest)
                .with_source("the deprecated endpoints have a code for each payment: hand them in one by one"));
        }
        let confirmation = Confirmation {
            target: ConfirmationTarget::Payments {
                kind: new.kind,
                payments: bound,
            },
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
            target: ConfirmationTarget::StepUp,
            destination: new.destination,
        };
        self.make(new.owner, new.access_token, confirmation, new.action).await
    }

    /// Has payees trusted.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when Weavr does not know the batch as the customer's, [`ProblemCode::NoPendingPayment`] when it does not
    /// wait, [`ProblemCode::FactorNotSetUp`] when the customer has no way to confirm.
    pub async fn trust_payees(&self, new: NewPayeeBatch) -> Result<Created, AppError> {
        let state = self.weavr()?.batch(&new.access_token, &new.batch).await?;
        match state {
            Some(BatchState::PendingChallenge) => {}
            Some(
                BatchState::Initialised
                | BatchState::Failed
                | BatchState::ChallengeFailed
                | BatchState::ChallengeCompleted
                | BatchState::Completed
                | BatchState::Other(_),
            ) => return Err(AppError::new(ProblemCode::NoPendingPayment).with_source("the batch does not wait")),
            None => return Err(AppError::new(ProblemCode::NotFound).with_source("Weavr does not know the batch")),
        }
        let confirmation = Confirmation {
            target: ConfirmationTarget::PayeeBatch(new.batch),
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
        let factors = self.weavr()?.factors(&access_token).await?;
        let challenge = challenge(&factors).ok_or_else(|| AppError::new(ProblemCode::FactorNotSetUp))?;
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

/// Whether Weavr has let a payment through, and says why.
fn is_exempt(resource: &Resource) -> bool {
    let exempted = match &resource.exemption {
        Some(Exemption::LowValue | Exemption::TrustedBeneficiary) => true,
        Some(Exemption::NoExemption | Exemption::NotEnabled | Exemption::Other(_)) | None => false,
    };
    // A word that is not known lets nothing through.
    let on_its_way = match &resource.state {
        State::Initialised
        | State::Pending
        | State::Scheduled
        | State::Submitted
        | State::Approved
        | State::Completed => true,
        State::Invalid
        | State::Undefined
        | State::PendingConfirmation
        | State::PendingChallenge
        | State::Rejected
        | State::Failed
        | State::Returned
        | State::Cancelled
        | State::Other(_) => false,
    };
    exempted && on_its_way
}

/// One step with every way that the customer has; `None` when there is none.
fn challenge(factors: &[FactorState]) -> Option<Challenge> {
    let active = |channel: &Channel| factors.iter().any(|factor| factor.active() == Some(*channel));
    let mut options = CHANNELS.into_iter().filter(active).map(|channel| {
        let factor = channel.factor();
        FactorOption {
            digits: match factor.handling() {
                Handling::Code => Some(6),
                Handling::Secret | Handling::Phone | Handling::Frame | Handling::Unsupported => None,
            },
            factor,
            availability: Availability::Available,
        }
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

#[cfg(test)]
mod tests {
    use sca_protocol::{Currency, Money};

    use super::*;

    #[test]
    fn only_what_is_known_to_be_on_its_way_and_exempt_is_let_through() {
        let resource = |state: &str, exemption: Option<&str>| Resource {
            kind: ResourceType::Sends,
            id: ResourceId::new("115").unwrap(),
            state: State::from_name(state),
            amount: Money::new(1, Currency::new("EUR").unwrap()).unwrap(),
            payee: None,
            account_tail: None,
            reference: None,
            rejected_by: None,
            exemption: exemption.map(Exemption::from_name),
        };
        let known = [
            "INITIALISED",
            "PENDING",
            "SCHEDULED",
            "SUBMITTED",
            "APPROVED",
            "COMPLETED",
        ];
        let others = [
            "INVALID",
            "UNDEFINED",
            "PENDING_CONFIRMATION",
            "PENDING_CHALLENGE",
            "REJECTED",
            "FAILED",
            "RETURNED",
            "CANCELLED",
            "LEVITATING",
            "completed",
        ];
        for exemption in [
            Some("LOW_VALUE"),
            Some("TRUSTED_BENEFICIARY"),
            Some("NO_EXEMPTION"),
            Some("NOT_ENABLED"),
            Some("NEW_ONE"),
            None,
        ] {
            let exempted = matches!(exemption, Some("LOW_VALUE" | "TRUSTED_BENEFICIARY"));
            for state in known {
                assert_eq!(
                    is_exempt(&resource(state, exemption)),
                    exempted,
                    "{state} {exemption:?}"
                );
            }
            for state in others {
                assert!(!is_exempt(&resource(state, exemption)), "{state} {exemption:?}");
            }
        }
    }
}
