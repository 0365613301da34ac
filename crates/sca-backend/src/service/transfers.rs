//! Holding a transfer until the customer is verified.

use sca_protocol::{
    Action, Availability, Challenge, Factor, FactorOption, Payment, Status, action::Payments, api::ProblemCode,
};

use super::Backend;
use crate::problem::AppError;
use sca_core::{Progress, Record, Region, Source, Transfer, secret::Secret};
use sca_runtime::random;
use sca_store::{Exempted, InsertResult, NewRecord, Tokens, TransferVersion};

/// The parameters of a hold.
#[derive(Debug)]
pub struct NewTransfer {
    /// The name of the partner's API key.
    pub owner: String,
    /// The transfer.
    pub transfer: Transfer,
    /// The destination region, for the exemption policy.
    pub region: Region,
    /// The payment.
    pub payment: Payment,
}

/// The result of a hold request.
#[derive(Debug)]
pub enum HoldResult {
    /// The transfer is exempt (Delegated Regulation (EU) 2018/389, article 16): the partner may execute it.
    Exempt,
    /// The transfer is held. The secret is the widget's credential, which is returned once.
    Held(Record, Secret),
    /// An earlier call held it.
    Known(Record),
}

impl Backend {
    /// Holds a transfer, unless it is exempt.
    ///
    /// # Errors
    /// [`ProblemCode::NotFound`] when no provider with hosted sessions is configured. [`ProblemCode::TransferChanged`] when an earlier
    /// call held this version with other data, or another version is newer, approved, exempt or finally declined.
    pub async fn hold(&self, new: NewTransfer) -> Result<HoldResult, AppError> {
        self.0.providers.hosted_sessions()?;
        let known = self
            .0
            .store
            .by_transfer(&new.owner, &new.transfer.transfer, new.transfer.version)
            .await?;
        let amount = new.payment.amount;
        let action = Action::Payments(
            Payments::new(vec![new.payment])
                .ok_or_else(|| AppError::new(ProblemCode::InvalidRequest).with_source("no payment"))?,
        );
        if let Some(known) = known {
            return self.held_before(known, &action, &new.transfer).await;
        }
        if let Some(reason) = self.0.settings.faces.policy.exemption_reason(amount, new.region) {
            let version = TransferVersion {
                owner: &new.owner,
                wire: &new.transfer,
                action: &action,
            };
            match self.0.store.exempt(&version, &reason, self.now()).await? {
                Exempted::Kept(older) => {
                    // The older versions can no longer be approved.
                    older.iter().for_each(|updated| self.publish_effects(updated));
                    self.0.metrics.transfer_decided("exempt");
                    return Ok(HoldResult::Exempt);
                }
                Exempted::Superseded => return Err(self.superseded()),
                Exempted::Held(known) => return self.held_before(*known, &action, &new.transfer).await,
                // The cumulative limit is reached, so the customer has to authenticate.
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
            source: Source::Transfer(new.transfer.clone()),
            created_at: now,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            consumed_at: None,
            progress: Progress {
                challenges: vec![face_challenge()],
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
            // The partner may have executed the exempt transfer, so the result stays the same.
            InsertResult::Exempt => return Ok(HoldResult::Exempt),
            InsertResult::Known(known) => {
                return self.held_before(*known, &new_record.record.action, &new.transfer).await;
            }
        }
        self.0.metrics.approval_created();
        self.0.metrics.transfer_decided("held");
        tracing::info!(
            approval = new_record.record.id,
            transfer = new.transfer.transfer,
            "transfer held"
        );
        Ok(HoldResult::Held(new_record.record, new_record.client_secret))
    }

    /// The problem of a version that must not be executed: a newer version is held, another one is approved or exempt, the customer
    /// denied another one, or fraud is suspected.
    fn superseded(&self) -> AppError {
        self.0.metrics.transfer_decided("superseded");
        AppError::new(ProblemCode::TransferChanged)
            .with_source("another version of the transfer is newer, or rules out any further one")
    }

    /// The result for a version that was held before. Its data must not differ, because the customer was shown the stored data.
    async fn held_before(&self, known: Record, action: &Action, transfer: &Transfer) -> Result<HoldResult, AppError> {
        if known.action != *action || known.source.transfer() != Some(transfer) {
            self.0.metrics.transfer_decided("changed");
            return Err(AppError::new(ProblemCode::TransferChanged));
        }
        Ok(HoldResult::Known(self.expire_record_if_due(known).await?))
    }
}

fn face_challenge() -> Challenge {
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
        step_failure: None,
    }
}
