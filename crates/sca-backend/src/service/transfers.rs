//! Holding a transfer until its customer has been recognised.

use sca_protocol::{
    Action, Availability, Challenge, Factor, FactorOption, Payment, Status, action::Payments, api::ProblemCode,
};

use super::Backend;
use crate::{
    policy::Region,
    problem::AppError,
    random,
    store::{Exempted, InsertResult, NewRecord, Tokens, TransferVersion},
};
use sca_core::secret::Secret;
use sca_core::{Progress, Record, Source, Transfer};

/// A transfer that the partner is asked to carry out.
#[derive(Debug)]
pub struct NewTransfer {
    /// Whose it is.
    pub owner: String,
    /// The transfer.
    pub wire: Transfer,
    /// Where it goes.
    pub region: Region,
    /// What is paid.
    pub payment: Payment,
}

/// What is to be done with a transfer.
#[derive(Debug)]
pub enum HoldResult {
    /// It need not be held.
    Exempt,
    /// It is held. The secret is what the widget calls with; nobody can be told it again.
    Held(Record, Secret),
    /// It is held since an earlier call.
    Known(Record),
}

impl Backend {
    /// Holds a transfer, or says that it need not be.
    ///
    /// # Errors
    /// When nothing that recognises customers is configured, the same version of the transfer was
    /// something else before, or another version of it is newer, carried out already, or was declined for good.
    pub async fn hold(&self, new: NewTransfer) -> Result<HoldResult, AppError> {
        self.0.providers.hosted_sessions()?;
        let known = self
            .0
            .store
            .by_transfer(&new.owner, &new.wire.transfer, new.wire.version)
            .await?;
        let amount = new.payment.amount;
        let action = Action::Payments(
            Payments::new(vec![new.payment])
                .ok_or_else(|| AppError::new(ProblemCode::InvalidRequest).with_source("no payment"))?,
        );
        if let Some(known) = known {
            return self.held_before(known, &action, &new.wire).await;
        }
        if let Some(ground) = self.0.settings.faces.policy.exemption_reason(amount, new.region) {
            let version = TransferVersion {
                owner: &new.owner,
                wire: &new.wire,
                action: &action,
            };
            match self.0.store.exempt(&version, &ground, self.now()).await? {
                Exempted::Kept(older) => {
                    // Nobody may go on approving what it was before.
                    older.iter().for_each(|updated| self.publish_effects(updated));
                    self.0.metrics.transfer_decided("exempt");
                    return Ok(HoldResult::Exempt);
                }
                Exempted::Superseded => return Err(self.superseded()),
                Exempted::Held(known) => return self.held_before(*known, &action, &new.wire).await,
                // It is time that the customer is recognised.
                Exempted::UsedUp => {}
            }
        }
        let now = self.now();
        let record = Record {
            id: random::name("appr_").map_err(AppError::internal)?,
            owner: new.owner,
            version: 1,
            status: Status::Pending,
            reason: None,
            action,
            request: None,
            source: Source::Transfer(new.wire.clone()),
            created_at: now,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            consumed_at: None,
            progress: Progress {
                challenges: vec![face()],
                steps: Some(1),
                ..Progress::default()
            },
        };
        let new_record = NewRecord {
            client_secret: random::client_secret(&record.id).map_err(AppError::internal)?,
            record,
            tokens: Tokens {
                access_token: None,
                one_time_token: None,
            },
        };
        match self.0.store.insert(&new_record).await? {
            InsertResult::New => {}
            InsertResult::Replacing(older) => older.iter().for_each(|updated| self.publish_effects(updated)),
            InsertResult::Superseded => return Err(self.superseded()),
            // It was so once, and the partner may have carried it out: that stays the answer.
            InsertResult::Exempt => return Ok(HoldResult::Exempt),
            InsertResult::Known(known) => return self.held_before(*known, &new_record.record.action, &new.wire).await,
        }
        self.0.metrics.approval_created();
        self.0.metrics.transfer_decided("held");
        tracing::info!(
            approval = new_record.record.id,
            transfer = new.wire.transfer,
            "transfer held"
        );
        Ok(HoldResult::Held(new_record.record, new_record.client_secret))
    }

    /// A newer version is held, or one is approved or exempt and is being carried out: this one must not be carried out beside it. Or
    /// one was not the customer's, or a deception: that is not tried again.
    fn superseded(&self) -> AppError {
        self.0.metrics.transfer_decided("superseded");
        AppError::new(ProblemCode::TransferChanged)
            .with_source("another version of the transfer is newer, or rules out any further one")
    }

    /// The same version of a transfer is one transfer: whatever else it says now, it was not what the customer is shown.
    async fn held_before(&self, known: Record, action: &Action, wire: &Transfer) -> Result<HoldResult, AppError> {
        if known.action != *action || known.source.transfer() != Some(wire) {
            self.0.metrics.transfer_decided("changed");
            return Err(AppError::new(ProblemCode::TransferChanged));
        }
        Ok(HoldResult::Known(self.expire_record_if_due(known).await?))
    }
}

fn face() -> Challenge {
    Challenge {
        id: "1".into(),
        primary: FactorOption {
            factor: Factor::Face,
            availability: Availability::Available,
            digits: None,
        },
        alternatives: Vec::new(),
        required: true,
        passed: false,
        delivery: None,
        face: None,
        setback: None,
    }
}
