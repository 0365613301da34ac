use sca_protocol::{Action, Reason, Status, Timestamp};
use serde_json::{Value, json};

use super::{Confirmation, Record, Transfer};

/// The type of an outbound event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventType {
    /// A transfer was approved. The partner executes it, once for each message id.
    TransferExecute,
    /// A transfer was declined. `escalate` is true where fraud is suspected.
    TransferBlocked,
    /// An approval was settled.
    ApprovalSettled,
    /// A payment was executed at the provider although its approval was settled without approval.
    PaymentExecutedAfterSettlement,
    /// A customer enrolled a factor.
    FactorEnrolled,
    /// A customer removed a factor.
    FactorRemoved,
}

impl EventType {
    /// The name in the message, such as `transfer.execute`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransferExecute => "transfer.execute",
            Self::TransferBlocked => "transfer.blocked",
            Self::ApprovalSettled => "approval.settled",
            Self::PaymentExecutedAfterSettlement => "payment.executed_after_settlement",
            Self::FactorEnrolled => "factor.enrolled",
            Self::FactorRemoved => "factor.removed",
        }
    }
}

/// An event for the partner's server.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboundEvent {
    /// The type.
    pub kind: EventType,
    /// The payload: a JSON object.
    pub data: serde_json::Value,
}

/// An event after settlement.
#[derive(Clone, Debug, PartialEq)]
pub struct LateEvent {
    /// The event.
    pub event: OutboundEvent,
    /// The provider's id of the resource, where an approval can have one such event for each of several resources.
    pub resource: Option<String>,
    /// When it was observed.
    pub observed_at: Timestamp,
}

impl Record {
    /// The events of a settled approval. The store writes them in the transaction of the settlement.
    ///
    /// Every settlement has [`EventType::ApprovalSettled`]. An approved transfer adds [`EventType::TransferExecute`], a declined one
    /// [`EventType::TransferBlocked`].
    #[must_use]
    pub fn outbound_events(&self) -> Vec<OutboundEvent> {
        let mut events = vec![OutboundEvent {
            kind: EventType::ApprovalSettled,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "transfer": self.source.transfer().map(|transfer| &transfer.transfer),
                "version": self.source.transfer().map(|transfer| transfer.version),
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_kind),
                "resources": self.source.confirmation().map(Confirmation::resources),
                // The provider executes these even if the approval was not approved.
                "cleared": self.source.confirmation().map(|_| &self.progress.confirmation.cleared),
            }),
        }];
        let Some(transfer) = self.source.transfer() else {
            return events;
        };
        match self.status {
            Status::Approved => events.push(OutboundEvent {
                kind: EventType::TransferExecute,
                data: self.transfer_data(transfer),
            }),
            Status::Declined => {
                events.push(self.blocked(transfer, self.reason.as_ref()));
            }
            Status::Pending | Status::Cancelled | Status::Expired | Status::Failed | Status::Other(_) => {}
        }
        events
    }

    /// The events after settlement that are new since the record was as in `before`.
    #[must_use]
    pub fn late_events(&self, before: &Self) -> Vec<LateEvent> {
        let signal = self.progress.face.fraud_signal.as_ref();
        let signal = signal.filter(|_| before.progress.face.fraud_signal.is_none());
        let signal = signal.and_then(|signal| {
            Some(LateEvent {
                event: self.fraud_signal_event()?,
                resource: None,
                observed_at: signal.at,
            })
        });
        let known = &before.progress.confirmation.executed_late;
        let executed_late = self.progress.confirmation.executed_late.iter();
        let executed_late = executed_late
            .filter(|(id, _)| !known.contains_key(*id))
            .map(|(id, at)| LateEvent {
                event: self.executed_after_settlement_event(id),
                resource: Some(id.clone()),
                observed_at: *at,
            });
        signal.into_iter().chain(executed_late).collect()
    }

    /// The partner must not create the payment again, because the provider executes it.
    fn executed_after_settlement_event(&self, id: &str) -> OutboundEvent {
        OutboundEvent {
            kind: EventType::PaymentExecutedAfterSettlement,
            data: json!({
                "id": self.id,
                "owner": self.owner,
                "status": self.status,
                "reason": self.reason,
                "resourceType": self.source.confirmation().and_then(Confirmation::resource_kind),
                "resources": self.source.confirmation().map(Confirmation::resources),
                "executedPayment": id,
            }),
        }
    }

    /// The event of a fraud signal after settlement, whatever the status: the partner may still be able to stop an approved transfer.
    fn fraud_signal_event(&self) -> Option<OutboundEvent> {
        let signal = self.progress.face.fraud_signal.as_ref()?;
        Some(self.blocked(self.source.transfer()?, Some(&signal.reason)))
    }

    fn blocked(&self, transfer: &Transfer, reason: Option<&Reason>) -> OutboundEvent {
        let mut data = self.transfer_data(transfer);
        if let Some(members) = data.as_object_mut() {
            members.insert("status".into(), json!(self.status));
            members.insert("reason".into(), json!(reason));
            members.insert("escalate".into(), json!(reason.is_some_and(is_fraud_reason)));
        }
        OutboundEvent {
            kind: EventType::TransferBlocked,
            data,
        }
    }

    /// All data that the customer approved, so that the partner can compare it with the transfer before executing it.
    fn transfer_data(&self, transfer: &Transfer) -> Value {
        let payment = match &self.action {
            Action::Payments(payments) => payments.as_slice().first(),
            Action::Statement(_) | Action::Payees(_) | Action::Access(_) => None,
        };
        json!({
            "id": self.id,
            "owner": self.owner,
            "transfer": transfer.transfer,
            "version": transfer.version,
            "user": transfer.user,
            "region": transfer.region,
            "amount": payment.map(|payment| payment.amount),
            "payee": payment.map(|payment| &payment.payee),
            "accountTail": payment.and_then(|payment| payment.account_tail.as_ref()),
            "reference": payment.and_then(|payment| payment.reference.as_ref()),
        })
    }
}

/// Whether the reason means suspected fraud, which the partner should escalate.
pub(super) fn is_fraud_reason(reason: &Reason) -> bool {
    match reason {
        Reason::NotVerified | Reason::Changed => true,
        Reason::TooManyAttempts
        | Reason::FactorBlocked
        | Reason::FactorNotSetUp
        | Reason::FactorCoolingOff
        | Reason::SessionEnded
        | Reason::ProviderRefused
        | Reason::Denied
        | Reason::Unclear
        | Reason::CodeFailed
        | Reason::Unsupported
        | Reason::Unreachable
        | Reason::Other(_) => false,
    }
}
