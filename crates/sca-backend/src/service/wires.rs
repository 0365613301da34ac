//! Holding a transfer until its customer has been recognised.

use sca_protocol::{
    Action, Availability, Challenge, Factor, FactorOption, Payment, Status, action::Payments, wire::ProblemCode,
};

use super::Backend;
use crate::{
    decision::{Progress, Record, Source, Wire},
    policy::Region,
    problem::AppError,
    random,
    secret::Secret,
    store::{Exempted, Inserted, NewRecord, Tokens, TransferVersion},
};

/// A transfer that the partner is asked to carry out.
#[derive(Debug)]
pub struct NewWire {
    /// Whose it is.
    pub owner: String,
    /// The transfer.
    pub wire: Wire,
    /// Where it goes.
    pub region: Region,
    /// What is paid.
    pub payment: Payment,
}

/// What is to be done with a transfer.
#[derive(Debug)]
pub enum WireAnswer {
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
    pub async fn hold(&self, new: NewWire) -> Result<WireAnswer, AppError> {
        if self.0.providers.facesign.is_none() {
            return Err(AppError::new(ProblemCode::NotFound).because("[facesign] is not configured"));
        }
        let known = self
            .0
            .store
            .by_wire(&new.owner, &new.wire.transfer, new.wire.version)
            .await?;
        let amount = new.payment.amount;
        let action = Action::Payments(
            Payments::new(vec![new.payment])
                .ok_or_else(|| AppError::new(ProblemCode::Malformed).because("no payment"))?,
        );
        if let Some(known) = known {
            return self.held_before(known, &action, &new.wire).await;
        }
        if let Some(ground) = self.0.settings.faces.policy.ground(amount, new.region) {
            let version = TransferVersion {
                owner: &new.owner,
                wire: &new.wire,
                action: &action,
            };
            match self.0.store.exempt(&version, &ground, self.now()).await? {
                Exempted::Kept(older) => {
                    // Nobody may go on approving what it was before.
                    older.iter().for_each(|updated| self.after(updated));
                    self.0.metrics.wire("exempt");
                    return Ok(WireAnswer::Exempt);
                }
                Exempted::Overtaken => return Err(self.overtaken()),
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
            source: Source::Wire(new.wire.clone()),
            created_at: now,
            expires_at: now.plus(self.0.settings.lifetime),
            settled_at: None,
            spent_at: None,
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
            Inserted::New => {}
            Inserted::Replacing(older) => older.iter().for_each(|updated| self.after(updated)),
            Inserted::Overtaken => return Err(self.overtaken()),
            // It was so once, and the partner may have carried it out: that stays the answer.
            Inserted::Exempt => return Ok(WireAnswer::Exempt),
            Inserted::Known(known) => return self.held_before(*known, &new_record.record.action, &new.wire).await,
        }
        self.0.metrics.created();
        self.0.metrics.wire("held");
        tracing::info!(
            approval = new_record.record.id,
            transfer = new.wire.transfer,
            "transfer held"
        );
        Ok(WireAnswer::Held(new_record.record, new_record.client_secret))
    }

    /// A newer version is held, or one is approved or exempt and is being carried out: this one must not be carried out beside it. Or
    /// one was not the customer's, or a deception: that is not tried again.
    fn overtaken(&self) -> AppError {
        self.0.metrics.wire("overtaken");
        AppError::transfer_changed().because("another version of the transfer is newer, or rules out any further one")
    }

    /// The same version of a transfer is one transfer: whatever else it says now, it was not what the customer is shown.
    async fn held_before(&self, known: Record, action: &Action, wire: &Wire) -> Result<WireAnswer, AppError> {
        if known.action != *action || known.source.wire() != Some(wire) {
            self.0.metrics.wire("changed");
            return Err(AppError::transfer_changed());
        }
        Ok(WireAnswer::Known(self.fresh(known).await?))
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
